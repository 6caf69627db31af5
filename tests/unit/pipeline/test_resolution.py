"""Pages are drawn large enough to be read, as far as the limits go, else they are doubtful."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from ocrqueue.backends.tesseract import Tesseract
from ocrqueue.model.document import PageSize
from ocrqueue.model.errors.page import BackendTimedOut, PageError, RenderOutOfMemory
from ocrqueue.model.page import ImageMode, Judgement, PageImage, Reply, Verdict
from ocrqueue.pipeline import resolution
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.engines import TesseractSettings
from ocrqueue.settings.schema import RenderSettings
from ocrqueue.text.layer.sheet import Sheet
from tests.support.pdfs import drawing, pdf_bytes

ASKED = PageSize(dpi=200, max_side_px=3400)
GOOD = Judgement(verdict=Verdict.GOOD)
A4 = PageImage(width=1654, height=2339, mode=ImageMode.GREY, pixels=b"", dpi=200, ink=0.1)
A0 = replace(A4, width=3400, height=2405, dpi=73, is_reduced=True)


@dataclass(slots=True)
class Desk:
    """Draws what it is asked for, without pixels, and answers one reply after another."""

    replies: Sequence[Reply | PageError]
    drawn: list[PageSize] = field(default_factory=list)
    read: list[PageImage] = field(default_factory=list)
    broken: bool = False

    def draw(self, size: PageSize) -> PageImage:
        self.drawn.append(size)
        if self.broken:
            message = "too large"
            raise RenderOutOfMemory(message)
        return replace(A4, width=size.max_side_px, height=size.max_side_px * 7 // 10, dpi=size.dpi)

    def ask(self, image: PageImage) -> Reply:
        self.read.append(image)
        reply = self.replies[len(self.read) - 1]
        if isinstance(reply, PageError):
            raise reply
        return reply

    def look(self, image: PageImage) -> tuple[Reply, PageImage]:
        return resolution.read(image, ASKED, draw=self.draw, ask=self.ask)


def reply(text: str, *, letter_px: float = 28.0, words: int = 100, confidence: float = 90) -> Reply:
    return Reply(
        text=text,
        backend="tesseract",
        model="",
        words=words,
        confidence=confidence,
        letter_px=letter_px,
    )


def test_an_ordinary_page_is_read_as_it_was_drawn() -> None:
    """Nothing is drawn anew, and nothing asked twice."""
    desk = Desk([reply("once")])
    said, image = desk.look(A4)
    assert (said.text, image, desk.drawn) == ("once", A4, [])
    assert resolution.weigh(GOOD, image) == GOOD


def test_a_page_that_the_cap_made_illegible_is_drawn_larger_first() -> None:
    """An A0 plan is read at what was asked for; it is asked about once."""
    desk = Desk([reply("all of it")])
    _, image = desk.look(A0)
    ((size),) = desk.drawn
    assert (size.dpi, size.max_side_px) == (200, 9315)
    assert (image.width, len(desk.read)) == (9315, 1)
    assert resolution.weigh(GOOD, image) == GOOD


def test_the_limits_hold_and_what_is_too_large_is_doubtful() -> None:
    """No drawing has more pixels than Tesseract can take in time; the reason says what to do."""
    banner = replace(A0, width=3400, height=800, dpi=17)
    size = resolution.large_enough(banner, ASKED)
    assert size is not None
    assert size.max_side_px <= resolution.LONGEST_SIDE
    assert size.max_side_px**2 * 800 / 3400 <= resolution.MOST_PIXELS
    judged = resolution.weigh(GOOD, replace(banner, dpi=93))
    assert judged.verdict is Verdict.DOUBTFUL
    assert "93 dots an inch" in judged.reason
    assert "render.max_side_px" in judged.reason


def test_a_page_that_cannot_be_drawn_larger_is_read_as_it_is() -> None:
    """A machine without the memory reads it all the same, and says that it is doubtful."""
    desk = Desk([reply("some of it")], broken=True)
    said, image = desk.look(A0)
    assert (said.text, image) == ("some of it", A0)
    assert resolution.weigh(GOOD, image).verdict is Verdict.DOUBTFUL


def test_a_page_and_its_own_text_are_taken_in_a_size_that_can_be_read() -> None:
    """Of an A0 plan; an ordinary page, a picture, and what cannot be drawn larger stay."""
    small, large = (Sheet(width=width, height=2405, characters=()) for width in (3400, 9315))
    desk = Desk([])

    def sized(image: PageImage, sheet: Sheet | None) -> tuple[int, Sheet | None]:
        image, sheet = resolution.with_sheet(
            image, sheet, ASKED, draw=desk.draw, look=lambda _: large
        )
        return image.width, sheet

    assert sized(A0, small) == (9315, large)
    assert sized(A4, small) == (1654, small)
    assert sized(A0, None) == (3400, None)
    assert sized(replace(A0, mode=ImageMode.RGB), small) == (3400, small)
    desk.broken = True
    assert sized(A0, small) == (3400, small)


@pytest.mark.parametrize(
    ("second", "taken"),
    [
        (reply("second", words=110), "second"),
        (reply("second", words=100), "second"),  # it may have the end of a word that was lost
        (reply("second", words=90), "first"),
        (reply("second", words=300, confidence=80), "first"),
        (BackendTimedOut("late"), "first"),
    ],
)
def test_small_letters_are_read_again_and_the_better_reading_counts(
    second: Reply | PageError, taken: str
) -> None:
    """What was read first is kept where the larger drawing gives less, or no answer."""
    desk = Desk([reply("first", letter_px=15.0), second])
    said, image = desk.look(A4)
    assert said.text == taken
    assert desk.drawn == [PageSize(dpi=400, max_side_px=4678)]
    assert (image is A4) is (taken == "first")


def test_what_a_model_sees_stays_as_it_is() -> None:
    """A model reduces pages by itself: it gets the capped one, doubtful where that is hopeless."""
    desk = Desk([reply("model", letter_px=5.0)])
    _, image = desk.look(replace(A0, mode=ImageMode.RGB))
    assert desk.drawn == []
    assert resolution.weigh(GOOD, image).verdict is Verdict.DOUBTFUL
    assert resolution.weigh(GOOD, replace(image, dpi=120)) == GOOD


def test_a_large_sheet_is_read_with_its_small_print(tmp_path: Path) -> None:
    """The real engine misreads a plan's notes under the cap, and reads them as they are drawn."""
    notes = "Checked: 12 May 1998\nAll dimensions in millimetres.\nConcrete C25/30, steel B500B."
    sheet = pdf_bytes([drawing(notes, size=9, left=2600, top=300)], media_box="0 0 3370 2384")
    (tmp_path / "plan.pdf").write_bytes(sheet)
    engine = Tesseract(TesseractSettings())
    with Renderer(RenderSettings()) as renderer:

        def draw(size: PageSize) -> PageImage:
            return renderer.page(
                tmp_path / "plan.pdf",
                1,
                size,
                mode=ImageMode.GREY,
            )

        said, image = resolution.read(
            draw(ASKED),
            ASKED,
            draw=draw,
            ask=lambda drawn: engine.page_to_markdown(drawn, deadline=float("inf")),
        )
    dpi = image.dpi  # not the image: its pixels would be told where the test fails
    assert dpi >= 199
    for fact in ("12 May 1998", "All dimensions in millimetres.", "B500B"):
        assert fact in said.text
