"""Facts about the numbers and bullets before lines that an engine leaves out."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import item_marks
from ocrqueue.text.hocr.item_marks import MARGIN
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word, around
from tests.support.page_images import blank

WIDTH, HEIGHT = 500, 400
SIZE, STEP, TEXT = 20, 40, 140  # pixels: of letters, from line to line, left of the text
_Part = tuple[int, int, int, int]  # left, top, right, bottom; from a mark's left end and a line
SQUARE: list[_Part] = [(0, 4, 12, 16)]
TICK: list[_Part] = [(0, 10, 4, 18), (4, 14, 8, 20), (8, 4, 12, 16), (12, 0, 16, 6)]
FIGURES: list[list[_Part]] = [  # one, then others, each with its point
    [(3, 0, 6, 20), (12, 17, 15, 20)],
    [(0, 0, 9, 3), (6, 3, 9, 17), (0, 17, 9, 20), (12, 17, 15, 20)],
    [(0, 0, 3, 20), (3, 8, 9, 11), (6, 0, 9, 20), (12, 17, 15, 20)],
    [(0, 0, 9, 3), (0, 3, 3, 20), (6, 10, 9, 20), (12, 17, 15, 20)],
]
STAR: _Part = (-12, 4, -4, 12)
BRACKET: _Part = (18, 0, 20, 20)


def printed(marks: Sequence[Sequence[_Part]], *, left: int = 80) -> PageImage:
    """Return a grey picture with a mark before each line."""
    pixels = bytearray(b"\xff" * (WIDTH * HEIGHT))
    for at, parts in enumerate(marks):
        top = STEP * (at + 1)
        for x, y, right, bottom in parts:
            for row in range(top + y, top + bottom):
                start = row * WIDTH + left
                pixels[start + x : start + right] = b"\0" * (right - x)
    return replace(blank(WIDTH, HEIGHT), dpi=200, pixels=bytes(pixels))


def read(*firsts: str, left: int = 80) -> PageLayout:
    """Return a page with a line for each first word, before its text; "" for none."""
    found = []
    for at, first in enumerate(firsts):
        top = STEP * (at + 1)
        words = [Word("telling", Box(TEXT, top, TEXT + 90, top + SIZE), 95.0)]
        if first:
            words.insert(0, Word(first, Box(left, top, left + 14, top + SIZE), 50.0))
        found.append(Line(tuple(words), around([word.box for word in words]), SIZE))
    blocks = ((Paragraph(tuple(found)),),)
    return PageLayout(box=Box(0, 0, WIDTH, HEIGHT), blocks=blocks)


class _Reader:
    """Says what it is told of each row that it is shown."""

    def __init__(self, *said: str, sure: float = 90.0) -> None:
        self._said, self._sure = said, sure
        self.asked = 0

    def __call__(self, part: PageImage) -> PageLayout:
        self.asked += 1
        high = part.height // len(self._said)
        found = []
        for at, text in enumerate(self._said):
            box = Box(MARGIN, at * high + MARGIN, MARGIN + 15, (at + 1) * high - MARGIN)
            found.append(Line((Word(text, box, self._sure),), box, SIZE))
        return PageLayout(
            box=Box(0, 0, part.width, part.height), blocks=((Paragraph(tuple(found)),),)
        )


def firsts(page: PageLayout) -> list[str]:
    """Return the first word of each line."""
    return [line.words[0].text for whole in page.paragraphs for line in whole.lines]


def test_bullets_that_were_left_out_are_set_before_their_lines() -> None:
    """What looks alike before lines is a bullet, and nothing is read for that."""
    ask = _Reader("")
    page = item_marks.completed(printed([SQUARE] * 3), read("", "", ""), ask)
    assert firsts(page) == ["\u2022"] * 3
    assert ask.asked == 0


def test_bullets_that_were_read_as_letters_are_bullets() -> None:
    """What looks alike is a bullet, however it was read."""
    page = item_marks.completed(printed([SQUARE] * 4), read("GQ", "a", ".", "Q"), _Reader(""))
    assert firsts(page) == ["\u2022"] * 4


def test_a_letter_that_lines_begin_with_stays() -> None:
    """What was read as one and the same letter each time is that letter."""
    page = read("A", "A", "A")
    assert item_marks.completed(printed([SQUARE] * 3), page, _Reader("")) == page


def test_ticks_are_no_bullets() -> None:
    """A tick says something: it is not the same upside down, as bullets are."""
    page = read("", "", "")
    assert item_marks.completed(printed([TICK] * 3), page, _Reader("v", "v", "v")) == page


def test_two_marks_are_no_column() -> None:
    """Two alike may be chance."""
    page = read("", "")
    assert item_marks.completed(printed([SQUARE] * 2), page, _Reader("")) == page


@pytest.mark.parametrize(
    ("said", "sure", "right"),
    [
        (("1.", "2.", "3.", "4."), 90.0, ["1.", "2.", "3.", "4."]),
        (("1.", "2.", "3.", "4."), 30.0, ["telling"] * 4),  # nobody is sure
        (("11", "12", "13", "14"), 90.0, ["telling"] * 4),  # cells of a table
        (("1.", "72.", "3.", "."), 90.0, ["1.", "telling", "3.", "telling"]),  # other signs
    ],
)
def test_numbers_that_were_left_out_are_read_again(
    said: Sequence[str], sure: float, right: Sequence[str]
) -> None:
    """They count where they number an item, surely, with as many signs as are printed."""
    page = item_marks.completed(printed(FIGURES), read("", "", "", ""), _Reader(*said, sure=sure))
    assert firsts(page) == list(right)


def test_letters_in_brackets_are_read_again() -> None:
    """They number items too."""
    image = printed([[*figure, BRACKET] for figure in FIGURES])
    page = item_marks.completed(image, read("", "", "", ""), _Reader("(a)", "(b)", "(c)", "[4]"))
    assert firsts(page) == ["(a)", "(b)", "(c)", "[4]"]


def test_a_number_that_nobody_is_sure_of_counts_after_the_one_above() -> None:
    """The star before it is a bullet, and its comma the point that the others have."""
    image = printed([FIGURES[0], [STAR, *FIGURES[1]], [STAR, *FIGURES[2]], FIGURES[3]])
    page = item_marks.completed(
        image, read("", "", "", ""), _Reader("5.", "#6,", "+7.", "?", sure=70.0)
    )
    assert [line.text for line in page.paragraphs[0].lines] == [
        "5. telling",
        "\u2022 6. telling",
        "\u2022 7. telling",
        "telling",
    ]


def test_what_was_read_apart_from_its_line_is_not_told_twice() -> None:
    """A column of numbers that the engine has in lines of their own goes where they belong."""
    page = read("", "", "", "")
    top = STEP
    loose = Word("1.", Box(80, top, 95, top + SIZE), 80.0)
    own = Paragraph((Line((loose,), loose.box, SIZE),))
    page = replace(page, blocks=((own,), *page.blocks))
    ask = _Reader("1.", "2.", "3.", "4.")
    assert firsts(item_marks.completed(printed(FIGURES), page, ask)) == ["1.", "2.", "3.", "4."]


def test_the_point_that_is_left_of_a_number_goes_with_it() -> None:
    """A column that was cut through the numbers leaves their points to the text."""
    page = read(".", ".", ".", ".", left=92)
    ask = _Reader("1.", "2.", "3.", "4.")
    found = item_marks.completed(printed(FIGURES), page, ask)
    assert [line.text for line in found.paragraphs[0].lines][:2] == ["1. telling", "2. telling"]
