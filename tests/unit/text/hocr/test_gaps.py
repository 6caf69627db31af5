"""Facts about words that are lost inside lines."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import gaps
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word
from tests.support.page_images import blank

WIDTH, HEIGHT = 2000, 600
WORDS, LINES = 15, 4
STEP, WORD, HIGH = 120, 100, 30  # pixels: from word to word, its width, its height


def box(number: int, line: int) -> Box:
    left, top = 100 + STEP * number, 100 + 60 * line
    return Box(left, top, left + WORD, top + HIGH)


def page(*lost: int, texts: Sequence[str] = ()) -> PageLayout:
    """Return lines of words, some of which are missing in the second one."""
    lines = []
    for line in range(LINES):
        numbers = [number for number in range(WORDS) if line != 1 or number not in lost]
        words = tuple(
            Word(texts[number] if texts else "word", box(number, line), 95.0) for number in numbers
        )
        lines.append(Line(words, box(0, line), 20.0))
    return PageLayout(box=Box(0, 0, WIDTH, HEIGHT), blocks=((Paragraph(tuple(lines)),),))


def printed(*pale: int, rows: range = range(HIGH), line: int = 1) -> PageImage:
    """Return their picture: strokes in each word; in some of one line in these rows alone."""
    pixels = bytearray(b"\xff" * (WIDTH * HEIGHT))
    for row in range(LINES):
        for number in range(WORDS):
            place = box(number, row)
            inked = rows if row == line and number in pale else range(HIGH)
            for y in inked:
                for x in range(place.left, place.right, 10):
                    start = (place.top + y) * WIDTH + x
                    pixels[start : start + 3] = bytes(3)
    return replace(blank(WIDTH, HEIGHT), dpi=200, pixels=bytes(pixels))


def test_words_under_something_are_missed() -> None:
    """The gap is as full of strokes as the words beside it; the reason says how many and where."""
    said = gaps.doubt(printed(), page(5, 6, 7, 8))
    assert said.startswith("some 6 words within lines were not read, most at 682, 160 of 2000")


@pytest.mark.parametrize(
    ("lost", "image"),
    [
        ((), printed()),
        ((5, 6, 7, 8), printed(5, 6, 7, 8, rows=range(0))),  # white space
        ((5, 6, 7, 8), printed(5, 6, 7, 8, rows=range(25, 30))),  # leaders, underscores
        ((5,), printed()),  # a sign that no engine knows
        ((3, 4, 5, 6, 7, 8, 9), printed()),  # another column
    ],
)
def test_other_gaps_say_nothing(lost: Sequence[int], image: PageImage) -> None:
    """Spaces, leaders, single signs, and what lies between columns are in no line."""
    assert gaps.doubt(image, page(*lost)) == ""


def test_what_stands_between_numbers_and_signs_is_no_text() -> None:
    """A row of a drawing that hardly has a word tells nothing; nor do signs beside a gap."""
    assert gaps.doubt(printed(), page(5, 6, 7, 8, texts=["12"] * WORDS)) == ""
    texts = ["word"] * 4 + ["...."] * 6 + ["word"] * 5
    assert gaps.doubt(printed(), page(5, 6, 7, 8, texts=texts)) == ""
