"""The free lanes between columns of text: what no row of a part of the page crosses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from statistics import median

from ocrqueue.text.layer.rows import TextRow
from ocrqueue.text.layer.words import LayerWord

NARROWEST = 0.35  # of the page's usual letter size
LEAST_GAP = 0.6  # of the size between two words: a heading's space may lie over a lane
WORD_GAP = 0.8  # of the size; a wider gap parts two runs of words
MOST_LANES = 60  # followed at once; a page of figures has many short ones
MOST_GAPS = 40  # of a row that may begin a lane
MOST_JUDGED = 200  # lanes, the tallest first
LEAST_ROWS = 3  # on each side
LEAST_HEIGHT = 4.5  # letter sizes; four lines of captions side by side have 4.55
NEAR_LEFT, NEAR_RIGHT = 8.0, 4.0  # letter sizes from a lane to the words beside it
PROSE_WORDS = 3  # in a run of prose
PROSE_WIDTH = 6.0  # letter sizes
LEAST_PROSE = 0.4  # share of the runs on each side that are prose: else it is a table
LEAST_APART = 0.6  # share of the rows on the emptier side without words on the other: no table
WIDE = 6.0  # letter sizes of a lane between such labels
BESIDE_PROSE = 0.6  # share of the runs of prose beside a box of other text
LEAST_PAIRS = 5  # rows with words on both sides
UNEVEN = 0.2  # letter sizes by which the usual steps between their baselines differ: no table
THIN = 1.2  # letter sizes; so narrow a lane needs a straight edge on its right
STRAIGHT = 0.6  # share of the runs on its right that begin alike
ALIGNED = 0.6  # letter sizes
TALLER = 2.0  # times as tall is the lane that a shorter one beside it gives way to


@dataclass(frozen=True, slots=True)
class Lane:
    """An upright strip without words, in pixels; `middle` is where it parts what stands beside."""

    left: float
    right: float
    top: float
    bottom: float
    rows: range = range(0)  # numbers of the rows that it parts

    @property
    def middle(self) -> float:
        """The line that parts the columns."""
        return (self.left + self.right) / 2


@dataclass(slots=True)
class _Run:
    """Words of a row with narrow gaps."""

    left: float
    right: float
    base: float  # of its row
    bases: list[float]  # of its words


def lanes(rows: Sequence[TextRow]) -> list[Lane]:
    """Return the lanes between columns of prose, the most telling first; they do not overlap."""
    if not rows:
        return []
    size = median(row.size for row in rows)
    runs = [_runs(row) for row in rows]
    free = sorted(_free(rows, size), key=lambda lane: lane.top - lane.bottom)[:MOST_JUDGED]
    scored = [(score, lane) for lane in free if (score := _score(lane, runs, size)) > 0]
    chosen: list[Lane] = []
    for _, lane in sorted(scored, key=lambda one: -one[0]):
        beside = [other for _, other in scored if _overlap(lane, other, size)]
        if not any(other in chosen or _outdoes(other, lane) for other in beside):
            chosen.append(lane)
    return chosen


def _runs(row: TextRow) -> list[_Run]:
    found: list[_Run] = []
    for before, word in pairwise([row.words[0], *row.words]):
        if not found or word.left - before.right > WORD_GAP * max(word.size, before.size):
            found.append(_Run(word.left, word.right, row.base, []))
        found[-1].right = max(found[-1].right, word.right)
        found[-1].bases.append(word.base)
    return found


def _free(rows: Sequence[TextRow], size: float) -> Iterator[Lane]:
    """Yield each strip that stays free over some rows, as far as it goes."""
    least = NARROWEST * size
    open_lanes: list[Lane] = []
    for number, row in enumerate(rows):
        gaps = _gaps(row.words)
        grown: dict[tuple[float, float], Lane] = {}
        here = range(number, number)
        for lane in [*open_lanes, *(Lane(a, b, row.base, row.base, here) for a, b in gaps)]:
            held = False
            for left, right in gaps:
                inner = (max(lane.left, left), min(lane.right, right))
                if inner[1] - inner[0] < least:
                    continue
                held = held or inner == (lane.left, lane.right)
                known = grown.get(inner)
                if known is None or known.top > lane.top:
                    seen = range(lane.rows.start, number + 1)
                    grown[inner] = Lane(*inner, lane.top, row.base, seen)
            if not held and _is_lane(lane):
                yield lane
        tallest = sorted(grown.values(), key=lambda lane: lane.top)
        open_lanes = tallest[:MOST_LANES]
    yield from filter(_is_lane, open_lanes)


def _is_lane(lane: Lane) -> bool:
    """Whether the strip is no margin and has rows enough to have columns beside it."""
    return lane.left > -inf and lane.right < inf and len(lane.rows) >= LEAST_ROWS


def _gaps(words: Sequence[LayerWord]) -> list[tuple[float, float]]:
    """Return what a row leaves free, the margins included."""
    found = [(-inf, words[0].left)]
    reach = words[0].right
    for before, word in pairwise(words):
        if word.left - reach > LEAST_GAP * max(before.size, word.size):
            found.append((reach, word.left))
        reach = max(reach, word.right)
    widest = sorted(found[1:], key=lambda gap: gap[0] - gap[1])[:MOST_GAPS]
    return [found[0], *widest, (reach, inf)]


def _score(lane: Lane, runs: Sequence[Sequence[_Run]], size: float) -> float:
    """Return how sure it is that columns of prose stand on both sides; 0: they do not."""
    left, right = [], []
    for number in lane.rows:
        before = [run for run in runs[number] if run.right <= lane.left + 1]
        after = [run for run in runs[number] if run.left >= lane.right - 1]
        left += [run for run in before[-1:] if run.right > lane.left - NEAR_LEFT * size]
        right += [run for run in after[:1] if run.left < lane.right + NEAR_RIGHT * size]
    if min(len(left), len(right)) < LEAST_ROWS:
        return 0.0
    top = max(min(run.base for run in side) for side in (left, right))
    bottom = min(max(run.base for run in side) for side in (left, right))
    prose, most = sorted((_prose(left, size), _prose(right, size)))
    if prose < LEAST_PROSE:
        prose = _apart(lane, left, right, size)
        if not prose and most >= BESIDE_PROSE and _is_uneven(left, right, size):
            prose = most
    if bottom - top < (LEAST_HEIGHT - 1) * size or prose < LEAST_PROSE:
        return 0.0
    edge = median(run.left for run in right)
    straight = sum(abs(run.left - edge) < ALIGNED * size for run in right) / len(right)
    if edge - median(run.right for run in left) < THIN * size and straight < STRAIGHT:
        return 0.0
    width = min(1.0, (lane.right - lane.left) / size)
    return (lane.bottom - lane.top) * (0.5 + straight) * prose * width


def _prose(side: Sequence[_Run], size: float) -> float:
    long = (
        len(run.bases) >= PROSE_WORDS and run.right - run.left > PROSE_WIDTH * size for run in side
    )
    return sum(long) / len(side)


def _apart(lane: Lane, left: Sequence[_Run], right: Sequence[_Run], size: float) -> float:
    """Return how surely labels on both sides of a wide lane, as of a drawing, are no table.

    The lines of a table's cells stand beside each other.
    """
    both = len({run.base for run in left} & {run.base for run in right})
    apart = 1 - both / min(len(left), len(right))
    return apart if apart >= LEAST_APART and lane.right - lane.left >= WIDE * size else 0.0


def _is_uneven(left: Sequence[_Run], right: Sequence[_Run], size: float) -> bool:
    """Whether the lines on both sides stand on grids of their own, as those of a box beside text.

    The words of a table's row stand on one baseline, or are set off from it alike in all rows.
    """
    across = {run.base: median(run.bases) for run in right}
    steps = sorted(median(run.bases) - across[run.base] for run in left if run.base in across)
    if len(steps) < LEAST_PAIRS:
        return False
    quarter = len(steps) // 4
    return steps[-1 - quarter] - steps[quarter] > UNEVEN * size


def _outdoes(tall: Lane, lane: Lane) -> bool:
    """Whether a lane is but the space behind the marks of a list, in one of another's columns."""
    holds = tall.top <= lane.top and lane.bottom <= tall.bottom
    return holds and tall.bottom - tall.top > TALLER * (lane.bottom - lane.top)


def _overlap(one: Lane, other: Lane, size: float) -> bool:
    beside = abs(one.middle - other.middle) < PROSE_WIDTH * size
    return beside and one.top < other.bottom and other.top < one.bottom
