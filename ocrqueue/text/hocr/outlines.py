"""Small squares printed on a page, each standing alone: what a person may tick; pure."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.ink_coverage import DARK, ink_table
from ocrqueue.text.hocr.layout import Box

LEAST_SIDE, MOST_SIDE = 0.06, 0.3  # inches
SQUARE = 0.2  # share of its width that a square may be higher or lower
NEAR = 3  # pixels that the ends of one side differ, where a page lies askew
REACH = 0.35  # of a side that the strokes of a cross go out of it
WHOLE = 0.9  # share of a side that is inked
SKIPPED = 2  # pixels beside a square, which a blurred side takes
FREE = 0.022  # inches beside a square that are paper; letters stand nearer to each other
ON = range(2, 9)  # pixels above and below a square, where the rules of a table go on
CORNER = 3  # pixels
MOST_SIDES, MOST_TRIED = 20_000, 30_000  # level ones of a page, and pairs; more are a pattern
MOST_SQUARES = 400
MOST_FEET = 12  # of one square that are tried: rows of its own, and of the next one
# Twelve pixels at least, spelt out: so much is looked for at once.
_SIDE = re.compile(rb"\x00\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01{0,190}+(?=\x00)")


class _Side(NamedTuple):
    """Ink in a row, with paper at both ends."""

    left: int
    right: int
    row: int


class _Ink(NamedTuple):
    """A page as paper (0) and ink (1)."""

    pixels: bytes
    width: int
    height: int

    def row(self, at: int, left: int, right: int) -> bytes:
        """Return the pixels of a row from a column to the one before another; none outside."""
        if not 0 <= at < self.height:
            return b""
        start = at * self.width
        return self.pixels[start + max(0, left) : start + max(0, min(right, self.width))]

    def inked(self, rows: Iterable[int], left: int, right: int) -> int:
        """Return in how many of these rows there is ink between two columns."""
        return sum(1 in self.row(at, left, right) for at in rows)


def squares(image: PageImage) -> list[Box]:
    """Return the small squares of a grey page that four lines enclose, from the top."""
    dpi = image.dpi or 200
    ink = _thickened(image)
    level = list(_level(ink, round(LEAST_SIDE * dpi), round(MOST_SIDE * dpi)))
    if len(level) > MOST_SIDES:
        return []
    rows = _at_ends(level)
    found: list[Box] = []
    tried = 0
    for side in level:
        if any(_is_in(side, box) for box in found):
            continue
        feet = _feet(side, rows)
        tried += len(feet)
        if tried > MOST_TRIED or len(found) > MOST_SQUARES:
            return []
        closed = (_closed(ink, side, foot) for foot in feet)
        box = next((box for box in closed if box), None)
        if box and _is_alone(ink, box, round(FREE * dpi)):
            found.append(box)
    return found


def _is_in(side: _Side, box: Box) -> bool:
    return box.top <= side.row < box.bottom and box.left <= side.left + NEAR <= box.right


def _thickened(image: PageImage) -> _Ink:
    """Return the page with each pixel inked that is, or is beside or below one that is."""
    pixels = image.pixels.translate(ink_table(image.pixels, DARK))
    ink = int.from_bytes(pixels, "big")
    ink |= ink << 8 | ink >> 8
    ink |= ink >> 8 * image.width
    thick = (ink & ((1 << 8 * len(pixels)) - 1)).to_bytes(len(pixels), "big")
    return _Ink(thick, image.width, image.height)


def _level(ink: _Ink, least: int, most: int) -> Iterator[_Side]:
    for run in _SIDE.finditer(ink.pixels):
        row, left = divmod(run.start() + 1, ink.width)
        width = run.end() - run.start() - 1
        if least <= width <= most:
            yield _Side(left, left + width, row)


def _at_ends(level: Sequence[_Side]) -> dict[tuple[str, int], list[_Side]]:
    """Return the level sides that begin, or end, about in a column."""
    found = defaultdict[tuple[str, int], list[_Side]](list)
    for side in level:
        found["left", side.left // NEAR].append(side)
        found["right", side.right // NEAR].append(side)
    return found


def _feet(top: _Side, at_ends: Mapping[tuple[str, int], Sequence[_Side]]) -> list[_Side]:
    """Return what may be the foot of a square, the lowest first: one end lies below one of its top.

    The other end may be that of a stroke which goes out of the square there.
    """
    width = top.right - top.left
    least, most = (top.row + round(share * width) for share in (1 - SQUARE, 1 + SQUARE))
    near = [
        side
        for end, at in (("left", top.left // NEAR), ("right", top.right // NEAR))
        for column in (at - 1, at, at + 1)
        for side in _between(at_ends.get((end, column), ()), least, most)
        if abs(side.right - side.left - width) <= REACH * width
    ]
    return sorted(set(near), key=lambda side: -side.row)[:MOST_FEET]


def _between(sides: Sequence[_Side], first: int, last: int) -> Sequence[_Side]:
    """Return the sides in these rows; they are in order."""
    row = attrgetter("row")
    return sides[bisect_left(sides, first, key=row) : bisect_right(sides, last, key=row)]


def _closed(ink: _Ink, top: _Side, foot: _Side) -> Box | None:
    """Return the square between two level sides; None where no upright ones close it."""
    rows = range(top.row, foot.row + 1)
    reach = range(round(REACH * len(rows)))
    lefts = (min(top.left, foot.left) + off for off in reach)
    left = next((x for x in lefts if _is_upright(ink, rows, x)), None)
    rights = (max(top.right, foot.right) - off for off in reach)
    right = next((x for x in rights if _is_upright(ink, rows, x - NEAR)), None)
    if left is None or right is None:
        return None
    box = Box(left + 1, top.row, right - 1, foot.row)  # as it was before it was thickened
    is_square = abs(box.width - box.height) <= SQUARE * box.height
    return box if is_square and _has_corners(ink, box) else None


def _is_upright(ink: _Ink, rows: range, left: int) -> bool:
    """Whether an upright line begins in a column; a few rows tell mostly that none does."""
    few = rows[::5]
    right = left + NEAR
    if ink.inked(few, left, right) < len(few) - 1:
        return False
    return ink.inked(rows, left, right) >= WHOLE * len(rows)


def _has_corners(ink: _Ink, box: Box) -> bool:
    """Whether the sides meet: round letters have none."""
    ends = (range(box.top, box.top + CORNER), range(box.bottom - CORNER, box.bottom))
    lefts = (box.left, box.right - CORNER)
    return all(ink.inked(rows, x, x + CORNER) for rows in ends for x in lefts)


def _is_alone(ink: _Ink, box: Box, free: int) -> bool:
    """Whether paper is around the middle of each side, and no upright one goes on in another cell.

    A tick may reach out at the corners.
    """
    inset = box.width // 4
    middle = range(box.top + inset, box.bottom - inset)
    around = range(SKIPPED, free)
    level = [row for off in around for row in (box.top - 1 - off, box.bottom + off)]
    outside = (
        ink.inked(middle, box.left - free, box.left - SKIPPED)
        + ink.inked(middle, box.right + SKIPPED, box.right + free)
        + ink.inked(level, box.left + inset, box.right - inset)
    )
    return not outside and not any(
        ink.inked(rows, x, x + NEAR) == len(ON)
        for x in (box.left, box.right - NEAR)
        for rows in ([box.top - n for n in ON], [box.bottom - 1 + n for n in ON])
    )
