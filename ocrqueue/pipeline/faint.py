"""A page with faint marks alone: print that a shadow hides, or that of the sheet's other side."""

from collections.abc import Callable
from dataclasses import replace

from ocrqueue.model.errors.page import PageError
from ocrqueue.model.page import ImageMode, PageImage, Reply
from ocrqueue.text.hocr import pale_print
from ocrqueue.text.hocr.ink_coverage import paper_tone
from ocrqueue.text.hocr.pale_print import NOISE
from ocrqueue.text.quality import LEAST_INK
from ocrqueue.text.turning import mirrored

LEAST_CONFIDENCE = 60.0  # mean of the words; a page that was read better needs no second look
SURE_CONFIDENCE = 75.0  # of a reading that settles what the page is
FEWEST_WORDS = 4
LEAST_SIGNS = 3  # letters and figures on a sheet that looked empty; specks are taken for fewer
MOST_UNREAD = 0.08  # share of strokes; a pencil's five lines over shining print have 0.14
FAINT = 120  # grey levels from the paper; print that is printed on this side is darker
MOST_DARK = 0.0015  # share of the pixels, edges left out
LEAST_PAPER = 0.5
MARKED = 0.004  # share of the pixels that become black; a line of print has as many
LEAST_DEPTH = 25  # grey levels
SAMPLED_ROWS = 200
EDGE = 0.06  # share of the sides, where scanners see shadows

Ask = Callable[[PageImage], Reply]


def read_again(said: Reply, image: PageImage, ask: Ask) -> tuple[Reply, PageImage]:
    """Return the reading of a faint page with more contrast, or nothing where it is a blank back.

    A back is known by its words: they can be read in a mirror, and only there. Of a large sheet
    with one line, the engine takes the noise of its paper for ink.
    """
    is_blank = image.ink < LEAST_INK and not said.text
    is_read = said.text and (said.confidence is None or said.confidence >= LEAST_CONFIDENCE)
    is_settled = is_read or (is_blank and not image.ink)
    if image.mode is not ImageMode.GREY or is_settled or not is_faint(image):
        return said, image
    clear = with_contrast(image)
    try:
        again = ask(clear)
        if _is_sure(again, 1 if is_blank and _is_word(again) else FEWEST_WORDS):
            return again, image
        if not is_blank and _is_whole(ask(mirrored(clear))):
            return replace(said, text="", words=0, unread=None), replace(image, ink=0.0)
    except PageError:  # what was read so far is still a reading, but none of an empty page
        return said, replace(image, ink=max(image.ink, LEAST_INK))
    return said, image


def is_faint(image: PageImage) -> bool:
    """Tell whether a grey page is paper with marks on it, none of which is as dark as print."""
    seen = _inner(image)
    if not seen:
        return False
    paper = paper_tone(seen)
    light = sum(seen.count(level) for level in range(max(0, paper - NOISE), 256))
    dark = sum(seen.count(level) for level in range(max(0, paper - FAINT)))
    return light >= LEAST_PAPER * len(seen) and dark <= MOST_DARK * len(seen)


def with_contrast(image: PageImage) -> PageImage:
    """Return a grey page whose faint marks are as dark as print."""
    seen = _inner(image)
    paper = paper_tone(seen)
    darker, black = 0, 0
    while black < paper - NOISE and darker <= MARKED * len(seen):
        darker += seen.count(black)
        black += 1
    return pale_print.with_contrast(image, paper, max(LEAST_DEPTH, paper - black))


def _is_whole(said: Reply) -> bool:
    """Whether it is a sure reading of all that is on the page: nothing is written beside it."""
    is_sure = _is_sure(said, FEWEST_WORDS)
    return is_sure and said.unread is not None and said.unread <= MOST_UNREAD


def _is_word(said: Reply) -> bool:
    return sum(map(str.isalnum, said.text)) >= LEAST_SIGNS


def _is_sure(said: Reply, fewest: int) -> bool:
    return said.words >= fewest and (said.confidence or 0.0) >= SURE_CONFIDENCE


def _inner(image: PageImage) -> bytes:
    """Return a sample of the rows, without what lies at the edges."""
    if not image.pixels:
        return b""
    width, height = image.width, image.height
    left, top = int(width * EDGE), int(height * EDGE)
    step = max(1, height // SAMPLED_ROWS)
    starts = range(top * width, (height - top) * width, step * width)
    return b"".join(image.pixels[start + left : start + width - left] for start in starts)
