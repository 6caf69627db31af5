"""Boxes to tick in a picture: an engine reads them as letters, and a tick as none.

They are taken out of the picture before it is read again, and stand before their labels then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import NamedTuple

from ocrqueue.model.page import PageImage
from ocrqueue.text import marks, tick_boxes
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Word
from ocrqueue.text.hocr.outlines import squares
from ocrqueue.text.hocr.second_reading import Ask
from ocrqueue.text.hocr.text_lines import lines, telling_words
from ocrqueue.text.languages import is_right_to_left
from ocrqueue.text.tick_boxes import TickBox

BESIDE = 0.25  # of a square's side: how far a tick goes out of it
AS_MUCH = 0.9  # of the words that prove that there is text, which are read without the boxes too
LEAST_CONFIDENCE = 65.0  # of a page; letters of an unknown script look like anything
SURE = ((0.1, 1), (0.08, 2), (0.0, 5))  # inches of a side, and how many there are then
PAPER = b"\xff"


class _Label(NamedTuple):
    """A word beside a box, which one of its letters stands for."""

    sign: str
    left: float
    top: float
    right: float
    bottom: float
    size: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A page that was read without its boxes to tick, and these."""

    image: PageImage
    page: PageLayout
    boxes: Sequence[TickBox] = ()


def read_without(image: PageImage, page: PageLayout, ask_page: Ask) -> Form:
    """Return a grey page as it is read without the boxes that are printed on it."""
    plain = Form(image=image, page=page)
    found = squares(image) if page.confidence >= LEAST_CONFIDENCE else []
    boxes = tick_boxes.among(found, list(_labels(page, found)), image) if found else []
    if not boxes or not _are_enough(boxes, image.dpi or 200):
        return plain
    clear = _wiped(image, [one.box for one in boxes])
    again = ask_page(clear)
    if again is None or len(telling_words(again)) < AS_MUCH * len(telling_words(page)):
        return plain
    return Form(image=clear, page=again, boxes=boxes)


def marked(page: PageLayout, boxes: Sequence[TickBox]) -> PageLayout:
    """Return the page with a mark for each box in the line of its label."""
    beside: dict[Line, list[Word]] = {}
    for one in boxes:
        level = [line for line in lines(page) if _is_level(line, one.box)]
        near = [(_apart(one.box, word.box), line) for line in level for word in line.words]
        if near:
            _, line = min(near, key=itemgetter(0))
            text = marks.TICKED if one.is_ticked else marks.EMPTY
            beside.setdefault(line, []).append(Word(text, one.box, page.confidence))
    return page.with_lines(lambda line: _with_marks(line, beside.get(line, ())))


def _with_marks(line: Line, found: Sequence[Word]) -> Line:
    """Return a line with marks among its words, which stand in the order in which they are read."""
    words, side = list(line.words), -1 if is_right_to_left(line.text) else 1
    for mark in found:
        after = (at for at, word in enumerate(words) if side * (word.box.left - mark.box.left) > 0)
        words.insert(next(after, len(words)), mark)
    return replace(line, words=tuple(words))


def _are_enough(boxes: Sequence[TickBox], dpi: int) -> bool:
    """Whether they are boxes for sure: small ones are several, and one of them is empty."""
    side = max(one.box.width for one in boxes)
    known = SURE[:1] if all(one.is_ticked for one in boxes) else SURE
    return any(side >= least * dpi and len(boxes) >= count for least, count in known)


def _labels(page: PageLayout, found: Sequence[Box]) -> Iterator[_Label]:
    """Yield the words of a page, without what they have of a square: it was taken for a letter."""
    for line in lines(page):
        there = [box for box in found if _is_level(line, box)]
        for word in line.words:
            left, top, right, bottom = word.box
            for box in there:
                if box.left <= left + box.width / 2 and left < box.right:
                    left = box.right
                elif box.right >= right - box.width / 2 and right > box.left:
                    right = box.left
            if left < right:
                yield _Label(word.text[0], left, top, right, bottom, line.size)


def _is_level(line: Line, box: Box) -> bool:
    return line.box.top < (box.top + box.bottom) / 2 < line.box.bottom


def _apart(box: Box, word: Box) -> int:
    return max(word.left - box.right, box.left - word.right)


def _wiped(image: PageImage, boxes: Sequence[Box]) -> PageImage:
    """Return a grey page with paper in place of boxes, and what their ticks have beside them."""
    pixels, page = bytearray(image.pixels), Box(0, 0, image.width, image.height)
    for box in boxes:
        wiped = box.grown(round(BESIDE * box.width), page)
        for row in range(wiped.top, wiped.bottom):
            start = row * image.width
            pixels[start + wiped.left : start + wiped.right] = PAPER * wiped.width
    return replace(image, pixels=bytes(pixels))
