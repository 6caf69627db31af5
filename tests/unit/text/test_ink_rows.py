"""Facts about where on a page something is written."""

import pytest
from PIL import Image, ImageDraw

from ocrqueue.model.page import ImageMode, Judgement, PageImage, Reply, Verdict
from ocrqueue.text import ink_rows, quality

WIDTH, HEIGHT = 400, 600
SAID = "<|ref|>text<|/ref|><|det|>[[50, 50, 950, 500]]<|/det|>\n" + "one more line of text " * 20


def page(*lines: int, mode: ImageMode = ImageMode.GREY) -> PageImage:
    """Return a page with a line of text at each of these heights."""
    drawn = Image.new(mode.value, (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(drawn)
    for top in lines:
        pen.text((40, top), "some words on this line", fill="black", font_size=16)
    return PageImage(
        width=WIDTH, height=HEIGHT, mode=mode, pixels=drawn.tobytes(), dpi=72, ink=0.02
    )


def judged(image: PageImage) -> Judgement:
    reply = Reply(text="x", raw=SAID, backend="b", model="m", words=80, finish_reason="stop")
    return quality.judge(reply, image)


@pytest.mark.parametrize("mode", list(ImageMode))
def test_what_is_written_below_is_found_in_any_colour(mode: ImageMode) -> None:
    """What is written below is found in any colour."""
    unread, last = ink_rows.unread_below(page(100, 500, mode=mode), 0.5)
    assert 0.01 < unread < 0.04
    assert last == pytest.approx(515 / HEIGHT, abs=0.02)


def test_nothing_below_is_nothing() -> None:
    """Nothing below is nothing."""
    assert ink_rows.unread_below(page(100), 0.5) == (0.0, 0.0)


def test_a_panel_and_the_edge_of_a_scan_are_not_written() -> None:
    """A panel and the edge of a scan are not written."""
    image = page(100)
    black = bytes(WIDTH) * 40 + image.pixels[WIDTH * 40 :]
    assert (
        ink_rows.written(
            PageImage(width=WIDTH, height=HEIGHT, mode=image.mode, pixels=black, dpi=72, ink=0.1)
        )[:40]
        == [False] * 40
    )


def test_a_reply_that_stops_in_mid_page_is_doubtful() -> None:
    """A reply that stops in mid page is doubtful."""
    found = judged(page(*range(40, 560, 24)))
    assert found.verdict is Verdict.DOUBTFUL
    assert found.reason == "the text ends at 50% of the page's height, what is written at 93%"


def test_a_short_last_page_with_its_number_is_not() -> None:
    """A short last page with its number is not."""
    assert judged(page(*range(40, 290, 24), 560)).verdict is Verdict.GOOD


def test_a_reply_that_ends_a_little_early_is_not() -> None:
    """Much may be written close below its end: a box is seldom drawn to the last line."""
    assert judged(page(*range(40, 430, 24))).verdict is Verdict.GOOD
