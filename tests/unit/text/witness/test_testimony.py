"""Facts about what a witness's words count for, by where they stand on the page."""

from collections.abc import Iterator

import pytest

from ocrqueue.model.page import Figure
from ocrqueue.model.page import Testimony as Told  # pytest takes the name for a test
from ocrqueue.text.hocr.layout import Box, Word
from ocrqueue.text.witness import testimony as seen
from ocrqueue.text.witness.testimony import ENGINE

HEIGHT = 2000  # pixels
SIZE, PITCH = 20, 30
LINES = [
    "The station at the northern shore took samples between April and June",
    "and sent them to the laboratory in the capital where they were counted",
    "by three people who did not know from which of the lakes they had come",
    "All but four of the samples were clear and those four had been shaken",
    "during the transport so that nobody could say what they had contained",
    "Until then the beaches stay open and the signs remain where they are",
]
CAUTION = (
    "Never fill water through the two outlets of this cabinet, which drain it and do nothing else"
)


def line(text: str, top: int, *, size: int = SIZE, sure: float = 95.0) -> list[Word]:
    """Return words side by side."""
    return list(_words(text, top, size, sure))


def _words(text: str, top: int, size: int, sure: float) -> Iterator[Word]:
    left = 100
    for word in text.split():
        yield Word(word, Box(left, top, left + 10 * len(word), top + size), sure)
        left += 10 * len(word) + 10


def body(lines: list[str]) -> list[Word]:
    """Return lines of text below each other in the middle of the page."""
    return [word for at, text in enumerate(lines) for word in line(text, 800 + PITCH * at)]


def told(text: str, words: list[Word], *, figures: tuple[Figure, ...] = ()) -> Told:
    return seen.testimony(text, figures, words=words, height=HEIGHT, by="tesseract", limits=ENGINE)


def test_a_line_that_is_missing_is_doubted_with_its_place() -> None:
    """The box is that of the line."""
    said = told("\n".join(LINES[:2] + LINES[3:]), body(LINES))

    assert said.doubt.endswith("words are not in the text, but on the page")
    assert said.words == LINES[2].removeprefix("by ")
    assert said.box is not None
    assert said.box[1::2] == (800 + 2 * PITCH, 800 + 2 * PITCH + SIZE)


def test_the_same_line_only_guessed_is_no_doubt() -> None:
    """An engine that is not sure of words does not know that they are there."""
    words = [*body(LINES[:3]), *line(LINES[3], 890, sure=40.0), *body(LINES[:0])]

    assert told("\n".join(LINES[:3]), words).doubt == ""


@pytest.mark.parametrize("top", [60, 1940])
def test_a_head_or_foot_that_is_left_out_is_no_doubt(top: int) -> None:
    """Few small words, parted from the text, at an end of the page."""
    head = line("Reports of the Committee for Lakes and Rivers, Volume Seven", top)
    words = [*head, *body(LINES)]

    assert seen.furniture(words, HEIGHT) == head
    assert told("\n".join(LINES), words).doubt == ""


@pytest.mark.parametrize(
    ("text", "top", "size"),
    [
        (CAUTION, 1940, SIZE),  # too many words
        ("Reports of the Committee for Lakes and Rivers", 60, 2 * SIZE),  # a title
        ("Reports of the Committee for Lakes and Rivers", 600, SIZE),  # not at the end
        ("Reports of the Committee for Lakes and Rivers", 775, SIZE),  # not parted
    ],
)
def test_what_is_no_head_or_foot_counts(text: str, top: int, size: int) -> None:
    """A warning at the foot, a title, a line within the text."""
    words = [*line(text, top, size=size), *body(LINES)]

    assert seen.furniture(words, HEIGHT) == []
    assert told("\n".join(LINES), words).doubt


def test_labels_of_a_drawing_are_no_line_of_text() -> None:
    """Words by twos and threes count for a quarter: six labels are none, thirty are a table."""
    labels = [word for n in range(6) for word in line("northern shore", 1100 + 90 * n)]
    assert told("\n".join(LINES), [*body(LINES), *labels]).doubt == ""

    cells = [f"{first} {second}" for first in LINES[4].split() for second in LINES[5].split()[:4]]
    table = [word for n, cell in enumerate(cells[:30]) for word in line(cell, 1100 + 25 * n)]
    assert told("\n".join(LINES), [*body(LINES), *table]).doubt


def test_a_short_line_of_small_print_is_a_label() -> None:
    """The title within a drawing, lower than the text around; as high as it, a line of text."""
    title = "Sampling stations near the northern shore"
    assert told("\n".join(LINES), [*body(LINES), *line(title, 1100)]).doubt
    assert told("\n".join(LINES), [*body(LINES), *line(title, 1100, size=12)]).doubt == ""
    assert told("\n".join(LINES), [*body(LINES), *line(CAUTION, 1100, size=12)]).doubt


def test_words_on_a_figure_are_left_out() -> None:
    """The text shows the figure, and does not spell it."""
    figure = Figure(name="p0001-1.png", box=(90, 1090, 1000, 1130))
    words = [*body(LINES), *line("and what the map says of the lakes near the capital", 1100)]

    assert told("\n".join(LINES), words).doubt
    assert told("\n".join(LINES), words, figures=(figure,)).doubt == ""


def test_a_page_without_words_tells_nothing() -> None:
    """There is nothing to agree with."""
    assert seen.furniture([], HEIGHT) == []
    assert told("\n".join(LINES), []).doubt == ""
