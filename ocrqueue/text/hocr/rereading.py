"""All that is asked again of a page that was read once, and what speaks against its words then."""

from dataclasses import dataclass

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import (
    amounts,
    boxes,
    contents,
    cut_off,
    gaps,
    grounds,
    guesses,
    item_marks,
    number_signs,
    second_reading,
    watermarks,
)
from ocrqueue.text.hocr.ink_coverage import Coverage
from ocrqueue.text.hocr.layout import PageLayout
from ocrqueue.text.hocr.second_reading import Ask

HOPELESS = 60.0  # confidence; parts of such a page will not be read better
FEW_WORDS = 20  # of a page that may be: its confidence says little


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """A page with what was found later, and the picture that its words were read from."""

    image: PageImage
    page: PageLayout
    found: Coverage
    doubt: str  # "": nothing speaks against it


def completed(image: PageImage, page: PageLayout, *, ask_part: Ask, ask_page: Ask) -> Reread:
    """Return a grey page with its boxes to tick, and with all that the first reading has lost."""
    form = boxes.read_without(image, page, ask_page)
    image, page = form.image, form.page
    page = watermarks.without(image, page, ask_part=ask_part, ask_page=ask_page)
    image, page = grounds.on_white(*contents.completed(image, page, ask_part), ask_part)
    page = amounts.in_rows(image, page, ask_part)
    is_hopeless = page.confidence < HOPELESS and len(page.words) >= FEW_WORDS
    ask_part = _nobody if is_hopeless else ask_part
    page = item_marks.completed(image, page, ask_part)
    whole = second_reading.completed(image, page, ask_part)
    return Reread(
        image=image,
        page=boxes.marked(number_signs.mended(image, whole.page), form.boxes),
        found=whole.found,
        doubt=whole.doubt or _doubt(image, whole.page),
    )


def _nobody(part: PageImage) -> None:
    del part


def _doubt(image: PageImage, page: PageLayout) -> str:
    return gaps.doubt(image, page) or cut_off.doubt(image, page) or guesses.doubt(page)
