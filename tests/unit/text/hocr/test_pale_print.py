"""Facts about print that is too pale for an engine beside darker print."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import pale_print, second_reading
from ocrqueue.text.hocr.layout import PageLayout
from ocrqueue.text.hocr.parser import parse
from ocrqueue.text.turning import mirrored
from tests.support.hocr_pages import Put, hocr
from tests.support.page_images import blank

WIDTH, HEIGHT = 1700, 2200
READ = Put(text="The council met on Tuesday evening.", top=300)
PALE = Put(text="Complaints about noise were noted.", top=60)


def picture(*, pale: int, dark: int = 20) -> PageImage:
    """Return strokes of one tone in the upper half, where words were read, others below."""
    rows = []
    for y in range(HEIGHT):
        row = bytearray(b"\xfa" * WIDTH)
        if 300 <= y < 330 or (1400 <= y < 2000 and y % 40 < 24):
            for x in range(100, 516, 12):
                row[x : x + 4] = bytes([dark if y < HEIGHT // 2 else pale]) * 4
        rows.append(bytes(row))
    return replace(blank(WIDTH, HEIGHT), dpi=200, pixels=b"".join(rows))


def page() -> PageLayout:
    return parse(hocr([[READ]]))


class Reader:
    """Says what it is told to, and keeps the parts that it was shown."""

    def __init__(self, *said: PageLayout | None) -> None:
        self.said = list(said)
        self.seen: list[PageImage] = []

    def ask(self, part: PageImage) -> PageLayout | None:
        self.seen.append(part)
        return self.said.pop(0) if self.said else parse(hocr())


def test_pale_print_becomes_dark_and_paper_white() -> None:
    """What is as dark as print stays as dark as any."""
    dark = pale_print.darkened(picture(pale=210))

    assert dark is not None
    assert set(dark.pixels) == {0, 255}


@pytest.mark.parametrize("tones", [(20,), (20, 90), (246,)])
def test_a_page_without_pale_print_stays(tones: Sequence[int]) -> None:
    """Print that an engine sees, and what is as bright as paper, need nothing."""
    found = pale_print.darkened(picture(dark=tones[0], pale=tones[-1]))
    assert found is None


def test_pale_print_on_a_grey_ground_becomes_dark_and_the_ground_white() -> None:
    """Each part of a page has a ground of its own; a black one stays as it is."""
    image = picture(pale=150)
    white, black = image.pixels[: WIDTH * 1200], bytes(WIDTH * 200)
    grey = image.pixels[WIDTH * 1400 :].replace(b"\xfa", b"\xd2")

    found = pale_print.darkened(replace(image, pixels=white + black + grey))

    assert found is not None
    assert found.pixels[WIDTH * 1200 : WIDTH * 1400] == black
    assert found.pixels[WIDTH * 1400 + 100] == 0
    assert found.pixels[WIDTH * 1400 + 104] == 255


def test_pale_print_is_read_in_the_dark_picture_and_joins_the_page() -> None:
    """Nothing else is asked for, and what was read is no longer lost."""
    image, reader = picture(pale=210), Reader(parse(hocr([[PALE]])))

    whole = second_reading.completed(image, page(), reader.ask)

    assert [word.text for word in whole.page.words[-2:]] == ["were", "noted."]
    assert set(reader.seen[0].pixels) == {0, 255}


def test_pale_print_that_nobody_reads_is_lost() -> None:
    """It counts as unread, unless it can be read in a mirror: then it is the other side's."""
    image, silent = picture(pale=210), Reader()
    back = Reader(None, parse(hocr([[PALE]])))

    lost = second_reading.completed(image, page(), silent.ask)
    other_side = second_reading.completed(image, page(), back.ask)

    assert lost.found.unread > 0.9
    assert other_side.found.unread < 0.1
    assert other_side.page.words == page().words
    assert back.seen[1].pixels == mirrored(back.seen[0]).pixels


def test_a_page_of_dark_print_is_read_once() -> None:
    """No time is spent where nothing is pale."""
    reader = Reader()

    whole = second_reading.completed(picture(pale=250), page(), reader.ask)

    assert len(reader.seen) == 0
    assert whole.page.words == page().words
    assert whole.found.unread < 0.1
