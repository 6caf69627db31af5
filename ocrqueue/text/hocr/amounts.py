"""Amounts far to the right of what they are for, as on receipts and price lists.

An engine takes them for a column of their own: it reads all names first, and all prices after them.
So their lines are read again as one block, each from left to right.
"""

from statistics import fmean

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.layout import SURE_CONFIDENCE, Box, Line, PageLayout, around
from ocrqueue.text.hocr.second_reading import Ask, cut_out, joined, within
from ocrqueue.text.hocr.text_lines import lines

MOST_LINES = 600  # each is held against each other one; a newspaper has so many
LEAST_ROWS = 4
PLACED = 0.9  # share of the amounts in their column that are level with a name
WITH_ONE = 0.6  # share of the names that have one; notes beside text have fewer
NAME_WORDS = 6.0  # of a name; prose beside a column of figures has more
LEVEL = 0.3  # of the lower one's height, from middle to middle
MARGIN = 0.5  # heights of a line that are read around the rows
AS_MUCH = 0.98  # of the signs that were read surely


def in_rows(image: PageImage, page: PageLayout, ask: Ask) -> PageLayout:
    """Return a grey page with each amount behind its name, where so much is read then."""
    if (box := _rows(page)) is None:
        return page
    again = ask(cut_out(image, box))
    is_read = again is not None and _signs(again) >= AS_MUCH * _signs(within(page, box))
    return joined(page, box, again) if again and is_read else page


def _rows(page: PageLayout) -> Box | None:
    """Return where lines of amounts alone stand behind names; None for nowhere."""
    every = list(lines(page))
    if len(every) > MOST_LINES:
        return None
    amounts = [line for line in every if _is_amount(line)]
    names = [line for line in every if not _is_amount(line)]
    placed = [one for one in amounts if any(_is_behind(one, name) for name in names)]
    named = [name for name in names if any(_is_behind(one, name) for one in amounts)]
    if len(named) < LEAST_ROWS:
        return None
    column = around([one.box for one in placed])  # left of it are dates and quantities
    if len(placed) < PLACED * sum(one.box.left >= column.left for one in amounts):
        return None
    whole = around([line.box for line in (*placed, *named)])
    beside = [one for one in names if whole.top < one.box.bottom and one.box.top < whole.bottom]
    is_prose = fmean(len(name.words) for name in named) > NAME_WORDS
    if is_prose or len(named) < WITH_ONE * len(beside):
        return None
    return whole.grown(round(MARGIN * placed[0].box.height), page.box)


def _is_amount(line: Line) -> bool:
    digits, letters = (sum(map(kind, line.text)) for kind in (str.isdigit, str.isalpha))
    return digits > letters


def _is_behind(amount: Line, name: Line) -> bool:
    one, other = amount.box, name.box
    apart = abs(one.top + one.bottom - other.top - other.bottom) / 2
    return other.right <= one.left and apart <= LEVEL * min(one.height, other.height)


def _signs(page: PageLayout) -> int:
    return sum(len(word.text) for word in page.words if word.confidence >= SURE_CONFIDENCE)
