"""Small squares drawn beside text -> boxes to tick, ticked where the picture shows a mark inside.

Whatever else is square must not become one: cells, bullets, keys of charts, boxes for single
letters. What is in doubt stays what it was: lines that say nothing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import groupby, product
from statistics import median

from ocrqueue.model.page import PageImage
from ocrqueue.text.ink_rows import rows_in
from ocrqueue.text.layer.sheet import Character, Field, FieldKind, Rect, Sheet
from ocrqueue.text.layer.words import is_right_to_left

LEAST, MOST = 8.0, 70.0  # pixels of a side; letters of 30 have boxes of 20 to 40
OF_LETTERS = (0.55, 1.7)  # times the size of the letters beside it
CELL = 3.0  # pixels; corners and lengths that differ by less are the same
FREE = 2.0  # pixels around a box that no other line enters
LABEL, BEHIND = 2.5, 1.0  # letter sizes to the text that follows, or comes before
MOST_SQUARES = 300  # of a page; the fullest form has some 100
MOST_PAIRS = 300_000  # of squares and lines
BAND = 64  # pixels; letters are looked up by their height
KIND = 0.16  # of a side that boxes of one kind differ
OUTSIDE = 4.0  # pixels; boxes below each other are hardly further apart
INSET = 0.22  # of the side: the border lies outside
CONTRAST = 40  # of 255 between a mark and its ground
LEAST_REACH = 0.5  # of the inside that a mark goes across and down; a dot is smaller
LONGEST = 0.9  # of a row or a column: a tick leans, a plus or a smaller square does not
STROKES = 2  # of a cross or a tick in one row; hatching has more
_TICKS = frozenset("xX")  # letters that are none in a box

Bands = Mapping[int, Sequence[Character]]


class Inside(Enum):
    """What the picture shows in a square."""

    PAPER = auto()
    MARK = auto()  # dark on paper
    BRIGHT_MARK = auto()  # on a dark ground, as browsers draw it and makers of icons
    ELSE = auto()  # a key of a chart, or a drawing


@dataclass(frozen=True, slots=True, kw_only=True)
class _Square:
    box: Rect
    inside: Inside
    signs: tuple[Character, ...]  # in it
    is_labelled: bool

    @property
    def is_box(self) -> bool:
        """Whether it looks like a box to tick, or a ticked one."""
        letters = any(one.sign.isalnum() and one.sign not in _TICKS for one in self.signs)
        return self.is_labelled and self.inside is not Inside.ELSE and not letters


def with_boxes(sheet: Sheet, image: PageImage) -> Sheet:
    """Return the sheet with a field for each box that is only drawn; `image` is grey.

    A sign that ticks a box is no character any more.
    """
    boxes = _outlines(sheet.rulings)
    others = len(sheet.rulings) + len(sheet.fields)
    if not boxes or len(boxes) > MOST_SQUARES or len(boxes) * others > MOST_PAIRS:
        return sheet
    bands = _bands(sheet.characters)
    filled = [field.box for field in sheet.fields]
    free = [
        box
        for box in boxes
        if not any(_cuts(line, box) for line in sheet.rulings)
        and not any(_meet(box, field) for field in filled)
    ]
    squares = [_square(box, free, bands, image) for box in free]
    found = [one for one in squares if one.is_box and _is_one_of_many(one, squares)]
    ticks = {sign for one in found if one.inside is not Inside.PAPER for sign in one.signs}
    drawn = (
        Field(FieldKind.CHECK, one.box, "", ticked=one.inside is not Inside.PAPER, size=0.0)
        for one in found
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


def _bands(characters: Sequence[Character]) -> Bands:
    found = defaultdict(list)
    for one in characters:
        if one.angle == 0:
            found[int((one.top + one.bottom) / 2 // BAND)].append(one)
    return found


def _square(box: Rect, boxes: Sequence[Rect], bands: Bands, image: PageImage) -> _Square:
    """Return a square with what is in it and beside it."""
    middle = (box.top + box.bottom) / 2
    row = int(middle // BAND)
    near = [one for at in (row - 1, row, row + 1) for one in bands.get(at, ())]
    level = [one for one in near if one.top < middle < one.bottom]
    return _Square(
        box=box,
        inside=_inside(box, image),
        signs=tuple(one for one in level if box.left < (one.left + one.right) / 2 < box.right),
        is_labelled=_is_labelled(
            box, level, [one for one in boxes if one.top < middle < one.bottom]
        ),
    )


def _is_labelled(box: Rect, level: Sequence[Character], boxes: Sequence[Rect]) -> bool:
    """Whether text follows a box at its height, or comes before one that others stand beside."""
    after = min((one for one in level if one.left >= box.right - 1), key=_left, default=None)
    before = max((one for one in level if one.right <= box.left + 1), key=_right, default=None)
    if after and not _is_parted(box.right, after.left, boxes):
        reach = BEHIND if is_right_to_left(after.sign) else LABEL
        if _fits(box, after, after.left - box.right, reach):
            return True
    if before and not _is_parted(before.right, box.left, boxes):
        turned = is_right_to_left(before.sign)
        near = _fits(box, before, box.left - before.right, LABEL if turned else BEHIND)
        return near and (turned or len(boxes) > 1)
    return False


def _is_parted(start: float, end: float, boxes: Sequence[Rect]) -> bool:
    """Whether another box stands between."""
    return any(start < (other.left + other.right) / 2 < end for other in boxes)


def _fits(box: Rect, label: Character, distance: float, reach: float) -> bool:
    least, most = (share * label.size for share in OF_LETTERS)
    return least <= box.bottom - box.top <= most and distance <= reach * label.size


def _left(one: Character) -> float:
    return one.left


def _right(one: Character) -> float:
    return one.right


def _is_one_of_many(square: _Square, squares: Sequence[_Square]) -> bool:
    """Whether most squares of its kind are boxes, and none the key of a chart or an icon."""
    side = square.box.right - square.box.left
    kind = [one for one in squares if abs(one.box.right - one.box.left - side) <= KIND * side]
    insides = {one.inside for one in kind}
    is_icon = Inside.BRIGHT_MARK in insides and Inside.PAPER not in insides
    boxes = sum(one.is_box for one in kind)
    return Inside.ELSE not in insides and not is_icon and 2 * boxes > len(kind)


def _inside(box: Rect, image: PageImage) -> Inside:
    """Return what a grey picture shows within the border of a square."""
    inset = INSET * (box.bottom - box.top)
    rows = _pixels(_grown(box, -inset), image)
    around = _pixels(_grown(box, OUTSIDE), image)
    if not rows or not around:
        return Inside.ELSE
    paper, ground = median(around[0] + around[-1]), median(b"".join(rows))
    is_paper = abs(paper - ground) < CONTRAST
    marked = [[abs(pixel - ground) >= CONTRAST for pixel in row] for row in rows]
    if not any(map(any, marked)):
        return Inside.PAPER if is_paper else Inside.ELSE
    columns = list(zip(*marked, strict=True))
    reach = min(_share([any(line) for line in lines]) for lines in (marked, columns))
    lines = (*marked, *columns)
    is_drawn = max(map(_strokes, lines)) > STROKES or max(map(_share, lines)) > LONGEST
    if reach < LEAST_REACH or is_drawn:
        return Inside.ELSE
    return Inside.MARK if is_paper else Inside.BRIGHT_MARK


def _pixels(box: Rect, image: PageImage) -> list[bytes]:
    """Return the rows of pixels of a part of the picture."""
    left, right = max(0, round(box.left)), min(image.width, round(box.right))
    top, bottom = max(0, round(box.top)), min(image.height, round(box.bottom))
    return rows_in(image, (left, top, right, bottom)) if left < right else []


def _share(line: Sequence[bool]) -> float:
    return sum(line) / len(line)


def _strokes(line: Sequence[bool]) -> int:
    return sum(is_mark for is_mark, _ in groupby(line))
