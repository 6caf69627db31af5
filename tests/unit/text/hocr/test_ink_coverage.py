"""Facts about ink that is in no word: how much of it, and where."""

from dataclasses import replace

import pytest

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.ink_coverage import coverage, photographed
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word
from ocrqueue.text.hocr.noise import without_textures
from tests.support.page_images import blank

WIDTH, HEIGHT = 800, 1000
TEXT = Box(100, 200, 700, 400)
WHITE, BLACK = 255, 0


def sheet(*, letters: Box = TEXT, ground: Box | None = None, tone: int = WHITE) -> PageImage:
    """Return a page with strokes as letters have them in one box, on ground of a tone."""
    image = blank(WIDTH, HEIGHT)
    rows = []
    for y in range(HEIGHT):
        row = bytearray([WHITE]) * WIDTH
        if ground and ground.top <= y < ground.bottom:
            row[ground.left : ground.right] = bytes([tone]) * ground.width
        if letters.top <= y < letters.bottom and y % 40 < 24:
            for x in range(letters.left, letters.right - 4, 12):
                row[x : x + 4] = bytes(4)
        rows.append(bytes(row))
    return replace(image, dpi=200, pixels=b"".join(rows))


def page(*words: Box, pictures: tuple[Box, ...] = (), confidence: float = 95) -> PageLayout:
    lines = tuple(Line((Word("word", box, confidence),), box, 24.0) for box in words)
    blocks = ((Paragraph(lines),),) if lines else ()
    return PageLayout(box=Box(0, 0, WIDTH, HEIGHT), blocks=blocks, pictures=pictures)


def shaded(box: Box) -> PageImage:
    """Return a page with the letters on a photograph: tones come and go, none at once."""
    image = sheet()
    pixels = bytearray(image.pixels)
    for y in range(box.top, box.bottom):
        start = y * WIDTH
        for x in range(box.left, box.right):
            pixels[start + x] = abs((x * 9 + y * 29) % 510 - 255)
    return replace(image, pixels=bytes(pixels))


def test_what_is_in_words_is_read() -> None:
    """Ink in words that the engine is sure of leaves nothing, and no region."""
    found = coverage(sheet(), page(TEXT))

    assert (found.unread, found.regions) == (0.0, ())


def test_a_word_that_nobody_believes_is_not_read() -> None:
    """A guess over a whole paragraph is no reading of it."""
    assert coverage(sheet(), page(TEXT, confidence=20)).unread == 1.0


def test_what_the_engine_takes_for_a_picture_is_not_read() -> None:
    """Letters under a stamp become a picture for the engine; they are lost all the same."""
    found = coverage(sheet(), page(pictures=(TEXT,)))

    (region,) = found.regions
    assert found.unread == 1.0
    assert region.left <= TEXT.left
    assert region.right >= TEXT.right - 12
    assert TEXT.top - 32 <= region.top <= TEXT.top


def test_a_photograph_is_no_lost_text() -> None:
    """Where tones change all over, what the engine calls a picture is one."""
    image = shaded(TEXT)

    found = coverage(image, page(pictures=(TEXT,)))

    assert found.unread == 0.0
    assert found.regions  # there may be text on it, so it is looked at


def test_a_photograph_that_the_engine_did_not_notice_is_none_either() -> None:
    """It is told by its shades, not by the engine alone."""
    found = coverage(shaded(Box(100, 200, 700, 800)), page())

    assert found.unread == 0.0


