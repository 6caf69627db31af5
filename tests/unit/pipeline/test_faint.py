"""Pages of faint marks: print that a shadow hides is read, print of the other side is none."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from PIL import Image, ImageChops, ImageFilter, ImageOps

from ocrqueue.backends.base import NO_IMAGE
from ocrqueue.backends.tesseract import Tesseract
from ocrqueue.model.errors.page import BackendTimedOut, PageError
from ocrqueue.model.page import ImageMode, PageImage, Reply, Verdict
from ocrqueue.pipeline import faint
from ocrqueue.settings.engines import TesseractSettings
from ocrqueue.text import quality, turning
from tests.support.page_images import drawn, of_picture

SILENCE = Reply(text="", backend="tesseract", model="")
SIDEWAYS = Reply(text="tevin oft", backend="tesseract", model="", confidence=42.0, words=300)
TEXT = Reply(text="It is.", backend="tesseract", model="", confidence=92.0, words=40, unread=0.02)


def page(image: Image.Image) -> PageImage:
    return of_picture(image, dpi=150, ink=0.03)


def shining(letter: PageImage, *, contrast: int = 60) -> Image.Image:
    """Return what a page looks like from behind: in a mirror, blurred, pale."""
    size = (letter.width, letter.height)
    front = Image.frombytes("L", size, letter.pixels)
    back = ImageOps.mirror(front).filter(ImageFilter.GaussianBlur(1))
    pale = back.point(lambda level: 250 - (255 - level) * contrast // 255)
    shadow = Image.new("L", size, 255)
    shadow.paste(30, (0, 0, 25, size[1]))
    return ImageChops.multiply(pale, shadow)


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory) -> PageImage:
    return drawn(tmp_path_factory.mktemp("letter"))


@dataclass(slots=True)
class Reader:
    """Answers one reply after another."""

    replies: Sequence[Reply | PageError]
    seen: list[PageImage] = field(default_factory=list)

    def ask(self, image: PageImage) -> Reply:
        self.seen.append(image)
        reply = self.replies[len(self.seen) - 1]
        if isinstance(reply, PageError):
            raise reply
        return reply


def test_pages_that_were_read_or_are_dark_get_no_second_look(letter: PageImage) -> None:
    """A good reading stays, and so does the silence of a page with dark marks or of a model's."""
    reader = Reader([])
    back = page(shining(letter))
    assert faint.read_again(TEXT, back, reader.ask) == (TEXT, back)
    assert faint.read_again(SILENCE, letter, reader.ask) == (SILENCE, letter)
    coloured = replace(back, mode=ImageMode.RGB)
    assert faint.read_again(SILENCE, coloured, reader.ask) == (SILENCE, coloured)
    blank = replace(back, ink=0.0)
    assert faint.read_again(SILENCE, blank, reader.ask) == (SILENCE, blank)
    assert faint.read_again(SIDEWAYS, NO_IMAGE, reader.ask) == (SIDEWAYS, NO_IMAGE)
    assert reader.seen == []


@pytest.mark.parametrize("words", [1, 40])
def test_a_line_on_a_large_empty_sheet_is_read_with_more_contrast(
    letter: PageImage, words: int
) -> None:
    """Its ink is too little to count, but there is some: a single word that is sure is no speck."""
    line = replace(TEXT, words=words)
    sheet = replace(page(shining(letter)), ink=0.0001)
    assert faint.read_again(SILENCE, sheet, Reader([line]).ask)[0] == line


@pytest.mark.parametrize(
    "seen", [SIDEWAYS, replace(TEXT, text="- i", words=2)], ids=["unsure", "a letter"]
)
def test_an_empty_sheet_with_specks_stays_blank(letter: PageImage, seen: Reply) -> None:
    """What is hardly read in them counts for nothing, and nobody looks in a mirror."""
    sheet = replace(page(shining(letter)), ink=0.0001)
    assert faint.read_again(SILENCE, sheet, Reader([seen]).ask) == (SILENCE, sheet)
    assert quality.judge(SILENCE, sheet).verdict is Verdict.BLANK


def test_a_sheet_that_nobody_could_look_at_again_is_not_called_blank(letter: PageImage) -> None:
    """There was no time left: whether its marks are a line is not known."""
    sheet = replace(page(shining(letter)), ink=0.0001)
    said, image = faint.read_again(SILENCE, sheet, Reader([BackendTimedOut("late")]).ask)
    assert quality.judge(said, image).verdict is Verdict.DOUBTFUL


@pytest.mark.parametrize("first", [SILENCE, SIDEWAYS])
def test_a_back_that_is_read_in_a_mirror_is_blank(letter: PageImage, first: Reply) -> None:
    """Nothing of its words gets into the document."""
    back = page(shining(letter))
    reader = Reader([SIDEWAYS, TEXT])
    said, image = faint.read_again(first, back, reader.ask)
    assert said.text == ""
    assert quality.judge(said, image).verdict is Verdict.BLANK
    clear, mirrored = reader.seen
    assert turning.mirrored(mirrored) == clear


def test_a_back_too_pale_to_be_ink_is_blank_all_the_same(letter: PageImage) -> None:
    """What an engine makes of it is held against the mirror, as where the marks are darker."""
    back = replace(page(shining(letter)), ink=0.0)
    said, image = faint.read_again(SIDEWAYS, back, Reader([SIDEWAYS, TEXT]).ask)
    assert quality.judge(said, image).verdict is Verdict.BLANK


@pytest.mark.parametrize(
    "replies",
    [
        [SIDEWAYS, SIDEWAYS],
        [SILENCE, replace(TEXT, unread=0.2)],
        [SILENCE, replace(TEXT, words=2)],
        [SILENCE, BackendTimedOut("late")],
    ],
)
def test_what_is_not_surely_a_back_stays_doubtful(
    letter: PageImage, replies: Sequence[Reply | PageError]
) -> None:
    """Pencil lines beside shining print, few words, or no answer prove nothing."""
    back = page(shining(letter))
    said, image = faint.read_again(SILENCE, back, Reader(replies).ask)
    assert (said, image) == (SILENCE, back)
    assert quality.judge(said, image).verdict is Verdict.DOUBTFUL


def test_faint_print_is_read_with_more_contrast(letter: PageImage) -> None:
    """What can be read once its marks are dark counts, and nobody looks in a mirror."""
    front = page(ImageOps.mirror(shining(letter, contrast=35)))
    reader = Reader([TEXT])
    assert faint.read_again(SILENCE, front, reader.ask)[0] == TEXT
    (clear,) = reader.seen
    assert min(clear.pixels) == 0
    assert max(clear.pixels) == 255


def test_the_engine_knows_a_back(letter: PageImage) -> None:
    """The real engine reads the print of the other side in a mirror."""
    engine = Tesseract(TesseractSettings())

    def ask(image: PageImage) -> Reply:
        return engine.page_to_markdown(image, deadline=float("inf"))

    said, image = faint.read_again(SILENCE, page(shining(letter)), ask)
    assert said.text == ""
    assert image.ink < quality.LEAST_INK
