"""Pieces of rows -> blocks in reading order: the page is cut along its free strips, one by one.

After Nagy and Seth's XY-cut, https://doi.org/10.1109/2.144436. The lanes between columns tell where
a heading over all columns ends and they begin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from statistics import median

from ocrqueue.text.hocr.layout import split_where
from ocrqueue.text.layer.gutters import LEAST_GAP, Lane
from ocrqueue.text.layer.rows import Piece, TextRow, piece

COLUMN_GAP = 0.5  # of the size between two parts of the page that stand side by side
SHRUNK = 0.15  # of the size; letters of two rows may touch
DEEPEST = 60  # cuts within cuts
MOST_JUDGED = 120  # gaps of which the best is looked for
MOST_PIECES = 3_000  # a newspaper page has some 1,000; more stay as the rows go
FEW = 4  # pieces; fewer show no columns
TOUCHING = 4.0  # pixels
FLUSH = 0.5  # sizes between the left edges of lines of one column
NEAR = 0.8  # sizes between such lines


@dataclass(frozen=True, slots=True)
class _Free:
    """A free strip: how wide it is, and where its middle lies."""

    width: float
    at: float


def pieces(rows: Sequence[TextRow], lanes: Sequence[Lane]) -> list[Piece]:
    """Return the rows cut where a lane parts them."""
    found = []
    for row in rows:
        group = [row.words[0]]
        height = row.base - 0.3 * row.size
        for before, word in pairwise(row.words):
            wide = word.left - before.right > LEAST_GAP * max(before.size, word.size)
            if wide and any(
                before.right - 3 <= lane.middle <= word.left + 3
                and lane.top - row.size <= height <= lane.bottom + 3
                for lane in lanes
            ):
                found.append(piece(group))
                group = []
            group.append(word)
        found.append(piece(group))
    return found


def blocks(found: Sequence[Piece], lanes: Sequence[Lane], depth: int = 0) -> list[list[Piece]]:
    """Return the pieces in blocks, in reading order; within a block from the top."""
    parts = None
    if 1 < len(found) <= MOST_PIECES and depth <= DEEPEST:
        parts = _side_by_side(found) or _below_each_other(found, lanes)
    if parts is None:
        return [sorted(found, key=lambda one: one.middle)] if found else []
    return [block for part in parts for block in blocks(part, lanes, depth + 1)]


def stacked(parts: Sequence[Sequence[Piece]]) -> list[list[Piece]]:
    """Return the blocks, joined where a cut went between lines of one column."""
    columns = split_where(parts, lambda above, below: not _goes_on(above[-1], below[0]))
    return [[*chain.from_iterable(column)] for column in columns]


def _goes_on(above: Piece, below: Piece) -> bool:
    size = min(above.size, below.size)
    is_text = above.table < 0 and below.table < 0
    is_flush = abs(above.left - below.left) < FLUSH * size
    return is_text and is_flush and abs(below.top - above.bottom) < NEAR * size


def _side_by_side(found: Sequence[Piece]) -> tuple[list[Piece], list[Piece]] | None:
    """Cut along the widest upright strip with rows on both sides that stand beside each other."""
    size = median(one.size for one in found)
    spans = [(one.left, one.right) for one in found]
    gaps = [gap for gap in _gaps(spans) if gap.width > COLUMN_GAP * size]
    for gap in sorted(gaps, key=lambda gap: -gap.width):
        left = [one for one in found if (one.left + one.right) / 2 < gap.at]
        right = [one for one in found if (one.left + one.right) / 2 >= gap.at]
        if min(len(left), len(right)) > 1 and _are_beside(left, right, size):
            return left, right
    if gaps and not _level_gaps(found, size):
        at = max(gaps, key=lambda gap: gap.width).at
        left = [one for one in found if (one.left + one.right) / 2 < at]
        return left, [one for one in found if (one.left + one.right) / 2 >= at]
    return None


def _are_beside(left: Sequence[Piece], right: Sequence[Piece], size: float) -> bool:
    """Whether a piece of one side stands beside one of the other."""
    sides = ((left, 0), (right, 1))
    spans = sorted((one.top, one.bottom, side) for those, side in sides for one in those)
    reach = [float("-inf")] * 2
    for top, bottom, side in spans:
        if top < reach[1 - side] - SHRUNK * size:
            return True
        reach[side] = max(reach[side], bottom)
    return False


def _below_each_other(
    found: Sequence[Piece], lanes: Sequence[Lane]
) -> tuple[list[Piece], list[Piece]] | None:
    """Cut along the level strip that sets columns free, or parts them from what crosses them."""
    size = median(one.size for one in found)
    gaps = _level_gaps(found, size)
    if not gaps:
        return None
    mine = _lanes_of(found, lanes, size)
    judge = len(gaps) < MOST_JUDGED
    best, most = None, (0, False, 0.0)
    for gap in gaps:
        above = [one for one in found if one.middle < gap.at]
        below = [one for one in found if one.middle >= gap.at]
        if not above or not below:
            continue
        last, first = max(above, key=lambda one: one.bottom), min(below, key=lambda one: one.top)
        changes = bool(mine) and _crosses(last, mine) != _crosses(first, mine)
        freed = _freed(above, size) + _freed(below, size) if judge else 0
        score = (freed, changes, gap.width)
        if (freed > 0 or changes) and score > most:
            best, most = (above, below), score
    return best


def _level_gaps(found: Sequence[Piece], size: float) -> list[_Free]:
    shrunk = SHRUNK * size
    return _gaps([(one.top + shrunk, one.bottom - shrunk) for one in found])


def _gaps(spans: Sequence[tuple[float, float]]) -> list[_Free]:
    """Return what no span covers between the first and the last."""
    found = []
    ordered = sorted(spans)
    end = ordered[0][1]
    for start, stop in ordered[1:]:
        if start > end:
            found.append(_Free(start - end, (start + end) / 2))
        end = max(end, stop)
    return found


def _lanes_of(found: Sequence[Piece], lanes: Sequence[Lane], size: float) -> list[float]:
    """Return where lanes part these pieces."""
    top, bottom = min(one.top for one in found), max(one.bottom for one in found)
    return [
        lane.middle
        for lane in lanes
        if lane.top < bottom - size
        and lane.bottom > top + size
        and any(one.right <= lane.middle + TOUCHING for one in found)
        and any(one.left >= lane.middle - TOUCHING for one in found)
    ]


def _crosses(one: Piece, lanes: Sequence[float]) -> bool:
    return any(one.left < lane - TOUCHING and one.right > lane + TOUCHING for lane in lanes)


def _freed(part: Sequence[Piece], size: float) -> int:
    """Return how many pieces a cut side by side would put in columns; 0: there is none."""
    if len(part) < FEW:
        return 0
    gaps = _gaps([(one.left, one.right) for one in part])
    return len(part) if any(gap.width > COLUMN_GAP * size for gap in gaps) else 0
