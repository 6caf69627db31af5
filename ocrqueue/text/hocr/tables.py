"""Lines that stand in columns -> a pipe table."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from statistics import fmean

from ocrqueue.text import escape
from ocrqueue.text.hocr.layout import Box, Line, Word, around, split_where
from ocrqueue.text.hocr.lists import is_marker
from ocrqueue.text.hocr.paragraphs import glued

CELL_GAP = 1.0  # letter heights between two words that makes two cells of them
LEAST_GAPS = 3  # in a line whose spaces can be compared
STRETCHED = 2.0  # times its narrow spaces; less is a space of a stretched line
MOST_STRETCHED = 2.5  # letter heights; more is no space
GUTTER = 0.45  # letter heights that stay free between two columns
STICKS_OUT = 2.0  # letter heights
LETTERS = 1.2  # the same in letters, where these are known
FAR = 4.0  # letter heights between rows; more is no table any longer
LEAST_ROWS = 3
MOST_JUDGED = 100  # lines from which a table is told; a longer one goes on as it begins
REMEMBERED = 4 * MOST_JUDGED  # lines whose cells are known: each is asked for from those above it
PROSE_WORDS = 6.0  # words a cell; above it the columns are columns of prose
CROSSING_SHARE = 0.12  # of the rows that may reach over a gutter, as headings of several columns do

Cell = tuple[Word, ...]


@lru_cache(REMEMBERED)
def cells(line: Line, size: float) -> tuple[Cell, ...]:
    """Return the words of a line grouped by wide gaps; `size` is the letter height, in pixels."""
    wide = _wide(line, size)

    def is_parted(before: Word, word: Word) -> bool:
        marks = before is line.words[0] and is_marker(before.text)
        return word.box.left - before.box.right > wide and not marks

    return tuple(tuple(group) for group in split_where(line.words, is_parted))


def _wide(line: Line, size: float) -> float:
    """Return the pixels between two words that make two cells of them.

    Justified prose may have wide spaces, but then all of a line are; figures are another thing.
    """
    gaps = sorted(after.box.left - before.box.right for before, after in pairwise(line.words))
    figures = sum(any(map(str.isdigit, word.text)) for word in line.words)
    least = CELL_GAP * size
    if len(gaps) < LEAST_GAPS or 2 * figures > len(line.words) or gaps[0] > 2 * least:
        return least
    return max(least, min(MOST_STRETCHED * size, STRETCHED * gaps[(len(gaps) - 1) // 4]))


def table_end(lines: Sequence[Line], start: int, size: float) -> int:
    """Return where the table that begins at line `start` ends; `start` itself if none does.

    A table may hold single lines without columns (a wrapped cell, a heading of a group of rows),
    never two in a row but where a cell's lines are surely known.
    """
    stop = min(len(lines), start + MOST_JUDGED)
    end, rows = _reach(lines, start, stop, size)
    if rows < LEAST_ROWS or not _in_columns(lines[start:end], size):
        return start
    if stop < len(lines):
        end, _ = _reach(lines, start, len(lines), size)
    row = lines[end - 1]
    while end < len(lines) and _wraps(row, lines[end - 1], lines[end], size):
        end += 1
    return end


def _reach(lines: Sequence[Line], start: int, stop: int, size: float) -> tuple[int, int]:
    """Return the line after the last row from line `start` on, and how many rows there are."""
    end, rows = start, 0
    for place in range(start, stop):
        if place > start and not _below(lines[place - 1], lines[place], size):
            break
        if len(cells(lines[place], size)) > 1:
            rows, end = rows + 1, place + 1
            continue
        is_apart = place > end and not _is_in_cell(lines, end, place, size)
        if end == start or is_apart or _goes_on_below(lines[start:end], lines[place], size):
            break
    return end, rows


def _is_in_cell(lines: Sequence[Line], end: int, place: int, size: float) -> bool:
    """Whether a cell of the row before line `end` surely has further lines, this among them.

    Beside labels stands prose: there are three columns at least.
    """
    row, line = lines[end - 1], lines[place]
    columns = len(cells(row, size))
    return line.exact and columns > 2 and _wraps(row, lines[place - 1], line, size)  # noqa: PLR2004


def _goes_on_below(rows: Sequence[Line], line: Line, size: float) -> bool:
    """Whether a line of text begins far left of all rows and runs below them: they stood in it."""
    left, right = min(row.box.left for row in rows), max(row.box.right for row in rows)
    reaches = line.box.left < left - STICKS_OUT * size and line.box.right > right - size
    return reaches and len(line.words) > PROSE_WORDS


def _wraps(row: Line, above: Line, line: Line, size: float) -> bool:
    """Whether a line below the last row is the rest of one of its cells but the first."""
    if not 0 <= line.box.top - above.box.bottom < size:
        return False
    lefts = [cell[0].box.left for cell in cells(row, size)[1:]]
    return any(abs(left - line.box.left) < size / 2 for left in lefts)


def _below(above: Line, line: Line, size: float) -> bool:
    """Whether the line is the next row: neither in the next column nor far below."""
    return -FAR * size < line.box.top - above.box.bottom < FAR * size


def render(lines: Sequence[Line], size: float) -> str:
    """Return the lines as a pipe table; the first row is its heading."""
    rows = _rows(lines)
    columns = _columns(rows, size)
    return pipes(_unwrapped([_place(row, columns, size) for row in rows]))


def pipes(grid: Sequence[Sequence[str]]) -> str:
    """Return rows of as many cells each as a pipe table; the first row is its heading."""
    head, *body = (f"| {' | '.join(map(escape.cell, row))} |" for row in grid)
    return "\n".join([head, "|" + " --- |" * len(grid[0]), *body])


def _in_columns(lines: Sequence[Line], size: float) -> bool:
    """Whether the gaps of the lines stand below each other and the cells are short."""
    rows = _rows(lines)
    columns = _columns(rows, size)
    if len(columns) < 2 or len(rows) < LEAST_ROWS:  # noqa: PLR2004
        return False
    if sum(len(row.words) for row in rows) >= PROSE_WORDS * len(rows) * len(columns):
        return False  # too many even if no cell is empty
    grid = [_place(row, columns, size) for row in rows]
    filled = [fmean(bool(row[column]) for row in grid) for column in range(len(columns))]
    words = [len(cell.split()) for row in grid for cell in row if cell]
    full = sorted(filled)[len(filled) // 2]
    return fmean(words) < PROSE_WORDS and full >= 0.4 and min(filled) > 0.1  # noqa: PLR2004


def _rows(lines: Sequence[Line]) -> list[Line]:
    """Join lines that stand side by side: an engine may see each column as a block."""
    rows: list[Line] = []
    for line in sorted(lines, key=lambda line: line.box.top + line.box.bottom):
        if rows and _side_by_side(rows[-1], line):
            words = tuple(sorted(rows[-1].words + line.words, key=lambda word: word.box.left))
            box = around([rows[-1].box, line.box])
            rows[-1] = Line(words, box, max(rows[-1].size, line.size), exact=line.exact)
        else:
            rows.append(line)
    return rows


def _side_by_side(one: Line, other: Line) -> bool:
    shared = min(one.box.bottom, other.box.bottom) - max(one.box.top, other.box.top)
    return shared > 0.5 * min(one.box.height, other.box.height) and _are_apart(one, other)


def _are_apart(one: Line, other: Line) -> bool:
    """Whether no word of one line lies over a word of the other."""
    spans = sorted(
        (word.box.left, word.box.right, owner)
        for owner, line in enumerate((one, other))
        for word in line.words
    )
    reach = [float("-inf")] * 2
    for left, right, owner in spans:
        if left < reach[1 - owner]:
            return False
        reach[owner] = max(reach[owner], right)
    return True


def _columns(rows: Sequence[Line], size: float) -> list[tuple[float, float]]:
    """Return the columns' ranges on the page's width: what no row, or hardly one, leaves free."""
    split = [_cell_boxes(row, size) for row in rows]
    most = max(len(groups) for groups in split)
    telling = [groups for groups in split if len(groups) >= max(2, 0.6 * most)] or split
    boxes = [box for groups in telling for box in groups]
    gap = GUTTER * size
    if rows[0].exact:  # a table may have gaps that an engine's boxes do not tell from spaces
        boxes = [word.box for row in rows for word in row.words]
        letters = sum(len(word.text) for row in rows for word in row.words)
        gap = max(gap, LETTERS * sum(box.width for box in boxes) / letters)
    bounds = covered(boxes, allowed=int(len(telling) * CROSSING_SHARE), gap=gap)
    edges = [(a[1] + b[0]) / 2 for a, b in pairwise(bounds)]
    return list(pairwise([float("-inf"), *edges, float("inf")]))


@lru_cache(REMEMBERED)
def _cell_boxes(row: Line, size: float) -> tuple[Box, ...]:
    return tuple(around([word.box for word in cell]) for cell in cells(row, size))


def covered(boxes: Sequence[Box], allowed: int, gap: float) -> list[tuple[int, int]]:
    """Return what more than `allowed` boxes cover across; gaps below `gap` are closed."""
    steps = sorted([(box.left, 1) for box in boxes] + [(box.right, -1) for box in boxes])
    ranges: list[tuple[int, int]] = []
    depth, start = 0, 0
    for at, change in steps:
        if depth <= allowed < depth + change:
            start = at
        if depth > allowed >= depth + change:
            if ranges and start - ranges[-1][1] < gap:
                start = ranges.pop()[0]
            ranges.append((start, at))
        depth += change
    return ranges


def _place(row: Line, columns: Sequence[tuple[float, float]], size: float) -> list[str]:
    placed: list[list[str]] = [[] for _ in columns]
    groups = cells(row, size)
    for cell in groups:
        # What spans columns is kept whole, at its left end; so is a sentence between rows of cells.
        is_wide = any(_crosses(word.box, columns) for word in cell)
        is_wide = is_wide or (len(groups) == 1 and _is_spaced(cell, size))
        for word in cell:
            placed[_column((cell[0] if is_wide else word).box, columns)].append(word.text)
    return [" ".join(texts) for texts in placed]


def _is_spaced(cell: Cell, size: float) -> bool:
    """Whether no gap between these words is wide enough for that of two columns."""
    return all(b.box.left - a.box.right < GUTTER * size for a, b in pairwise(cell))


def _unwrapped(grid: Sequence[list[str]]) -> list[list[str]]:
    """Put the further lines of cells to their first ones."""
    rows: list[list[str]] = []
    for row in grid:
        if rows and (_is_wrapped(rows[-1], row) or _is_label(rows[-1], row)):
            rows[-1] = [
                glued(above, cell) if cell else above
                for above, cell in zip(rows[-1], row, strict=True)
            ]
        else:
            rows.append(row)
    return rows


def _is_label(above: Sequence[str], row: Sequence[str]) -> bool:
    """Whether the first cell goes on in this row; one of the two rows has nothing else."""
    alone = any(sum(map(bool, one)) == 1 for one in (above, row))
    return alone and row[0][:1].islower() and (above[0][-1:].isalpha() or above[0].endswith("-"))


def _is_wrapped(above: Sequence[str], row: Sequence[str]) -> bool:
    """Whether other cells go on in this row.

    Then it has no first cell, at least two cells less than the row above, each of them below a cell
    with text, and no bare number: that would be a row of its own.
    """
    if row[0] or sum(map(bool, row)) > sum(map(bool, above)) - 2:
        return False
    pairs = [(cell, first) for cell, first in zip(row, above, strict=True) if cell]
    return all(first and any(sign.isalpha() for sign in cell) for cell, first in pairs)


def _crosses(box: Box, columns: Sequence[tuple[float, float]]) -> bool:
    return any(box.left < edge < box.right for _, edge in columns)


def _column(box: Box, columns: Sequence[tuple[float, float]]) -> int:
    middle = (box.left + box.right) / 2
    return next(place for place, (_, right) in enumerate(columns) if middle <= right)
