"""Which small squares of a picture stand alone, as boxes to tick do."""

from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, ImageFont

from ocrqueue.text.hocr.layout import Box
from ocrqueue.text.hocr.outlines import squares
from tests.support.page_images import of_picture

SIDE, LEFT, TOP = 26, 120, 100
Pen = Callable[[ImageDraw.ImageDraw], None]


def found(*pens: Pen, turned: float = 0.0) -> list[Box]:
    picture = Image.new("L", (600, 400), 255)
    for pen in pens:
        pen(ImageDraw.Draw(picture))
    picture = picture.rotate(turned, Image.Resampling.BICUBIC, fillcolor=255)
    return squares(of_picture(picture, dpi=200, ink=0.01))


def box(left: int = LEFT, top: int = TOP, side: int = SIDE, pen: int = 2) -> Pen:
    return lambda draw: draw.rectangle((left, top, left + side, top + side), outline=0, width=pen)


def line(*ends: int, pen: int = 3) -> Pen:
    return lambda draw: draw.line([LEFT + end for end in ends], fill=0, width=pen)


def words(text: str) -> Pen:
    font = ImageFont.load_default(30)
    return lambda draw: draw.text((LEFT, TOP), text, font=font, fill=0)


def is_it(other: Box) -> bool:
    """Whether a box is the drawn one, give or take three pixels."""
    expected = (LEFT, TOP, LEFT + SIDE, TOP + SIDE)
    return all(abs(one - two) <= 3 for one, two in zip(other, expected, strict=True))


@pytest.mark.parametrize("pen", [1, 2, 4])
def test_a_square_is_found(pen: int) -> None:
    """However thick its sides are."""
    (one,) = found(box(pen=pen))

    assert is_it(one)


def test_a_square_on_a_page_that_lies_askew_is_found() -> None:
    """Scanners draw paper in at an angle."""
    assert len(found(box(), turned=0.8)) == 1


CROSS = (line(-8, -28, SIDE + 8, SIDE - 12), line(-8, SIDE - 12, SIDE + 8, -28))
TICK = (line(6, -8, 12, 2), line(12, 2, SIDE + 9, -28))


@pytest.mark.parametrize("ticks", [CROSS, TICK], ids=["cross", "tick"])
def test_what_goes_out_at_a_corner_hides_no_square(ticks: tuple[Pen, ...]) -> None:
    """People do not stay inside."""
    (one,) = found(box(), *ticks)

    assert is_it(one)


@pytest.mark.parametrize(
    "pens",
    [
        [box(), box(left=LEFT + SIDE)],
        [box(), box(top=TOP + SIDE)],
        [box(), box(left=LEFT + SIDE + 4)],
        [box(side=90)],
        [box(side=7)],
        [lambda draw: draw.rectangle((LEFT, TOP, LEFT + 26, TOP + 44), outline=0, width=2)],
        [lambda draw: draw.ellipse((LEFT, TOP, LEFT + 26, TOP + 26), outline=0, width=2)],
        [words("DOBR8 noon EDO"), lambda draw: draw.line((LEFT, 300, 500, 300), fill=0)],
    ],
    ids=["cells", "cells below", "letters' boxes", "large", "speck", "oblong", "ring", "letters"],
)
def test_what_else_is_drawn_is_no_square(pens: list[Pen]) -> None:
    """A table's cells, boxes for single letters, frames, circles, print."""
    assert found(*pens) == []


def test_a_pattern_of_lines_is_not_gone_through() -> None:
    """A page that somebody filled with squares costs no more than its size."""
    many = [
        box(left=10 + 8 * x, top=10 + 8 * y, side=4, pen=1) for x in range(72) for y in range(46)
    ]

    assert found(*many) == []
