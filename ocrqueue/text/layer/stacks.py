"""Level lines below each other, with no upright ones -> a grid: blanks part its columns."""

from bisect import bisect
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from ocrqueue.text.hocr.layout import Box
from ocrqueue.text.hocr.tables import covered
from ocrqueue.text.layer.rows import TextRow, rows
from ocrqueue.text.layer.rulings import NEAR, Grid, Stroke
from ocrqueue.text.layer.words import LayerWord

GUTTER = 1.2  # letters that stay free between two columns; a typewriter's space is one
LEAST_LINES = 3
LEAST_SHARE = 0.5  # of the first line's length
CLOSE = 1.6  # sizes from a row to the line or row beyond it
SHORTEST = 10.0  # sizes; a drawing has shorter ones
MOST_HEAD = 6  # lines of a head; a form may have full lines between its parts
MOST_SPANNING = 0.12  # of the lines
MOST_STACKS = 40  # of a page
PROSE_WORDS = 3.0  # in a line of a cell; where all columns have more, they are columns of prose

Band = list[LayerWord]


def open_grids(level: Sequence[Stroke], words: Sequence[LayerWord]) -> Iterator[Grid]:
    """Yield the grids of tables that have lines between their rows alone."""
    size = median(word.size for word in words) if words else 0.0
    for stack in _stacks(level, size):
        if len(stack) < LEAST_LINES:
            continue
        bands = _bands(stack, words)
        for run in _runs(bands):
            if columns := _columns([bands[at] for at in run]):
                lines = _grown(stack[run.start : run.stop + 1], columns, words)
                yield Grid(tuple(lines), (), tuple(line.at for line in lines), columns)


def parts(band: Sequence[LayerWord], allowed: int = 0) -> list[tuple[int, int]]:
    """Return what more than `allowed` words cover across; spaces between words are no gaps."""
    if not band:
        return []
    boxes = [Box(*map(round, (word.left, word.top, word.right, word.bottom))) for word in band]
    letter = sum(box.width for box in boxes) / sum(len(word.text) for word in band)
    return covered(boxes, allowed=allowed, gap=GUTTER * letter)


def _stacks(level: Sequence[Stroke], size: float) -> list[list[Stroke]]:
    """Return the lines that begin and end alike, each stack from the top.

    The line below a head, or over a sum, may leave out columns: the longest one counts.
    """
    found: list[list[Stroke]] = []
    for line in sorted(level, key=lambda one: (one.start - one.stop, one.at)):
        length = line.stop - line.start
        if length < SHORTEST * size:
            break
        for stack in found:
            first = stack[0]
            inside = first.start - NEAR <= line.start and line.stop <= first.stop + NEAR
            if inside and length >= LEAST_SHARE * (first.stop - first.start):
                if all(abs(line.at - other.at) > 2 * NEAR for other in stack):
                    stack.append(first._replace(at=line.at))
                break
        else:
            if len(found) < MOST_STACKS:
                found.append([line])
    return [sorted(stack, key=lambda one: one.at) for stack in found]


def _grown(
    lines: Sequence[Stroke], columns: tuple[float, ...], words: Sequence[LayerWord]
) -> list[Stroke]:
    """Return the lines with one above the head and one below the last rows that lie outside."""
    first, last = lines[0], lines[-1]
    beside = [word for word in words if word.right > first.start and word.left < first.stop]
    found = list(lines)
    reach = first.at
    for row in reversed(rows([word for word in beside if word.base < first.at])):
        if reach - row.base > CLOSE * row.size or not _fits(row, columns):
            break
        reach = row.base - row.size
    if reach < first.at - 2 * NEAR:
        found.insert(0, first._replace(at=reach))
    reach = last.at
    for row in rows([word for word in beside if word.base - 0.5 * word.size > last.at]):
        if row.base - row.size - reach > (CLOSE - 1) * row.size or not _fits(row, columns):
            break
        reach = row.base + 0.3 * row.size
    if reach > last.at + 2 * NEAR:
        found.append(last._replace(at=reach))
    return found


def _fits(row: TextRow, columns: Sequence[float]) -> bool:
    """Whether a row has words in two columns or more, and none over an edge."""
    held = {bisect(columns, (word.left + word.right) / 2) for word in row.words}
    crosses = any(word.left < edge < word.right for word in row.words for edge in columns[1:-1])
    return len(held) > 1 and not crosses


def _bands(stack: Sequence[Stroke], words: Sequence[LayerWord]) -> list[Band]:
    """Return what stands between each two lines."""
    lines, first = [line.at for line in stack], stack[0]
    found: list[Band] = [[] for _ in range(len(stack) + 1)]
    for word in words:
        if first.passes((word.left + word.right) / 2):
            found[bisect(lines, word.base - 0.3 * word.size)].append(word)
    return found[1:-1]


def _runs(bands: Sequence[Band]) -> Iterator[range]:
    """Yield the bands of each table: all have columns, but a single line may stand between."""
    lines = [len(rows(band)) for band in bands]
    parted = [_is_parted(band, count) for band, count in zip(bands, lines, strict=True)]
    start = 0
    while start < len(bands):
        end = last = start
        while end < len(bands) and (parted[end] or lines[end] == 1):
            end += 1
            last = end if parted[end - 1] else last
        if parted[start] and lines[start] <= MOST_HEAD and last - start > 1:
            yield range(start, last)
            start = last
        else:
            start += 1


def _is_parted(band: Band, lines: int) -> bool:
    return max(len(parts(band)), len(parts(band, int(MOST_SPANNING * lines)))) > 1


def _columns(bands: Sequence[Band]) -> tuple[float, ...]:
    """Return the edges of the columns; () where there is but one, or all are of prose.

    A heading may stand over several columns, and so may single lines further down.
    """
    telling = [band for band in bands if _is_parted(band, len(rows(band)))]
    body = [word for band in telling[1:] for word in band]
    few = int(MOST_SPANNING * len(rows(body)))
    found = max(parts([*telling[0], *body]), parts(body), parts(body, few), key=len)
    if len(found) < 2 or min(_words_a_line(body, part) for part in found) > PROSE_WORDS:  # noqa: PLR2004
        return ()
    inner = [(one[1] + other[0]) / 2 for one, other in pairwise(found)]
    words = [word for band in bands for word in band]
    return (min(word.left for word in words), *inner, max(word.right for word in words))


def _words_a_line(words: Sequence[LayerWord], part: tuple[int, int]) -> float:
    inside = [word for word in words if part[0] <= (word.left + word.right) / 2 <= part[1]]
    return len(inside) / max(1, len(rows(inside)))
