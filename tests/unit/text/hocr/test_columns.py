"""Facts about columns of single figures, which were read as lines up the page."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import columns, second_reading
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word
from ocrqueue.text.hocr.text_lines import lines
from tests.support.page_images import blank

PAGE = Box(0, 0, 1000, 1000)
PART = Box(0, 0, 42, 900)
TURNED = Box(500, 200, 514, 500)


def line(text: str, box: Box, confidence: float = 95.0) -> Line:
    return Line((Word(text, box, confidence),), box, 20.0)


def page(*all_lines: Line) -> PageLayout:
    return PageLayout(box=PAGE, blocks=tuple((Paragraph((one,)),) for one in all_lines))


def rows(texts: Sequence[str], confidence: float = 95.0) -> PageLayout:
    """Return what is read of a part of the page: one word in each line."""
    boxes = [Box(20, 60 * row, 34, 60 * row + 20) for row in range(1, len(texts) + 1)]
    read = (line(text, box, confidence) for text, box in zip(texts, boxes, strict=True))
    return replace(page(*read), box=PART)


def test_a_line_up_the_page_may_be_a_column_that_goes_on_above_and_below() -> None:
    """As far as its own height, and not into the lines there."""
    found = page(line("Now", TURNED, 58.0), line("13", Box(490, 600, 514, 620)))
    assert list(columns.turned(found)) == [Box(486, 0, 528, 597)]


@pytest.mark.parametrize("box", [TURNED, Box(500, 200, 540, 400)])
def test_a_line_up_the_page_is_narrow_and_high(box: Box) -> None:
    """It is at most as wide as a pair of letters, and four times as high."""
    assert list(columns.turned(page(line("Now", box, 58.0))))


@pytest.mark.parametrize(
    "read",
    [
        line("Now", Box(500, 200, 540, 350), 58.0),  # hardly higher than wide
        line("arXiv", TURNED),  # text that runs up the page indeed
        line("word", Box(500, 200, 560, 230)),
        line("Now", Box(500, 200, 560, 600), 58.0),  # wider than a figure
    ],
)
def test_other_lines_are_none(read: Line) -> None:
    """Neither what is surely read up the page nor what stands upright."""
    assert not list(columns.turned(page(read)))


@pytest.mark.parametrize(
    "texts", ["1 3 5 7 9 11", "112 113 115", "1 3 5 - 9", "1 A 5 7", "1 2 3 za ms if"]
)
def test_a_column_is_of_short_numbers(texts: str) -> None:
    """Half of its rows are, and three at least; signs without a letter do not count."""
    assert columns.column(rows(texts.split()))


@pytest.mark.parametrize(
    ("texts", "confidence"),
    [("1 3", 95.0), ("1 2 3 s S K C", 95.0), ("1 3 5", 58.0), ("2019 2020 2021", 95.0), ("", 95.0)],
)
def test_what_is_not_surely_one_is_no_column(texts: str, confidence: float) -> None:
    """Too few rows, letters, unsure words, or longer numbers, which no engine reads up the page."""
    assert not columns.column(rows(texts.split(), confidence))


def test_a_row_that_the_edge_cuts_is_left_out() -> None:
    """Half a figure is another one."""
    read = rows(["1", "3", "5", "8"])
    cut = replace(read, box=read.box._replace(bottom=260))
    found = columns.column(cut)
    assert found is not None
    assert [word.text for word in found.words] == ["1", "3", "5"]


def test_rows_of_two_words_are_no_column() -> None:
    """What stands beside was cut; a single one among many is a figure badly read."""
    few, many = (list(lines(rows(["1"] * number))) for number in (3, 4))
    for read in (few, many):
        read[0] = replace(read[0], words=read[0].words * 2)
    assert columns.column(replace(page(*few), box=PART)) is None
    assert columns.column(replace(page(*many), box=PART)) is not None


def test_a_column_of_figures_takes_the_place_of_the_line_up_the_page() -> None:
    """It is read again as rows, some perhaps guessed; what that does not prove stays as it was."""
    image = replace(blank(1000, 1000), pixels=b"\xff" * 1_000_000)
    first = page(line("Now", TURNED, 58.0), line("200.01", Box(300, 200, 400, 220)))

    def reads(*read: Line) -> tuple[list[str], str]:
        def ask(part: PageImage) -> PageLayout:
            assert (part.width, part.height) == (42, 800)
            return replace(page(*read), box=PART)

        done = second_reading.completed(image, first, ask)
        return [word.text for word in done.page.words], done.doubt

    sure = list(lines(rows(["1", "3", "5"])))
    unsure = line("8", Box(20, 300, 34, 320), 41.0)
    doubt = "some figures of a column at 486, 0 to 528, 800 of 1000 x 1000 pixels"
    assert reads(*sure) == (["1", "3", "5", "200.01"], "")
    assert reads(*sure, unsure) == (
        ["1", "3", "5", "8", "200.01"],
        f"{doubt} could only be guessed",
    )
    assert reads(unsure) == (["Now", "200.01"], "")
