"""Pages that may be misread: what another reading says too is what is printed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from ocrqueue.model.document import PageSize
from ocrqueue.model.errors.page import BackendTimedOut
from ocrqueue.model.page import ImageMode, PageImage, Reply, Verdict
from ocrqueue.pipeline import picture
from ocrqueue.text import quality
from tests.support.page_images import blank

TEXT = "The council met on Monday. Complaints were heard; the budget was not. " * 5
OPEN = Reply(
    text=TEXT, backend="tesseract", model="", confidence=82.0, words=60, unread=0.06, unsure=0.06
)
PAGE = replace(blank(1000, 1400), dpi=200, ink=0.05)


@dataclass(slots=True)
class Reader:
    """Says the same of each drawing."""

    reply: Reply
    drawn: list[PageSize] = field(default_factory=list)

    def draw(self, size: PageSize) -> PageImage:
        self.drawn.append(size)
        return PAGE

    def ask(self, image: PageImage) -> Reply:
        del image
        return self.reply


def heard(said: Reply, again: Reply, image: PageImage = PAGE) -> Reply:
    reader = Reader(again)
    return picture.with_opinion(said, image, draw=reader.draw, ask=reader.ask)


def test_a_page_that_two_readings_agree_on_is_good() -> None:
    """It was doubtful; the second drawing is smaller."""
    reader = Reader(replace(OPEN, text=TEXT.upper()))

    both = picture.with_opinion(OPEN, PAGE, draw=reader.draw, ask=reader.ask)

    assert reader.drawn == [PageSize(dpi=160, max_side_px=1120)]
    assert both.agreed == 1.0
    assert quality.judge(OPEN, PAGE).verdict is Verdict.DOUBTFUL
    assert quality.judge(both, PAGE).verdict is Verdict.GOOD


@pytest.mark.parametrize("other", [TEXT.replace("Complaints", "Gomplaimts"), TEXT + TEXT])
def test_a_page_that_two_readings_differ_on_stays_doubtful(other: str) -> None:
    """Other words, or more of them."""
    both = heard(OPEN, replace(OPEN, text=other))

    assert both.agreed is not None
    assert both.agreed < quality.AGREED
    assert quality.judge(both, PAGE).verdict is Verdict.DOUBTFUL


@pytest.mark.parametrize(
    "said",
    [
        replace(OPEN, unsure=0.03),  # good
        replace(OPEN, unread=0.2),  # too much is lost, whatever is said of the rest
        replace(OPEN, words=49),  # two readings of a label say nothing of what is in none
        replace(OPEN, doubt="printed in Danish"),
        replace(OPEN, confidence=59.0),
    ],
)
def test_only_what_may_settle_it_is_asked(said: Reply) -> None:
    """A reading costs as much as the first one."""
    assert heard(said, OPEN) == said


def test_a_model_is_not_asked_twice() -> None:
    """It sees a page smaller than it is drawn."""
    assert heard(OPEN, OPEN, replace(PAGE, mode=ImageMode.RGB)) == OPEN


def test_a_reading_that_fails_changes_nothing() -> None:
    """What was read so far is still a reading."""

    def ask(image: PageImage) -> Reply:
        del image
        raise BackendTimedOut("too slow")

    draw: Callable[[PageSize], PageImage] = Reader(OPEN).draw
    assert picture.with_opinion(OPEN, PAGE, draw=draw, ask=ask) == OPEN
