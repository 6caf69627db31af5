"""Facts about pages of which a part was cut off."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import cut_off
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word
from tests.support.page_images import blank

WIDTH, HEIGHT, HIGH = 800, 1000, 30
LINES = 12


def page(left: int, right: int, *, short: int = 0) -> PageLayout:
    """Return lines from one place to another, but for some that end early and begin late."""
    lines = []
    for number in range(LINES):
        inset = 200 if number < short else 0
        top = 100 + 60 * number
        first = Box(left + inset, top, left + inset + 100, top + HIGH)
        last = Box(right - inset - 100, top, right - inset, top + HIGH)
        words = (Word("lorem", first, 95.0), Word("ipsum", last, 95.0))
        lines.append(Line(words, Box(first.left, top, last.right, top + HIGH), 20.0))
    return PageLayout(box=Box(0, 0, WIDTH, HEIGHT), blocks=((Paragraph(tuple(lines)),),))


def picture(*dark: Box) -> PageImage:
    """Return paper with black boxes."""
    pixels = bytearray(b"\xff" * (WIDTH * HEIGHT))
    for one in dark:
        for y in range(one.top, one.bottom):
            pixels[y * WIDTH + one.left : y * WIDTH + one.right] = bytes(one.width)
    return replace(blank(WIDTH, HEIGHT), dpi=200, pixels=bytes(pixels))


@pytest.mark.parametrize(("left", "right", "side"), [(5, 600, "left"), (200, 795, "right")])
def test_lines_that_run_into_the_edge_are_cut_off(left: int, right: int, side: str) -> None:
    """Print has a margin; the reason says on which side there is none."""
    assert f"the {side} edge" in cut_off.doubt(picture(), page(left, right))


def test_so_are_those_that_run_into_the_dark() -> None:
    """A scanner's lid, or what lies on the page, is dark over more than a letter's width."""
    lid = Box(610, 0, WIDTH, HEIGHT)

    assert "the right edge" in cut_off.doubt(picture(lid), page(100, 600))
    assert cut_off.doubt(picture(lid), page(100, 560)) == ""
    assert cut_off.doubt(picture(Box(610, 0, 620, HEIGHT)), page(100, 600)) == ""


def test_a_few_lines_at_the_edge_are_no_page_that_was_cut() -> None:
    """A label or two may stand there."""
    assert cut_off.doubt(picture(), page(5, 600, short=LINES - 3)) == ""


@pytest.mark.parametrize(("top", "side"), [(0, "top"), (HEIGHT - 12, "bottom")])
def test_letters_at_the_upper_or_lower_edge_are_cut_through(top: int, side: str) -> None:
    """A row of letters goes on beyond the picture; a rule or a few specks there are no letters."""
    letters = [Box(x, top, x + 4, top + 12) for x in range(50, 750, 20)]

    assert f"the {side} edge" in cut_off.doubt(picture(*letters), page(100, 600))
    assert cut_off.doubt(picture(*letters[:10]), page(100, 600)) == ""
    assert cut_off.doubt(picture(Box(50, top, 750, top + 12)), page(100, 600)) == ""


def test_a_photograph_that_reaches_the_edge_is_not_cut_through() -> None:
    """Its tones come and go as often as strokes do, but none of them at once."""
    row = bytes(abs(x * 13 % 510 - 255) for x in range(WIDTH))
    image = replace(picture(), pixels=row * 20 + b"\xff" * (WIDTH * (HEIGHT - 20)))

    assert cut_off.doubt(image, page(100, 600)) == ""


@pytest.mark.parametrize(
    ("last", "tones", "told"),
    [("lorem", (20, 90, 90, 150, 220), 1), ("lorem", (90,) * 5, 0), ("e", (20,) * 4 + (255,), 0)],
)
def test_print_that_grows_pale_ends_where_nothing_can_be_seen(
    last: str, tones: Sequence[int], told: int
) -> None:
    """The last words of the lines tell: what may follow is too pale for any reader.

    A bullet that is taken for a letter is no word: it has one tone all over.
    """
    places = [Box(100 + 100 * n, 0, 160 + 100 * n, HIGH) for n in range(5)]
    tops = [100 + 60 * line for line in range(LINES)]
    pixels = bytearray(b"\xff" * (WIDTH * HEIGHT))
    for y in (top + HIGH // 2 for top in tops):
        for place, tone in zip(places, tones, strict=True):
            pixels[y * WIDTH + place.left + 9] = tone
    lines = [
        Line(
            tuple(
                Word(text, Box(at.left, y, at.right, y + HIGH), 95.0)
                for at, text in zip(places, ("lorem",) * 4 + (last,), strict=True)
            ),
            Box(100, y, 560, y + HIGH),
            20.0,
        )
        for y in tops
    ]
    whole = PageLayout(box=Box(0, 0, WIDTH, HEIGHT), blocks=((Paragraph(tuple(lines)),),))

    said = cut_off.doubt(replace(picture(), pixels=bytes(pixels)), whole)

    assert said.count("on the right") == told
