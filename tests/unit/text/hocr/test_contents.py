"""Facts about the dots of a table of contents: they go, and nothing else does."""

from collections.abc import Callable, Sequence

import pytest

from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.text.hocr.contents import completed, contents
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word

WIDTH, HEIGHT, PITCH = 400, 300, 30
LINES = range(60, 60 + 6 * PITCH, PITCH)  # the lowest row of each line
PAPER, INK = 255, 0

Draw = Callable[[bytearray], None]


def page(draw: Draw) -> PageImage:
    pixels = bytearray([PAPER]) * (WIDTH * HEIGHT)
    draw(pixels)
    return PageImage(
        width=WIDTH, height=HEIGHT, mode=ImageMode.GREY, pixels=bytes(pixels), dpi=200, ink=0.1
    )


def fill(pixels: bytearray, left: int, top: int, width: int, height: int) -> None:
    for row in range(top, top + height):
        pixels[row * WIDTH + left : row * WIDTH + left + width] = bytes([INK]) * width


def dots(pixels: bytearray, line: int, *, left: int = 150, right: int = 340) -> None:
    for at in range(left, right, 12):
        fill(pixels, at, line - 3, 3, 3)


def strokes(pixels: bytearray, line: int, *, left: int = 20, right: int = 130) -> None:
    """Draw letters as high as those of the smallest print."""
    for at in range(left, right, 6):
        fill(pixels, at, line - 10, 2, 10)


def entries(pixels: bytearray) -> None:
    for line in LINES:
        strokes(pixels, line)
        dots(pixels, line)
        strokes(pixels, line, left=350, right=370)


def test_the_dots_of_contents_are_wiped_off_and_nothing_else() -> None:
    """What is left is the page as if nobody had printed them."""
    found = contents(page(entries))

    assert found is not None
    assert found.image.pixels == page(_undotted).pixels


def _undotted(pixels: bytearray) -> None:
    for line in LINES:
        strokes(pixels, line)
        strokes(pixels, line, left=350, right=370)


def test_contents_reach_over_the_line_above_that_has_no_dots() -> None:
    """A chapter's entry stands first, in bold and without dots."""
    found = contents(page(entries))

    assert found is not None
    assert found.box == Box(0, 10, WIDTH, 232)


@pytest.mark.parametrize(
    ("draw", "lines"),
    [
        (lambda pixels, line: strokes(pixels, line, right=380), LINES),
        (dots, LINES[:3]),
        (lambda pixels, line: dots(pixels, line, right=240 + 100 * (line % 4 // 2)), LINES),
        (lambda pixels, line: dots(pixels, line, right=200), LINES),
        (dots, range(100, 200, 6)),
    ],
    ids=["letters", "a form", "two columns", "an ellipsis", "a screen of dots"],
)
def test_what_are_no_contents_is_left_alone(
    draw: Callable[[bytearray, int], None], lines: range
) -> None:
    """Their dots may mean something, and the page may have columns."""

    def drawn(pixels: bytearray) -> None:
        for line in lines:
            draw(pixels, line)

    assert contents(page(drawn)) is None


@pytest.mark.parametrize(
    ("short", "by", "found"),
    [(LINES[1:4:2], 24, True), (LINES[1:2], 100, True), (LINES[1:4:2], 100, False)],
)
def test_the_dots_of_most_lines_end_alike(short: Sequence[int], by: int, *, found: bool) -> None:
    """A hair is nothing, and one of six may end elsewhere."""

    def drawn(pixels: bytearray) -> None:
        for line in LINES:
            dots(pixels, line, right=340 - (by if line in short else 0))

    assert (contents(page(drawn)) is not None) is found


def read(text: str, box: Box) -> PageLayout:
    place = Box(20, box.top + 50, 370, box.top + 60)
    line = Line((Word(text, place, 95.0),), place, 10.0)
    return PageLayout(box=box, blocks=((Paragraph((line,)),),))


@pytest.mark.parametrize(
    ("said", "kept"),
    [("d" * 18, "d" * 18), ("d" * 17, "e" * 20), (None, "e" * 20)],
)
def test_contents_are_read_again_without_their_dots(said: str | None, kept: str) -> None:
    """What gives a tenth less than before, or nothing, leaves the page as it is."""
    image = page(entries)
    first = read("e" * 20, Box(0, 0, WIDTH, HEIGHT))

    def ask(part: PageImage) -> PageLayout | None:
        assert (part.width, part.height) == (WIDTH, 222)
        return read(said, Box(0, 0, WIDTH, 222)) if said else None

    drawn, whole = completed(image, first, ask)

    assert whole.text == kept
    assert (drawn == image) is (said != kept)


def test_a_page_without_contents_is_not_asked_again() -> None:
    """No time is spent on it."""
    image, first = page(lambda pixels: strokes(pixels, 60)), read("e", Box(0, 0, WIDTH, HEIGHT))

    assert completed(image, first, lambda _: pytest.fail("asked")) == (image, first)
