"""Facts about lines that could only be guessed."""

import pytest

from ocrqueue.text.hocr import guesses
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word

PROSE = [("the", 96.0), ("quick", 96.0), ("brown", 95.0), ("fox", 91.0)]
FORMULA = [("az", 60.0), ("4+", 41.0), ("b2", 70.0), ("_ea", 60.0)]


def page(*texts: list[tuple[str, float]]) -> PageLayout:
    box = Box(100, 100, 400, 130)
    blocks = tuple(
        (Paragraph((Line(tuple(Word(text, box, sure) for text, sure in one), box, 20.0),)),)
        for one in texts
    )
    return PageLayout(box=Box(0, 0, 1000, 1000), blocks=blocks)


def test_a_page_of_formulas_is_doubted() -> None:
    """A line has no word that proves it to be text, and few that are sure; the share is told."""
    assert guesses.doubt(page(*[PROSE] * 4, FORMULA)) == (
        "lines with 20% of the words could only be guessed: formulas or labels"
    )


@pytest.mark.parametrize(
    "others",
    [
        [PROSE],
        [[("12.5", 94.0), ("13.7", 91.0), ("9", 60.0), ("4", 90.0)]],  # numbers, mostly sure
        [[("711|", 58.0), ("742", 37.0), ("|", 37.0), ("7", 40.0)]],  # cells of a table
        [[*FORMULA, ("where", 92.0)]],  # text, with a formula
        [[("eee", 20.0), ("oo", 10.0), ("aa", 12.0), ("ee", 12.0)]],  # left out of the text
        [PROSE, PROSE, PROSE, PROSE, FORMULA],  # few
    ],
)
def test_what_is_read_or_left_out_is_no_guess(others: list[list[tuple[str, float]]]) -> None:
    """Nor is one line among many."""
    assert not guesses.doubt(page(*[PROSE] * 4, *others))


def test_a_page_of_few_words_says_nothing_about_shares() -> None:
    """A label beside a line is no page of labels."""
    assert not guesses.doubt(page(*[PROSE] * 3, FORMULA))


def in_rows(*rows: str, unsure: float = 20.0) -> PageLayout:
    """Return lines below each other; the engine is not sure of words that begin with a tilde."""
    lines = []
    for row, text in enumerate(rows):
        words = tuple(
            Word(
                one.strip("~"),
                Box(at, 40 * row, at + 90, 40 * row + 30),
                unsure if "~" in one else 95.0,
            )
            for at, one in zip(range(100, 1900, 100), text.split(), strict=False)
        )
        lines.append(Line(words, Box(100, 40 * row, 1900, 40 * row + 30), 20.0))
    return PageLayout(box=Box(0, 0, 2000, 1000), blocks=((Paragraph(tuple(lines)),),))


def test_unsure_words_that_stand_together_lie_under_something() -> None:
    """In lines of print, beside and below each other; the reason says where."""
    stamped = in_rows(
        "the council ~mei ~mot Monday and talked",
        "about all ~ncise ~fram the mill, and",
        "then about ~tha new bridge for carts",
    )
    assert guesses.doubt(stamped) == (
        "words at 300, 0 to 490, 110 of 2000 x 1000 pixels could only be guessed: "
        "something lies over them, or they are faint"
    )


@pytest.mark.parametrize(
    "rows",
    [
        ["the council ~mei ~on Monday", "about all ~ncise ~fram the mill"],  # few
        ["~*mill, about the carts", "~*town, about the bridge"] * 4,  # bullets
        [
            "with ~Oyelaran and some others",
            "",
            "",
            "of ~Mbeki and those of",
            "",
            "",
            "them ~Ngozi or",
        ]
        * 2,  # names here and there
        [
            "where ~(x,y ~{z} ~p1, and",
            "then ~ai ~bj, ~w(2) for",
            "all ~ck, ~x2 are given",
        ],  # formulas
        ["~ngon ~tere ~wasa ~fram ~ncise ~tha"] * 2,  # no line of print
    ],
)
def test_unsure_words_elsewhere_do_not(rows: list[str]) -> None:
    """Names, formulas, bullets and labels are often unsure, and right."""
    assert "lies over" not in guesses.doubt(
        in_rows(*rows, "and so the council met again on", "the next day in town")
    )


def test_words_of_another_language_are_not_under_something() -> None:
    """The engine is half sure of them, and right about most."""
    german = "see ~Geschichte ~des ~Evangelischen ~Kirchenrechts ~Preussens from 1902 on"

    assert guesses.doubt(in_rows(german, "and so the council met again on", unsure=20.0))
    assert not guesses.doubt(in_rows(german, "and so the council met again on", unsure=46.0))