def test_what_has_edges_is_no_photograph_whatever_its_ground() -> None:
    """On a ground whose tones change slowly, letters are letters; so they are under a clear sky."""
    ground = bytes(255 - y * 200 // HEIGHT for y in range(HEIGHT) for _ in range(WIDTH))
    image = replace(blank(WIDTH, HEIGHT), pixels=bytes(map(min, sheet().pixels, ground)))

    assert coverage(image, page(pictures=(TEXT,))).unread > 0.9


def test_a_photograph_of_an_even_tone_is_one() -> None:
    """Sky and sand are as flat as paper, and no print."""
    image = shaded(TEXT)
    pixels = bytes(level if level == WHITE else min(200, 2 * level) for level in image.pixels)

    assert coverage(replace(image, pixels=pixels), page(pictures=(TEXT,))).unread == 0.0


def blurred() -> PageImage:
    """Return a page whose letters grow dark and bright again over 24 pixels, with paper between."""
    image = sheet()
    ramp = bytes(255 - 20 * min(at, 24 - at) for at in range(24)) + b"\xff" * 30
    row = (ramp * WIDTH)[: TEXT.width]
    pixels = bytearray(image.pixels)
    for y in range(TEXT.top, TEXT.bottom):
        if y % 40 < 24:
            pixels[y * WIDTH + TEXT.left : y * WIDTH + TEXT.right] = row
    return replace(image, pixels=bytes(pixels))


def test_blurred_print_on_paper_is_no_photograph() -> None:
    """It has no edges either, but paper around it; the lines of a photograph are not read."""
    assert coverage(blurred(), page(pictures=(TEXT,))).unread > 0.9


@pytest.mark.parametrize(
    ("image", "confidence", "kept"),
    [
        (shaded(TEXT), 40, 0),
        (shaded(TEXT), 90, 1),
        (blurred(), 40, 1),
        (sheet(), 40, 1),
    ],
)
def test_what_a_photograph_is_taken_for_is_no_line(
    image: PageImage, confidence: float, kept: int
) -> None:
    """A line that nobody believes is dropped where its tones pass into each other."""
    line = TEXT._replace(top=270, bottom=300)

    found = without_textures(page(line, confidence=confidence), image)

    assert len(found.words) == kept


def test_print_on_a_dark_panel_is_seen() -> None:
    """Panel and letters are both darker than paper; the letters count."""
    ground = Box(50, 100, 750, 600)

    found = coverage(sheet(ground=ground, tone=120), page())

    assert found.unread > 0.5
    assert found.regions[0].holds(TEXT)


def test_what_lies_apart_are_two_regions() -> None:
    """Each is read for itself: in one box, columns would be mixed."""
    image = sheet(letters=Box(50, 200, 300, 400))
    beside = sheet(letters=Box(500, 500, 750, 800))
    both = bytes(map(min, image.pixels, beside.pixels))

    found = coverage(replace(image, pixels=both), page())

    assert sorted(region.left // 100 for region in found.regions) == [0, 4]


def test_half_a_line_of_a_full_page_is_a_region() -> None:
    """A stamp takes no more of it: what has 1.5 % of the strokes is looked at."""
    read = Box(50, 40, 750, 470), Box(50, 480, 500, 504), Box(50, 510, 750, 960)

    (region,) = coverage(sheet(letters=Box(50, 40, 750, 960)), page(*read)).regions

    assert region.holds(Box(520, 480, 740, 500))


def test_frames_are_no_strokes() -> None:
    """Rows with few strokes are crossed by drawn lines, not by letters."""
    found = coverage(sheet(letters=Box(100, 200, 160, 400)), page())

    assert (found.unread, found.regions) == (0.0, ())


def test_drawn_lines_are_no_strokes() -> None:
    """The columns of an empty table are no letters, however many there are."""
    white = blank(WIDTH, HEIGHT)
    row = bytes([WHITE] * 36 + [BLACK] * 4) * (WIDTH // 40)
    lines = white.pixels[: WIDTH * 200] + row * 500 + white.pixels[: WIDTH * 300]

    found = coverage(replace(white, dpi=200, pixels=lines), page())

    assert (found.unread, found.regions) == (0.0, ())


def test_specks_are_no_strokes() -> None:
    """The noise of a scanner is a pixel high, and letters are not, however much of it there is."""
    white = blank(WIDTH, HEIGHT)
    row = b"".join(bytes([WHITE] * gap + [BLACK]) for gap in (9, 31, 14, 22) * 10)
    paper = bytes([WHITE]) * WIDTH * 4
    noise = (paper + row) * (HEIGHT // 5)

    found = coverage(replace(white, dpi=200, pixels=noise), page())

    assert (found.unread, found.regions) == (0.0, ())


def test_what_was_guessed_is_unread() -> None:
    """There is a word, be it another one."""
    assert coverage(sheet(), page(TEXT, confidence=20)).unread == 1.0


@pytest.mark.parametrize("paper", [b"\xff", b"\xa0"])
def test_what_lies_outside_of_the_image_is_no_photograph(paper: bytes) -> None:
    """It has no tones, on light paper and on dark."""
    image = replace(sheet(), pixels=paper * (WIDTH * HEIGHT))

    assert photographed(image, [Box(5000, 5000, 6000, 6000)]) == []
