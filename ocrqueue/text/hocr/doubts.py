"""Why the words of a page are probably not what is printed: the first of all reasons."""

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import cut_off, gaps, guesses, pasted
from ocrqueue.text.hocr.layout import PageLayout


def doubt(image: PageImage, page: PageLayout) -> str:
    """Return what speaks against the words that were read of a grey image; "" for nothing."""
    lost = gaps.doubt(image, page) or cut_off.doubt(image, page) or pasted.doubt(image, page)
    return lost or guesses.doubt(page)
