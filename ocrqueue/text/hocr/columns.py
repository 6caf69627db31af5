"""Columns of single figures, which an engine takes for one line of text that runs up the page."""

from collections.abc import Iterator
from dataclasses import replace

from ocrqueue.text.hocr.layout import Box, PageLayout, Paragraph
from ocrqueue.text.hocr.text_lines import CONFIDENT, UNSURE, is_telling, lines

NARROW = 4  # times as high as wide: a line that runs up the page
WIDEST = 2.0  # letter heights of the page
FURTHER = 1.0  # of its height: how far the column may go on above and below
APART = 3  # pixels to the next line
LEAST_ROWS = 3
MOST_SEVERAL = 0.25  # share of the rows in which there is more than one word
MOST_SIGNS = 3  # in each row
MOST = 4  # columns of a page that are read again


def turned(page: PageLayout) -> Iterator[Box]:
    """Yield where lines run up an upright page that may be columns of figures, with their rest."""
    upright = [line.box for line in lines(page) if line.box.height < line.box.width * NARROW]
    letter = page.letter_px or 0.0
    for line in lines(page):
        box = line.box
        is_narrow = box.width * NARROW <= box.height and box.width <= WIDEST * letter
        if not is_narrow or any(map(is_telling, line.words)):
            continue
        left = max(page.box.left, box.left - box.width)
        right = min(page.box.right, box.right + box.width)
        beside = [other for other in upright if other.left < right and left < other.right]
        further = round(FURTHER * box.height)
        ends = [other.bottom + APART for other in beside if other.bottom <= box.top + box.width]
        begins = [other.top - APART for other in beside if other.top >= box.bottom - box.width]
        top = max(page.box.top, box.top - further, *ends)
        bottom = min(page.box.bottom, box.bottom + further, *begins)
        yield Box(left, top, right, bottom)


def column(again: PageLayout) -> PageLayout | None:
    """Return a part of a page, read again, if it is a column of figures: half of them are sure.

    Without rows that its edges cut.
    """
    rows = [line for line in lines(again) if again.box.top < line.box.top]
    rows = [line for line in rows if line.box.bottom < again.box.bottom]
    words = [word for row in rows for word in row.words if any(map(str.isalnum, word.text))]
    figures = sum(
        word.text.isdecimal() and len(word.text) <= MOST_SIGNS and word.confidence >= CONFIDENT
        for word in words
    )
    several = sum(len(row.words) > 1 for row in rows)
    if figures < max(LEAST_ROWS, len(words) / 2) or several > MOST_SEVERAL * len(rows):
        return None
    return replace(again, blocks=((Paragraph(tuple(rows)),),))


def is_guessed(read: PageLayout) -> bool:
    """Whether there are rows of a column that nobody could be sure of."""
    return any(word.confidence < UNSURE for word in read.words)
