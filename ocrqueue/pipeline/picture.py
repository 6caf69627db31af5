"""What is read of a page's picture: as drawn, larger, with more contrast, and a second opinion.

A page that may be misread is read once more, drawn smaller. What is no letter, or half of one,
becomes another word when each pixel is another; print says the same twice, and so do drawings: they
change nothing in the words that both readings have.
"""

from collections import Counter
from dataclasses import replace

from ocrqueue.model.document import PageSize
from ocrqueue.model.errors.page import PageError
from ocrqueue.model.page import ImageMode, PageImage, Reply
from ocrqueue.pipeline import faint, resolution
from ocrqueue.pipeline.resolution import Ask, Draw
from ocrqueue.text import quality
from ocrqueue.text.witness.tokens import plain

SMALLER = 0.8  # of the first drawing; further down small print is lost


def read(image: PageImage, asked: PageSize, *, draw: Draw, ask: Ask) -> tuple[Reply, PageImage]:
    """Return what is read of a page, and the drawing that it was read from.

    Raises:
        PageError: what the first reading raises.
    """
    said = resolution.read(image, asked, draw=draw, ask=ask)
    reply, image = faint.read_again(*said, ask)
    return with_opinion(reply, image, draw=draw, ask=ask), image


def with_opinion(said: Reply, image: PageImage, *, draw: Draw, ask: Ask) -> Reply:
    """Return a reading with the share of words that another one has too, where that may settle it.

    Only grey pages: their engine sees each pixel.
    """
    if image.mode is not ImageMode.GREY or not quality.is_open(said):
        return said
    side = round(SMALLER * max(image.width, image.height))
    try:
        again = ask(draw(PageSize(dpi=round(SMALLER * image.dpi), max_side_px=side)))
    except PageError:
        return said  # what was read so far is still a reading
    return replace(said, agreed=shared(said.text, again.text))


def shared(text: str, other: str) -> float:
    """Return the share of words that two readings both have, wherever, 0 to 1."""
    words, others = (Counter(token.form for token in plain(one)) for one in (text, other))
    most = max(words.total(), others.total())
    return (words & others).total() / most if most else 0.0
