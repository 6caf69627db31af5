"""Straight lines drawn on a page -> grids: edges of rows and columns, and what parts two cells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ocrqueue.text.layer.sheet import Rect

NEAR = 5.0  # pixels between lines that meet, or are one
MOST_PAIRS = 400_000  # compared on a page; a larger drawing is no table


class Stroke(NamedTuple):
    """A level or an upright line: `at` across its direction, `start` to `stop` along it."""

    at: float
    start: float
    stop: float

    def passes(self, place: float) -> bool:
        """Whether it runs over a place."""
        return self.start - NEAR <= place <= self.stop + NEAR


@dataclass(frozen=True, slots=True)
class Grid:
    """Lines that hang together."""

    level: tuple[Stroke, ...]
    upright: tuple[Stroke, ...]  # none: blanks part its columns
    rows: tuple[float, ...]  # edges from the top
    columns: tuple[float, ...]  # edges from the left

    def is_cut_below(self, row: int, column: int) -> bool:
        """Whether a line parts a cell from the one below."""
        middle, at = (self.columns[column] + self.columns[column + 1]) / 2, self.rows[row + 1]
        return any(abs(line.at - at) <= NEAR and line.passes(middle) for line in self.level)

    def is_cut_right(self, row: int, column: int) -> bool:
        """Whether a line parts a cell from the one on its right."""
        middle, at = (self.rows[row] + self.rows[row + 1]) / 2, self.columns[column + 1]
        return not self.upright or any(
            abs(line.at - at) <= NEAR and line.passes(middle) for line in self.upright
        )


def strokes(rulings: Sequence[Rect]) -> tuple[list[Stroke], list[Stroke]]:
    """Return the level and the upright lines."""
    level = _joined(
        Stroke((box.top + box.bottom) / 2, box.left, box.right)
        for box in rulings
        if box.right - box.left > box.bottom - box.top
    )
    upright = _joined(
        Stroke((box.left + box.right) / 2, box.top, box.bottom)
        for box in rulings
        if box.bottom - box.top >= box.right - box.left
    )
    return level, upright


def grids(level: Sequence[Stroke], upright: Sequence[Stroke]) -> list[Grid]:
    """Return the grids of a page, each with at least one cell beside and one below another."""
    if len(level) * len(upright) > MOST_PAIRS:
        return []
    found = (_grid(*group) for group in _groups(level, upright))
    return [grid for grid in found if grid is not None]


def _joined(strokes: Iterator[Stroke]) -> list[Stroke]:
    """Return strokes that go on where another ends as one: tables draw each cell's edge alone.

    A double line may part them.
    """
    found: list[Stroke] = []
    for stroke in sorted(strokes, key=lambda one: (round(one.at / NEAR), one.start)):
        last = found[-1] if found else None
        if last and abs(last.at - stroke.at) <= NEAR and stroke.start <= last.stop + 2 * NEAR:
            found[-1] = Stroke(last.at, last.start, max(last.stop, stroke.stop))
        else:
            found.append(stroke)
    return found


def _groups(
    level: Sequence[Stroke], upright: Sequence[Stroke]
) -> Iterator[tuple[list[Stroke], list[Stroke]]]:
    """Yield the strokes that meet, directly or over others."""
    every = [*level, *upright]
    owner = list(range(len(every)))

    def root(at: int) -> int:
        while owner[at] != at:
            owner[at] = owner[owner[at]]
            at = owner[at]
        return at

    for here, flat in enumerate(level):
        for there, post in enumerate(upright, start=len(level)):
            if flat.passes(post.at) and post.passes(flat.at):
                owner[root(here)] = root(there)
    groups: dict[int, tuple[list[Stroke], list[Stroke]]] = {}
    for at in range(len(owner)):
        flats, posts = groups.setdefault(root(at), ([], []))
        (flats if at < len(level) else posts).append(every[at])
    yield from groups.values()


def _grid(level: Sequence[Stroke], upright: Sequence[Stroke]) -> Grid | None:
    if not level or not upright:
        return None
    rows = _edges(level, upright)
    columns = _edges(upright, level)
    if len(columns) < 3 or len(rows) < 2:  # noqa: PLR2004 - one column is a frame
        return None
    return Grid(tuple(level), tuple(upright), rows, columns)


def _edges(lines: Sequence[Stroke], across: Sequence[Stroke]) -> tuple[float, ...]:
    """Return where lines lie and those across them end: outer edges are often not drawn."""
    ends = (min(line.start for line in across), max(line.stop for line in across))
    found: list[float] = []
    for at in sorted([*(line.at for line in lines), *ends]):
        if not found or at - found[-1] > 2 * NEAR:
            found.append(at)
    return tuple(found)
