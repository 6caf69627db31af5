"""Dots that lead from an entry of contents to its page number: they are wiped off the page.

An engine makes words of them ("eee", "2.0.0."), or loses the numbers behind them, or takes these
for a column of their own. Without the dots it reads the entries, once told that they are lines.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from statistics import median

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.ink_coverage import DARK, ink_table, paper_tone
from ocrqueue.text.hocr.layout import Box, PageLayout
from ocrqueue.text.hocr.second_reading import Ask, cut_out, joined, within
from ocrqueue.text.hocr.text_lines import letters_read

LARGEST = 0.025  # inches a dot is wide and high
ABOVE, BELOW = 0.05, 0.02  # inches free over the dots and under them; letters have ink there
STEP = 2  # a row of so many is looked at; dots are as high
LEAST_LINES = 4
FLUSH = 0.15  # inches between the ends of two lines' dots
MOST_RAGGED = 0.2  # share of lines that end elsewhere; an index of two columns has half
OVER, UNDER = 1.6, 0.8  # steps from line to line that belong to the contents: a chapter has no dots
AS_MUCH = 0.9  # of the letters that were read there before
# Six and more, up to so many pixels wide, and so far apart: in a row of pixels, where 1 is ink.
_DOTS = re.compile(rb"(?<!\x01)\x01{1,8}+(?:\x00{1,50}+\x01{1,8}+(?!\x01)){5,}+")
_Span = tuple[int, int]  # the first pixel of a row, and the first one after


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """A table of contents: its page without the dots, and where its lines stand."""

    image: PageImage
    box: Box


def completed(image: PageImage, page: PageLayout, ask: Ask) -> tuple[PageImage, PageLayout]:
    """Return a grey page without the dots of its contents, and these as they are read then."""
    found = contents(image)
    again = ask(cut_out(found.image, found.box)) if found else None
    if not found or not again:
        return image, page
    before = letters_read(within(page, found.box))
    if letters_read(again) < AS_MUCH * before:
        return image, page
    return found.image, joined(page, found.box, again)


def contents(image: PageImage) -> Contents | None:
    """Return the contents on a grey page; None where there are no lines that end in dots."""
    dpi, width = image.dpi or 200, image.width
    high = max(2, round(LARGEST * dpi))
    wiped = bytearray(image.pixels)
    paper = paper_tone(image.pixels)
    ends = dict[int, int]()  # where the dots of a line end, by its row
    for at, (left, right) in _dots(image, high):
        for row in range(max(0, at - high), min(image.height, at + high + 1)):
            wiped[row * width + left : row * width + right] = bytes([paper]) * (right - left)
        line = next((row for row in islice(reversed(ends), 1) if at - row <= high), at)
        ends[line] = max(right, ends.get(line, 0))
    if len(ends) < LEAST_LINES:
        return None
    middle = median(ends.values())
    if sum(abs(end - middle) > FLUSH * dpi for end in ends.values()) > MOST_RAGGED * len(ends):
        return None
    step = median(below - above for above, below in pairwise(sorted(ends)))
    top, bottom = max(0, min(ends) - OVER * step), min(image.height, max(ends) + UNDER * step)
    return Contents(
        image=replace(image, pixels=bytes(wiped)),
        box=Box(0, round(top), width, round(bottom)),
    )


def _dots(image: PageImage, high: int) -> Iterator[tuple[int, _Span]]:
    """Yield the rows that have dots which stand free, and where."""
    dpi, width = image.dpi or 200, image.width
    ink = image.pixels.translate(ink_table(image.pixels, DARK))
    rows = [ink[at : at + width] for at in range(0, len(ink), width)]
    above, below = high + round(ABOVE * dpi), high + round(BELOW * dpi)
    for at in range(0, len(rows), STEP):
        for found in _DOTS.finditer(rows[at]):
            around = [*rows[max(0, at - above) : max(0, at - high)]]
            around += rows[at + high + 1 : at + below + 1]
            near = rows[max(0, at - high) : at + high + 1]
            for left, right in _free(rows[at], found.span(), around):
                if _is_flat(rows[at][left:right], [row[left:right] for row in near], high):
                    yield at, (max(0, left - 1), min(width, right + 1))


def _free(row: bytes, span: _Span, around: Sequence[bytes]) -> Iterator[_Span]:
    """Yield where a row has dots that have nothing in the rows around, nor beside that."""
    left, right = span
    taken = 0
    for other in around:
        taken |= int.from_bytes(other[left:right])
    for pixels in (1, 2, 4):
        taken |= taken << 8 * pixels | taken >> 8 * pixels
    taken &= (1 << 8 * (right - left)) - 1
    marked = (int.from_bytes(row[left:right]) | taken << 1).to_bytes(right - left)
    for free in _DOTS.finditer(marked):
        yield left + free.start(), left + free.end()


def _is_flat(row: bytes, near: Sequence[bytes], high: int) -> bool:
    """Whether these dots are hardly higher than wide; strokes of small letters are not."""
    widest = max(map(len, row.split(b"\0")))
    return widest <= high and sum(b"\1" in other for other in near) <= widest + 2
