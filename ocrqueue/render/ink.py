"""Measures how much of a page is printed, from the histogram of its grey levels."""

from collections.abc import Sequence

PAPER_SPREAD = 8  # grey levels to either side that still count as one paper tone
CLEAR_DIFFERENCE = 40  # grey levels between paper and ink: noise and JPEG ripples stay below


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
