"""Facts about the size of a page's letters."""

import pytest

from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word


def page(*lines: tuple[int, float], confidence: float = 95.0) -> PageLayout:
    """Return a page of lines of ten words, each with its height and what the engine says of it."""
    made = [
        Line((Word("word", Box(0, 0, 40, height), confidence),) * 10, Box(0, 0, 400, height), size)
        for height, size in lines
    ]
    return PageLayout(box=Box(0, 0, 400, 400), blocks=((Paragraph(tuple(made)),),))


@pytest.mark.parametrize(
    ("lines", "letters"),
    [
        ([(30, 28.0)] * 3, 28.0),
        ([(9, 20.0)] * 3, 9),  # of tiny print the engine says 20
        ([(30, 28.0)] * 9 + [(9, 20.0)] * 2, 9),
        ([(30, 28.0)] * 19 + [(9, 20.0)], 28.0),  # a label or two
        ([(30, 28.0)] * 8 + [(17, 17.0)] * 2, 28.0),  # a footnote is read well
    ],
)
def test_letters_are_as_large_as_most_or_as_many_tiny_ones(
    lines: list[tuple[int, float]], letters: float
) -> None:
    """A tenth of a page in tiny print is worth a larger drawing, whatever the rest is."""
    assert page(*lines).letter_px == letters


def test_tiny_specks_are_no_print() -> None:
    """What the lines of a grid are taken for is not worth a larger drawing."""
    assert page((30, 28.0), (30, 28.0), (9, 20.0), confidence=74.0).letter_px == 28.0


def test_a_page_without_words_has_no_letters() -> None:
    """Nothing is known of their size."""
    assert page().letter_px is None
