"""Lines go the way they are written, and paragraphs begin where size, distance or indent change."""

import pytest

from ocrqueue.text.layer import page
from ocrqueue.text.layer.sheet import Sheet
from tests.support.sheets import Typed, sheet_of


def markdown(sheet: Sheet) -> str:
    return page.markdown(sheet, page.read(sheet)).markdown


def test_latin_words_in_a_line_from_right_to_left() -> None:
    """They are read from left to right, and a number behind them with them."""
    shown = ("ל", "Windows", "10", "של", "המדריך")
    words = [Typed(text=text, base=300, left=200 + 200 * at) for at, text in enumerate(shown)]

    assert markdown(sheet_of(words)).split() == ["המדריך", "של", "Windows", "10", "ל"]


def test_a_line_of_latin_words_goes_the_way_of_its_block() -> None:
    """Most letters of the second line are Latin, but the text is Hebrew."""
    lines = ("המדריך של הספרייה העירונית", "של Windows and Office הוא")
    rows = [
        Typed(text=text, base=300 + 36 * at, left=200 + 200 * place)
        for at, shown in enumerate(lines)
        for place, text in enumerate(shown.split() if at else reversed(shown.split()))
    ]

    text = markdown(sheet_of(rows)).split()

    assert text[-5:] == ["הוא", "Windows", "and", "Office", "של"]


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("The name of גוריון בן is known here", "The name of בן גוריון is known here"),
        ("The name of גוריון - בן is known here", "The name of בן - גוריון is known here"),
        ("The name of גוריון 10 is known here", "The name of גוריון 10 is known here"),
    ],
)
def test_a_turned_name_in_a_line_from_left_to_right(shown: str, said: str) -> None:
    """Its words are read from right to left, with a dash between; a number beside it stays."""
    words = [
        Typed(text=text, base=300, left=200 + 150 * at) for at, text in enumerate(shown.split())
    ]

    assert markdown(sheet_of(words)) == said


def test_entries_whose_further_lines_are_set_in() -> None:
    """Each entry of a bibliography is a paragraph, be there no space between them."""
    entries = (
        "Klein, R. D., Urbanization and streams of the",
        "May, C., Effects of urbanization on the",
    )
    rows = [
        Typed(text=text, base=300 + 36 * at, left=left)
        for at, (text, left) in enumerate(
            (line, left)
            for entry in entries
            for line, left in ((entry, 200), ("plain, and more of it, 1979.", 240))
        )
    ]

    assert markdown(sheet_of(rows)).count("\n\n") == 1
