"""Small squares drawn beside text, by paths of the file -> fields that are ticked or not."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from ocrqueue.model.page import PageImage
from ocrqueue.text import tick_boxes
from ocrqueue.text.hocr.layout import Box
from ocrqueue.text.layer.sheet import Field, FieldKind, Rect, Sheet

LEAST, MOST = 8.0, 70.0  # pixels of a side; letters of 30 have boxes of 20 to 40
CELL = 3.0  # pixels; corners and lengths that differ by less are the same
FREE = 2.0  # pixels around a box that no other line enters
MOST_SQUARES = 300  # of a page; the fullest form has some 100
MOST_PAIRS = 300_000  # of squares and lines


def with_boxes(sheet: Sheet, image: PageImage) -> Sheet:
    """Return the sheet with a field for each box that is only drawn; `image` is grey.

    A sign that ticks a box is no character any more.
    """
    boxes = _outlines(sheet.rulings)
    others = len(sheet.rulings) + len(sheet.fields)
    if not boxes or len(boxes) > MOST_SQUARES or len(boxes) * others > MOST_PAIRS:
        return sheet
    filled = [field.box for field in sheet.fields]
    free = [
        box
        for box in boxes
        if not any(_cuts(line, box) for line in sheet.rulings)
        and not any(_meet(box, field) for field in filled)
    ]
    level = [one for one in sheet.characters if one.angle == 0]
    found = tick_boxes.among([Box(*map(round, box)) for box in free], level, image)
    ticks = {sign for one in found if one.is_ticked for sign in one.signs}
    drawn = (
        Field(FieldKind.CHECK, Rect(*one.box), "", ticked=one.is_ticked, size=0.0) for one in found
    )
    return replace(
        sheet,
        characters=tuple(one for one in sheet.characters if one not in ticks),
        fields=(*sheet.fields, *drawn),
    )


def _outlines(rulings: Sequence[Rect]) -> list[Rect]:
    """Return the small squares that four lines enclose, each once."""
    level, upright = set[tuple[int, ...]](), set[tuple[int, ...]]()
    found: dict[tuple[int, ...], Rect] = {}
    for line in rulings:
        width, height = line.right - line.left, line.bottom - line.top
        if LEAST <= max(width, height) <= MOST:
            (level if width > height else upright).add(_key(line.left, line.top, width or height))
    for x, y, _, bottom in rulings:
        side = bottom - y
        key = _key(x, y, side)
        if key in upright and not _has(found, x, y, side):
            flat = _has(level, x, y, side) and _has(level, x, bottom, side)
            if flat and _has(upright, x + side, y, side):
                found[key] = Rect(x, y, x + side, bottom)
    return list(found.values())


def _key(*lengths: float) -> tuple[int, ...]:
    return tuple(round(length / CELL) for length in lengths)


def _has(lines: set[tuple[int, ...]] | dict[tuple[int, ...], Rect], *wanted: float) -> bool:
    """Whether there is a line that starts about there and is about as long."""
    near = ((at - 1, at, at + 1) for at in _key(*wanted))
    return any(key in lines for key in product(*near))


def _meet(one: Rect, other: Rect) -> bool:
    across = one.left < other.right and other.left < one.right
    return across and one.top < other.bottom and other.top < one.bottom


def _grown(box: Rect, by: float) -> Rect:
    return Rect(box.left - by, box.top - by, box.right + by, box.bottom + by)


def _cuts(line: Rect, box: Rect) -> bool:
    """Whether a line comes from outside: a side of the next cell, or a curve through a marker."""
    outside = _grown(box, 2 * CELL)
    is_own = (
        line.left >= outside.left
        and line.right <= outside.right
        and line.top >= outside.top
        and line.bottom <= outside.bottom
    )
    return not is_own and _meet(_grown(line, 0.1), _grown(box, FREE))
