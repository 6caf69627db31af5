"""Measures how much of a page is printed; runs in the child only."""

from collections.abc import Sequence

from PIL import Image

from ocrqueue.render import marks

PAPER_SPREAD = 8  # grey levels to either side that still count as one paper tone
CLEAR_DIFFERENCE = 40  # grey levels between paper and ink: noise and JPEG ripples stay below


EMPTY = 0.0005  # share of marks; a page with less has nothing of its own


def page_ink(image: Image.Image) -> float:
    """Return the share of a page (0 to 1) that is printed, what a scanner adds left out.

    That is told only where nothing else is there; and on an empty page a faint line counts, or a
    pen's one line, whose share alone would be dust.
    """
    grey = image.convert("L")
    ink = ink_share(grey.histogram())
    found = marks.content(grey)
    if found is None:
        return ink
    if found.has_pen:
        return max(EMPTY, found.share)
    if found.share < EMPTY:
        return min(ink, found.share)
    return found.share if ink < EMPTY and found.has_line else ink


def ink_share(histogram: Sequence[int]) -> float:
    """Return the share of pixels (0 to 1) that differ clearly from the paper.

    The paper is the commonest tone of the page, so grey, yellowed and black paper count as paper.
    """
    total = sum(histogram)
    if total == 0:
        return 0.0
    paper = max(range(len(histogram)), key=lambda level: _around(histogram, level))
    near = histogram[max(0, paper - CLEAR_DIFFERENCE) : paper + CLEAR_DIFFERENCE + 1]
    return (total - sum(near)) / total


def _around(histogram: Sequence[int], level: int) -> int:
    return sum(histogram[max(0, level - PAPER_SPREAD) : level + PAPER_SPREAD + 1])
