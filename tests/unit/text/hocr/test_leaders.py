"""Facts about lines of dots: they are no words, and nothing is lost in them."""

from dataclasses import replace

import pytest

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.contents import SURE, cleared
from ocrqueue.text.hocr.ink_coverage import coverage
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word
from ocrqueue.text.ink_rows import dots
from tests.support.page_images import blank

WIDTH, HEIGHT = 800, 400
INK = bytes(level < 180 for level in range(256))
TITLE, NUMBER, ROW = Box(50, 100, 150, 130), Box(740, 100, 770, 130), Box(50, 100, 770, 130)


def contents(*, pitch: int = 12, height: int = 3) -> PageImage:
    """Return a page with a title, dots at its baseline, and a number."""
    rows = [bytearray(b"\xff") * WIDTH for _ in range(HEIGHT)]
    for box in (TITLE, NUMBER):
        for y in range(box.top, box.bottom):
            for x in range(box.left, box.right, 10):
                rows[y][x : x + 4] = bytes(4)
    for y in range(130 - height, 130):
        for x in range(170, 730, pitch):
            rows[y][x : x + 3] = bytes(3)
    return replace(blank(WIDTH, HEIGHT), dpi=200, pixels=b"".join(map(bytes, rows)))


def page(*words: Word) -> PageLayout:
    line = Line(words, ROW, 30.0)
    return PageLayout(box=Box(0, 0, WIDTH, HEIGHT), blocks=((Paragraph((line,)),),))


TEXT = (Word("Title", TITLE, 95), Word("59", NUMBER, 95))


def test_nothing_is_lost_in_dots() -> None:
    """A table of contents whose titles and numbers were read is read."""
    found = coverage(contents(), page(*TEXT))

    assert found.unread == 0


@pytest.mark.parametrize("height", [14, 30])
def test_strokes_as_high_as_letters_are_no_dots(height: int) -> None:
    """What stands as regularly as dots and is higher may be text that was lost."""
    found = coverage(contents(height=height), page(*TEXT))

    assert found.unread > 0.5


def test_what_was_made_of_dots_is_no_word() -> None:
    """Nonsense between a title and its number goes; nobody was sure of it."""
    nonsense = Word("0.0ee", Box(300, 120, 420, 130), 43)

    found = cleared(page(TEXT[0], nonsense, TEXT[1]), contents(), INK)

    assert found.words == TEXT


@pytest.mark.parametrize(
    ("word", "left"),
    [
        (Word("Title...", Box(50, 100, 220, 130), 20), ("Title", SURE)),
        (Word("words", Box(300, 120, 420, 130), 90), ("words", 90)),
        (Word("Title", TITLE, 20), ("Title", 20)),
        (Word("Title,", Box(50, 100, 190, 130), 20), ("Title,", 20)),  # it only touches a dot
        (Word("Title.....", Box(50, 100, 400, 130), 20), ("Title", SURE)),
        (Word("...", Box(100, 100, 220, 130), 20), ("59", 50)),
        (Word("e.", Box(140, 100, 300, 130), 20), ("59", 50)),  # hardly more than dots
    ],
)
def test_a_word_beside_dots_stays(word: Word, left: tuple[str, float]) -> None:
    """Dots that hang on to one go, with the doubt that they raised; others stay as they are."""
    found = cleared(page(word, TEXT[1]._replace(confidence=50)), contents(), INK)

    assert (found.words[0].text, found.words[0].confidence) == left


def test_a_line_of_dots_alone_goes() -> None:
    """Nothing of it was printed as text."""
    found = cleared(page(Word("0.0ee", Box(300, 120, 420, 130), 43)), contents(), INK)

    assert found.blocks == ()


@pytest.mark.parametrize(
    ("places", "runs"),
    [
        ([0, 12, 24, 36], [[0, 12, 24, 36]]),
        ([0, 12, 24], []),  # three are an ellipsis
        ([0, 12, 25, 37, 49, 62], [[0, 12, 25, 37, 49, 62]]),  # as drawn, a pixel off
        ([0, 12, 24, 36, 39, 60], [[0, 12, 24, 36]]),  # letters behind them
        ([0, 12, 24, 36, 200, 212, 224, 236], [[0, 12, 24, 36], [200, 212, 224, 236]]),
        ([0, 61, 122, 183], []),  # too far from each other
        ([0, 60, 120, 180], [[0, 60, 120, 180]]),
        ([0, 5, 17, 29, 41], [[5, 17, 29, 41]]),
        ([0, 5, 9, 24, 36, 48, 60], [[24, 36, 48, 60]]),
    ],
)
def test_dots_are_strokes_at_equal_distances(places: list[int], runs: list[list[int]]) -> None:
    """Four of them at least, none further than three tenths of an inch from the next."""
    found = dots(places, 100, replace(blank(WIDTH, HEIGHT), dpi=200), INK)

    assert list(found) == runs
