"""Why the words of a page are probably not what is printed: the first of all reasons."""

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import cut_off, gaps, guesses
from ocrqueue.text.hocr.layout import PageLayout


def doubt(image: PageImage, page: PageLayout) -> str:
    """Return what speaks against the words that were read of a grey image; "" for nothing."""
    return gaps.doubt(image, page) or cut_off.doubt(image, page) or guesses.doubt(page)
