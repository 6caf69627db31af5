"""Squares beside text -> boxes to tick, ticked where the picture shows a mark inside; pure.

Whatever else is square must not become one: cells, bullets, keys of charts, boxes for single
letters. What is in doubt stays what it was: lines that say nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import groupby
from statistics import median
from typing import Protocol

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.layout import Box
from ocrqueue.text.ink_rows import rows_in
from ocrqueue.text.languages import is_right_to_left

OF_LETTERS = (0.55, 1.7)  # times the size of the letters beside it
LABEL, BEHIND = 2.5, 1.0  # letter sizes to the text that follows, or comes before
BAND = 64  # pixels; letters are looked up by their height
KIND = 0.16  # of a side that boxes of one kind differ
OUTSIDE = 4  # pixels; boxes below each other are hardly further apart
LEAST_EMPTY = 3  # boxes, beside which whatever is drawn in one ticks it
INSET = 0.25  # of the side: the border lies outside
CONTRAST = 40  # of 255 between a mark and its ground
LEAST_REACH = 0.5  # of the inside that a mark goes across and down; a dot is smaller
LONGEST = 0.9  # of a row or a column: a tick leans, a plus or a smaller square does not
STROKES = 2  # of a cross or a tick in one row; hatching has more
_TICKS = frozenset("xX")  # letters that are none in a box


class Letter(Protocol):
    """A letter, or a word of which one stands for all, upright, in pixels of the page."""

    @property
    def sign(self) -> str:
        """The letter."""

    @property
    def left(self) -> float:
        """Where it begins."""

    @property
    def top(self) -> float:
        """Its upper edge."""

    @property
    def right(self) -> float:
        """Where it ends."""

    @property
    def bottom(self) -> float:
        """Its lower edge."""

    @property
    def size(self) -> float:
        """Height of its font."""


Bands = Mapping[int, Sequence[Letter]]


class Inside(Enum):
    """What the picture shows in a square."""

    PAPER = auto()
    MARK = auto()  # dark on paper
    BRIGHT_MARK = auto()  # on a dark ground, as browsers draw it and makers of icons
    ELSE = auto()  # a key of a chart, or a drawing


@dataclass(frozen=True, slots=True, kw_only=True)
class TickBox:
    """A square as it looks in the picture, with the letters in it."""

    box: Box
    inside: Inside
    signs: tuple[Letter, ...]
    is_labelled: bool

    @property
    def is_ticked(self) -> bool:
        """Whether there is anything in it."""
        return self.inside is not Inside.PAPER

    @property
    def may_be_one(self) -> bool:
        """Whether it stands where a box to tick does, and holds no letter."""
        letters = any(one.sign.isalnum() and one.sign not in _TICKS for one in self.signs)
        return self.is_labelled and not letters


def among(squares: Sequence[Box], letters: Sequence[Letter], image: PageImage) -> list[TickBox]:
    """Return those of the squares of a grey page that are boxes to tick."""
    bands = _bands(letters)
    found = [_tick_box(box, squares, bands, image) for box in squares]
    return [one for one in found if one.may_be_one and _is_one_of_many(one, found)]


def _bands(letters: Sequence[Letter]) -> Bands:
    found = defaultdict[int, list[Letter]](list)
    for one in letters:
        found[int((one.top + one.bottom) / 2 // BAND)].append(one)
    return found


def _tick_box(box: Box, boxes: Sequence[Box], bands: Bands, image: PageImage) -> TickBox:
    """Return a square with what is in it and beside it."""
    middle = (box.top + box.bottom) / 2
    row = int(middle // BAND)
    near = [one for at in (row - 1, row, row + 1) for one in bands.get(at, ())]
    level = [one for one in near if one.top < middle < one.bottom]
    return TickBox(
        box=box,
        inside=_inside(box, image),
        signs=tuple(one for one in level if box.left < (one.left + one.right) / 2 < box.right),
        is_labelled=_is_labelled(
            box, level, [one for one in boxes if one.top < middle < one.bottom]
        ),
    )


def _is_labelled(box: Box, level: Sequence[Letter], boxes: Sequence[Box]) -> bool:
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


def _is_parted(start: float, end: float, boxes: Sequence[Box]) -> bool:
    """Whether another box stands between."""
    return any(start < (other.left + other.right) / 2 < end for other in boxes)


def _fits(box: Box, label: Letter, distance: float, reach: float) -> bool:
    least, most = (share * label.size for share in OF_LETTERS)
    return least <= box.height <= most and distance <= reach * label.size


def _left(one: Letter) -> float:
    return one.left


def _right(one: Letter) -> float:
    return one.right


def _is_one_of_many(square: TickBox, squares: Sequence[TickBox]) -> bool:
    """Whether most squares of its kind are boxes, and none the key of a chart or an icon.

    Beside half as many empty ones, and three at least, whatever is drawn in one ticks it.
    """
    side = square.box.width
    kind = [one for one in squares if abs(one.box.width - side) <= KIND * side]
    seen = Counter(one.inside for one in kind if one.may_be_one)
    is_icon = seen[Inside.BRIGHT_MARK] > 0 and not seen[Inside.PAPER]
    others = sum(one.inside is Inside.ELSE for one in kind)
    is_key = others > 0 and seen[Inside.PAPER] < max(LEAST_EMPTY, others / 2)
    return not is_key and not is_icon and 2 * seen.total() > len(kind)


def _inside(box: Box, image: PageImage) -> Inside:
    """Return what a grey picture shows within the border of a square."""
    rows = _pixels(_grown(box, -round(INSET * box.height)), image)
    around = _pixels(_grown(box, OUTSIDE), image)
    if not rows or not around:
        return Inside.ELSE
    edge = b"".join((rows[0], rows[-1], *(row[:1] + row[-1:] for row in rows)))
    paper, ground = median(around[0] + around[-1]), median(edge)  # the middle may be all mark
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


def _grown(box: Box, by: int) -> Box:
    return Box(box.left - by, box.top - by, box.right + by, box.bottom + by)


def _pixels(box: Box, image: PageImage) -> list[bytes]:
    """Return the rows of pixels of a part of the picture."""
    left, right = max(0, box.left), min(image.width, box.right)
    top, bottom = max(0, box.top), min(image.height, box.bottom)
    return rows_in(image, (left, top, right, bottom)) if left < right else []


def _share(line: Sequence[bool]) -> float:
    return sum(line) / len(line)


def _strokes(line: Sequence[bool]) -> int:
    return sum(is_mark for is_mark, _ in groupby(line))
