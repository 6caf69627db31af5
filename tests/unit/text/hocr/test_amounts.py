"""Facts about amounts that were read apart from what they are for."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import amounts
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word
from tests.support.page_images import blank

IMAGE = blank(700, 900)
TOPS = range(100, 700, 60)
NAMES = [f"Item{'abcdefghij'[at]}" for at in range(10)]
PRICES = [f"{at + 2}.50" for at in range(10)]


def column(texts: Sequence[str], left: int, shift: int = 0) -> tuple[Paragraph]:
    """Return a block of one line for each text, each a row below the one before."""
    lines = []
    for top, text in zip(TOPS, texts, strict=False):
        box = Box(left, top + shift, left + 120, top + shift + 24)
        words = tuple(Word(word, box, 95.0) for word in text.split())
        lines.append(Line(words, box, 20.0))
    return (Paragraph(tuple(line for line in lines if line.words)),)


def page(*blocks: tuple[Paragraph]) -> PageLayout:
    return PageLayout(box=Box(0, 0, 700, 900), blocks=blocks)


RECEIPT = page(column(NAMES, 50), column(PRICES, 500))
# As it is read again, in the part that begins half a line above and left of the first name.
ROWS = page(column([f"{a} {b}" for a, b in zip(NAMES, PRICES, strict=True)], 12, shift=-88))


def test_prices_are_read_again_behind_their_names() -> None:
    """The part with all of them is one block; the rest of the page stays."""
    whole = replace(RECEIPT, blocks=(*RECEIPT.blocks, column(["Total in cash"], 50, shift=700)))
    parts: list[PageImage] = []

    def ask(part: PageImage) -> PageLayout:
        parts.append(part)
        return ROWS

    said = amounts.in_rows(IMAGE, whole, ask)
    assert said.text == f"{ROWS.text} Total in cash"
    assert [(part.width, part.height) for part in parts] == [(594, 588)]


def test_quantities_and_dates_left_of_the_prices_do_not_count() -> None:
    """A receipt has some in lines of their own."""
    aside = column(["2 x 1.25", "3 x 0.50", "12/05/2024"], 60, shift=30)
    whole = replace(RECEIPT, blocks=(*RECEIPT.blocks, aside))
    again = replace(ROWS, blocks=(*ROWS.blocks, column(["2 x 1.25 3 x 0.50 12/05/2024"], 12)))
    assert amounts.in_rows(IMAGE, whole, lambda _: again).text == again.text


@pytest.mark.parametrize("again", [None, page(column(NAMES, 12)), page()])
def test_a_reading_that_says_less_changes_nothing(again: PageLayout | None) -> None:
    """Nor does none at all: no time was left."""
    assert amounts.in_rows(IMAGE, RECEIPT, lambda _: again) is RECEIPT


@pytest.mark.parametrize(
    "other",
    [
        page(column(NAMES[:3], 50), column(PRICES[:3], 500)),  # too few to tell
        page(column(NAMES, 50), column(PRICES, 500, shift=30)),  # they stand between the lines
        page(column(NAMES, 300), column(PRICES, 100)),  # the lines are numbered
        page(column(NAMES, 50), column(["", "5", "", "", "10", "", "15", "", "", "20"], 500)),
        page(column(["seven words of some prose in lines"] * 10, 50), column(PRICES, 500)),
        ROWS,
    ],
)
def test_other_figures_stay_where_they_are(other: PageLayout) -> None:
    """Nothing is asked again for them."""

    def ask(part: PageImage) -> PageLayout:
        raise AssertionError(part.width)

    assert amounts.in_rows(IMAGE, other, ask) is other
