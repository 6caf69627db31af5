"""Lines that stop at a label which was pasted over them, and go on behind it.

What lies under a label is gone without a trace: no strokes are left over, and what can be seen is
read surely. But lines of running text, one below the other, then have a hole at the same place. Who
sets text around something has its lines begin and end exactly there; at a label they differ by the
letters that are cut.
"""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import NamedTuple

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import second_reading
from ocrqueue.text.hocr.gaps import Inked
from ocrqueue.text.hocr.ink_coverage import RULES
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Word, around
from ocrqueue.text.hocr.text_lines import is_telling, upright_lines
from ocrqueue.text.ink_rows import STROKE

# Of a line's height:
ALIGNED = 0.8  # how far lines of a column begin, or end, from each other at most
SAME_ROW = 0.45  # the same for the middles of words beside each other
SPACE = 1.5  # between words of a line that has no hole
HOLE = 3.5  # the least width of one
WIDE = 15.0  # the least width of a column
PITCH = 2.4  # from line to line, at most
JAGGED, CUT = 0.2, 1.6  # how much lines differ where they are cut, at least and at most
LEAST_FULL = 4  # lines that fill a column; fewer are none
MOST_COLUMNS = 8
FULL = 0.5  # share of a column's rows that fill it; where lines end anywhere, less
LEAST_ROWS = 3  # with a hole; two where words stand on both sides of it
AROUND = 3  # rows above and below, of which one is full
LOW = 0.6  # share of the rows that begin in the middle of a sentence


class Holed(NamedTuple):
    """A row of a column's words from the left, and where it has none over a wide part."""

    words: tuple[Word, ...]
    left: int
    right: int


def doubt(image: PageImage, page: PageLayout) -> str:
    """Return why lines of a grey page are probably covered by a label; "" for no reason."""
    texts = upright_lines(page)
    high = median(line.box.height for line in texts) if texts else 0
    for column in _columns(texts, high):
        rows = _rows(page, column, high)
        full = [not _holes(row, column, SPACE * high) for row in rows]
        for side in ("left", "right") if sum(full) >= FULL * len(full) else ():
            for first, run in _runs(rows, column, side, high):
                goes_on = _goes_on(rows, full, first, len(run))
                if goes_on and _is_cut(run, column, side, high) and _is_empty(image, _common(run)):
                    place = second_reading.place_of(_common(run), page.box)
                    return f"{len(run)} lines stop at what covers them {place}"
    return ""


def _columns(texts: Sequence[Line], high: float) -> list[Box]:
    """Return the columns, which enough lines fill from side to side."""
    found: list[list[Box]] = []
    for box in (line.box for line in texts if line.box.width >= WIDE * high):
        same = (one for one in found if _differ(one[0], box) <= ALIGNED * high)
        if (own := next(same, None)) is None:
            found.append([box])
        else:
            own.append(box)
    found.sort(key=len, reverse=True)
    return [around(one) for one in found[:MOST_COLUMNS] if len(one) >= LEAST_FULL]


def _differ(one: Box, other: Box) -> int:
    return max(abs(one.left - other.left), abs(one.right - other.right))


def _rows(page: PageLayout, column: Box, high: float) -> list[list[Word]]:
    """Return the words of a column that stand beside each other, row by row from the top."""
    reach = ALIGNED * high
    inside = Box(round(column.left - reach), column.top, round(column.right + reach), column.bottom)
    rows: list[list[Word]] = []
    for word in sorted((one for one in page.words if inside.holds(one.box)), key=_middle):
        if rows and _middle(word) - _middle(rows[-1][-1]) <= SAME_ROW * high:
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda word: word.box) for row in rows]


def _middle(word: Word) -> float:
    return (word.box.top + word.box.bottom) / 2


def _holes(row: Sequence[Word], column: Box, least: float) -> list[Holed]:
    found, end = [], column.left
    for left, right in [*((w.box.left, w.box.right) for w in row), (column.right, column.right)]:
        if left - end >= least:
            found.append(Holed(tuple(row), end, left))
        end = max(end, right)
    return found


def _runs(
    rows: Sequence[Sequence[Word]], column: Box, side: str, high: float
) -> Iterator[tuple[int, list[Holed]]]:
    """Yield rows below each other whose holes have the same left or right edge, and the first one.

    A hole's edge that is the column's is none of these.
    """
    run: list[Holed] = []
    for at, row in enumerate([*rows, []]):
        holes = _holes(row, column, HOLE * high)
        holes = [one for one in holes if getattr(one, side) != getattr(column, side)]
        fits = len(holes) == 1 and any(map(is_telling, row))
        joins = fits and run and _spread([*run, *holes], side) <= CUT * high
        if run and not (joins and _middle(row[0]) - _middle(run[-1].words[0]) <= PITCH * high):
            yield at - len(run), run
            run = []
        if fits:
            run = [*run, *holes]


def _spread(run: Sequence[Holed], side: str) -> int:
    edges = [one.left if side == "left" else one.right for one in run]
    return max(edges) - min(edges)


def _goes_on(rows: Sequence[Sequence[Word]], full: Sequence[bool], first: int, count: int) -> bool:
    """Whether so many rows are running text, and one above or below fills the column."""
    end = first + count
    low = [row[0].text[:1].islower() for row in rows[first + 1 : end + 1]]
    beside = [*full[max(0, first - AROUND) : first], *full[end : end + AROUND]]
    return any(beside) and sum(low) >= LOW * len(low)


def _is_cut(run: Sequence[Holed], column: Box, side: str, high: float) -> bool:
    spread = _spread(run, side)
    if len(run) >= LEAST_ROWS and spread >= JAGGED * high:
        return True
    other = "right" if side == "left" else "left"
    inside = [one for one in run if column.left < one.left and one.right < column.right]
    told = sum(_tells(one, 0) and _tells(one, 1) for one in inside)
    return told >= LEAST_ROWS - 1 and told == len(run) and _spread(run, other) <= CUT * high


def _tells(one: Holed, side: int) -> bool:
    """Whether a word that is surely one stands on a side of the hole: 0, before it; 1, after it."""
    beside = [word for word in one.words if (word.box.left >= one.right) == bool(side)]
    return any(map(is_telling, beside))


def _common(run: Sequence[Holed]) -> Box:
    """Return the box that is free in all rows."""
    boxes = around([word.box for one in run for word in one.words])
    left, right = max(one.left for one in run), min(one.right for one in run)
    return boxes._replace(left=left, right=max(left, right))


def _is_empty(image: PageImage, hole: Box) -> bool:
    """Whether there is no picture in it; a label may have a few words, and an edge."""
    ink = Inked.of(image)
    starts = range(hole.top * ink.width, hole.bottom * ink.width, ink.width)
    rows = (ink.pixels[start + hole.left : start + hole.right] for start in starts)
    full = [row.count(STROKE) > RULES for row in rows]
    return hole.width > 0 and 2 * sum(full) < len(full)
