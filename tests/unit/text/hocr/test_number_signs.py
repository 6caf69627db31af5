"""Facts about the signs of numbers, held against the blobs that print them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import number_signs
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word, around
from tests.support.page_images import blank

WIDTH, HEIGHT = 600, 100
BASE, HIGH = 60, 20  # pixels: where the digits stand, and how high they are
_Part = tuple[int, int, int, int]  # left, top, width, height; from the middle line's left end
PARTS: dict[str, tuple[int, list[_Part]]] = {
    " ": (10, []),
    ".": (4, [(0, 17, 3, 3)]),
    ",": (4, [(0, 17, 3, 7)]),
    "-": (9, [(0, 10, 7, 2)]),
    "\u00b1": (12, [(0, 8, 10, 2), (4, 4, 2, 10), (0, 17, 10, 2)]),
    "#": (12, [(0, 8, 10, 2), (4, 2, 2, 18), (0, 18, 10, 2)]),  # a plus-minus in one
    "4": (14, [(6, 0, 2, 20), (0, 14, 12, 2), (0, 18, 12, 2)]),  # the same with a foot
    "+": (12, [(0, 10, 10, 2), (4, 5, 2, 12)]),
    "v": (12, [(0, 14, 10, 2), (4, 5, 2, 12)]),  # a four that lost its top
    "'": (4, [(0, 0, 3, 6)]),
    "|": (6, [(0, -30, 2, 80)]),
    "`": (3, [(0, 18, 1, 1)]),  # a speck
}
DIGIT = (14, [(0, 0, 12, 2), (0, 18, 12, 2), (0, 0, 2, 20), (10, 0, 2, 20)])


def printed(text: str, *, darkness: int = 255) -> tuple[PageImage, list[Box]]:
    """Return a picture of the text, and where each of its signs stands."""
    pixels = bytearray(b"\xff" * (WIDTH * HEIGHT))
    at, boxes = 40, []
    for sign in text:
        step, parts = PARTS.get(sign, DIGIT)
        boxes.append(Box(at, BASE - HIGH, at + step - 2, BASE))
        for left, top, width, height in parts:
            for row in range(BASE - HIGH + top, BASE - HIGH + top + height):
                start = row * WIDTH + at + left
                pixels[start : start + width] = bytes([255 - darkness]) * width
        at += step
    return replace(blank(WIDTH, HEIGHT), dpi=200, pixels=bytes(pixels)), boxes


def read(text: str, *words: tuple[str, int, int], darkness: int = 255) -> list[str]:
    """Return the words, each from one sign of the printed text to another, as they are mended."""
    image, boxes = printed(text, darkness=darkness)
    read = tuple(Word(said, around(boxes[first:end]), 90.0) for said, first, end in words)
    line = Line(read, around([word.box for word in read]), HIGH)
    page = PageLayout(box=Box(0, 0, WIDTH, HEIGHT), blocks=((Paragraph((line,)),),))
    return [word.text for word in number_signs.mended(image, page).words]


@pytest.mark.parametrize(
    ("text", "said", "right"),
    [
        ("12.5", "125", "12.5"),
        ("1,234", "1234", "1,234"),
        ("1,234.50", "1,23450", "1,234.50"),
        ("4,41", "4.41", "4,41"),  # the tail of a comma is no speck
        ("-1.25", "-125", "-1.25"),
        ("9.7\u00b12.0", "9.742.0", "9.7\u00b12.0"),
        ("9.7\u00b12.0", "9.7+2.0", "9.7\u00b12.0"),
        ("9.7\u00b12.0", "9.72.0", "9.7\u00b12.0"),
        ("12.5", "12.5", "12.5"),
        ("125", "1.25", "1.25"),  # a point may touch its digit
        ("12.5", "12,5", "12,5"),  # a comma may have lost its tail
        ("12.5", "1234", "1234"),  # another number of digits
        ("12.5", "ten", "ten"),  # no number
        ("12'5", "125", "125"),  # something else
        ("12`5", "125", "125"),  # a speck
        ("......28", "...28", "...28"),  # leaders
        ("95,5.20", "95,520", "95,520"),  # no number has both
        ("9.7#2.0", "9.742.0", "9.7\u00b12.0"),
        ("9.742.0", "9.742.0", "9.742.0"),
        ("5.#.1", "5.4.1", "5.4.1"),  # no number with a plus-minus
        ("-1.5", "~1.5", "-1.5"),
        ("+1.73", "41.73", "+1.73"),
        ("1.73+", "1.734", "1.73+"),
        ("v1.73", "41.73", "41.73"),  # not the same upside down
        ("+5", "45", "45"),  # too few digits to tell where they stand
        ("1\u00b15", "125", "125"),  # no plus-minus is read as a 2: a digit is broken
    ],
)
def test_signs_are_those_that_are_printed_between_as_many_digits(
    text: str, said: str, right: str
) -> None:
    """Points, commas, minus and plus-minus are won back; where blobs do not tell, all stays."""
    assert read(text, (said, 0, len(text))) == [right]


@pytest.mark.parametrize(
    ("text", "words", "right"),
    [
        (".559", [("559", 1, 4)], [".559"]),
        ("-5.5", [("5.5", 1, 4)], ["-5.5"]),
        ("8 -5.5", [("8", 0, 1), ("5.5", 3, 6)], ["8", "-5.5"]),
        ("9.7 \u00b1 2.0", [("9.7", 0, 3), ("+", 4, 5), ("2.0", 6, 9)], ["9.7", "\u00b1", "2.0"]),
        ("9.7\u00b1 2.0", [("9.7", 0, 3), ("2.0", 5, 8)], ["9.7\u00b1", "2.0"]),
        ("... . .5", [("5", 7, 8)], ["5"]),  # leaders
        ("8.5", [("8", 0, 1), ("5", 2, 3)], ["8", "5"]),  # nobody knows whose it is
        ("-  5", [("5", 3, 4)], ["5"]),  # too far away
        ("|5", [("5", 1, 2)], ["5"]),  # a rule
        ("12.", [("12", 0, 2)], ["12"]),  # the end of a sentence
    ],
)
def test_signs_beside_a_number_are_its_own_where_they_stand_near_it(
    text: str, words: Sequence[tuple[str, int, int]], right: list[str]
) -> None:
    """A point or minus before it, and a plus-minus; neither leaders nor what others may have."""
    assert read(text, *words) == right


def test_specks_are_no_points() -> None:
    """What is much smaller than the points of the page was not printed there."""
    image, boxes = printed("1.2 3.4 5`6")
    small = bytearray(image.pixels)
    speck = boxes[9]
    for row, width in ((speck.bottom - 2, 2), (speck.bottom - 1, 3)):  # of nine pixels
        start = row * WIDTH + speck.left - 1
        small[start : start + width] = bytes(width)
    words = tuple(
        Word(said, around(boxes[first : first + 3]), 90.0)
        for said, first in (("1.2", 0), ("3.4", 4), ("56", 8))
    )
    line = Line(words, around([word.box for word in words]), HIGH)
    page = PageLayout(box=Box(0, 0, WIDTH, HEIGHT), blocks=((Paragraph((line,)),),))
    mended = number_signs.mended(replace(image, pixels=bytes(small)), page)
    assert [word.text for word in mended.words] == ["1.2", "3.4", "56"]


def test_what_is_too_pale_to_be_print_says_nothing() -> None:
    """A shadow of a point is none."""
    assert read("12.5", ("125", 0, 4), darkness=30) == ["125"]


@pytest.mark.parametrize(
    ("printed", "words", "right"),
    [
        ("' 10.", [("*", 0, 1), ("410.", 2, 5)], ["*", "10."]),
        ("' 410", [("*", 0, 1), ("410", 2, 5)], ["*", "410"]),
        ("' 10.", [("a", 0, 1), ("410.", 2, 5)], ["a", "410."]),
    ],
    ids=["two printed", "three printed", "no star"],
)
def test_a_star_is_no_digit(
    printed: str, words: list[tuple[str, int, int]], right: list[str]
) -> None:
    """Its number has as many digits as are printed."""
    assert read(printed, *words) == right
