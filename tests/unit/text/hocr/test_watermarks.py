"""Facts about dark watermarks: what lies over them is read, where anything more can be."""

from dataclasses import replace

import pytest

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import watermarks
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word
from tests.support.page_images import blank

WIDTH, HEIGHT = 1000, 800
LINES = range(100, 700, 60)  # where lines begin
TONE = 110


def drawn(band: Box, tone: int = TONE) -> PageImage:
    """Return lines of print, and under them a band of one tone that leans to the right."""
    rows = [bytearray(b"\xff") * WIDTH for _ in range(HEIGHT)]
    for y in range(band.top, band.bottom):
        left = band.left + (y - band.top) // 4
        rows[y][left : left + band.width] = bytes([tone]) * band.width
    for top in LINES:
        for y in range(top, top + 30):
            for x in range(100, 900, 12):
                rows[y][x : x + 4] = bytes(4)
    return replace(blank(WIDTH, HEIGHT), dpi=200, pixels=b"".join(map(bytes, rows)))


def read(*texts: str) -> PageLayout:
    """Return what was read: these words in each line."""
    lines = []
    for top in LINES:
        boxes = [Box(100 + 90 * n, top, 180 + 90 * n, top + 30) for n in range(len(texts))]
        words = tuple(Word(text, box, 95.0) for text, box in zip(texts, boxes, strict=True))
        lines.append(Line(words, Box(100, top, 900, top + 30), 20.0))
    return PageLayout(box=Box(0, 0, WIDTH, HEIGHT), blocks=((Paragraph(tuple(lines)),),))


NOTHING = Box(0, 0, 0, 0)
MARK = Box(400, 80, 500, 720)
FEW, BROKEN = read("the", "met"), read("the", "coun", "cil", "met")
WHOLE = read("the", "council", "met", "again")


def test_a_watermark_becomes_paper_and_print_stays() -> None:
    """What is as bright as the watermark goes from the rows of the lines that it crosses."""
    found = watermarks.cleared(drawn(MARK), BROKEN)

    assert found is not None
    clear = found.image
    assert TONE not in clear.pixels[LINES[0] * WIDTH : LINES[-1] * WIDTH]
    row = slice(LINES[2] * WIDTH, (LINES[2] + 1) * WIDTH)
    assert clear.pixels[row] == drawn(NOTHING).pixels[row]
    assert found.lines == Box(100, LINES[1], 900, LINES[8] + 30)


@pytest.mark.parametrize(
    "image",
    [
        drawn(NOTHING),
        drawn(MARK._replace(bottom=LINES[4])),  # a figure beside four lines
        drawn(MARK, tone=230),  # it is pale: print over it is read
        drawn(MARK, tone=20),  # as dark as print: nothing can be told
        drawn(Box(0, 0, 1000, 800)),  # a panel
        drawn(MARK._replace(right=405)),  # a rule
    ],
)
def test_what_is_no_watermark_stays(image: PageImage) -> None:
    """Nothing is asked again for it."""

    def ask(part: PageImage) -> PageLayout:
        raise AssertionError(part)

    assert watermarks.without(image, BROKEN, ask_part=ask, ask_page=ask) is BROKEN


def test_a_picture_under_the_letters_of_a_poster_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """To read a few lines of such letters would take as long as the whole page."""
    monkeypatch.setattr(watermarks, "MOST_PIXELS", 800 * (LINES[7] - LINES[0]))

    assert watermarks.cleared(drawn(MARK), BROKEN) is None


@pytest.mark.parametrize(
    ("first", "part", "page", "kept"),
    [
        (FEW, WHOLE, WHOLE, False),
        (WHOLE, WHOLE, BROKEN, True),  # no more words
        (BROKEN, WHOLE, read("some", "thing", "else", "here", "now"), True),  # others
        (FEW, WHOLE, None, True),  # no time was left
        (FEW, None, WHOLE, True),
        (FEW, read(), WHOLE, True),  # a few lines are no better: the page is not read
    ],
)
def test_what_is_read_without_a_watermark_counts_where_it_is_more(
    first: PageLayout, part: PageLayout | None, page: PageLayout | None, *, kept: bool
) -> None:
    """Three words more, and nine of ten of those that were sure before."""
    assert (found_with(first, marked=first, cleared=part, page=page) is first) is kept


def found_with(
    first: PageLayout, *, marked: PageLayout, cleared: PageLayout | None, page: PageLayout | None
) -> PageLayout:
    """Return what comes of a first reading where a strip, with its watermark and not, says so."""

    def ask_part(strip: PageImage) -> PageLayout | None:
        return marked if TONE in strip.pixels else cleared

    return watermarks.without(drawn(MARK), first, ask_part=ask_part, ask_page=lambda _: page)


def test_a_strip_is_held_against_itself() -> None:
    """Less is read of it than of the whole page: lines of two columns are cut, or run together.

    Or more, with its watermark too; then the page counts.
    """
    first = read("the", "council", "met")

    found = found_with(first, marked=read("the"), cleared=read("the", "met"), page=WHOLE)
    of_page = found_with(FEW, marked=WHOLE, cleared=WHOLE, page=WHOLE)

    assert found is WHOLE
    assert of_page is WHOLE


def test_a_watermark_may_be_no_darker_than_a_grey_stamp() -> None:
    """Its edges break words that lie over it, as those of a transparent red one do."""
    assert watermarks.cleared(drawn(MARK, tone=180), BROKEN) is not None
