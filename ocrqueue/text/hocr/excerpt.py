"""The parts of a page where an engine saw most writing: enough to tell which way is up; pure.

To read a whole page for each way that it may lie costs three pages more, and most of those that are
read badly lie as they should: they are written by hand, or in a script that there is no data for.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from statistics import median

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.layout import Box, PageLayout, Word
from ocrqueue.text.hocr.second_reading import cut_out
from ocrqueue.text.hocr.text_lines import CONFIDENT, is_telling, lines
from ocrqueue.text.turning import turned

TURNS = (180, 90, 270)  # degrees clockwise, the likeliest first
CELL = 2.5  # letter sizes; letters are counted by cell
LEAST_CELL = 1 / 24  # of the shorter side: what was read is not always as large as what is printed
SIDE = 4  # cells of a part, which is a square: ten lines of some 25 letters
ENOUGH = 200  # letters
MOST_PARTS = 2
LEAST_TELLING = 0.1  # share of words; worn print has an eighth, other scripts hardly any

_Cell = tuple[int, int]  # down and across


def likely_turns(
    image: PageImage, page: PageLayout, ask: Callable[[PageImage], PageLayout]
) -> Sequence[int]:
    """Return how a page may have to be turned: told by a part of it, where there is any.

    `ask` reads a part as one block.
    """
    found = parts(image, page)
    if not found:
        return TURNS
    told = {degrees: proof(ask(excerpt(found, degrees))) for degrees in TURNS}
    likeliest = max(TURNS, key=told.__getitem__)
    return [likeliest] if told[likeliest] else []


def parts(image: PageImage, page: PageLayout) -> list[PageImage]:
    """Return the parts of a grey image that have most of a page's letters.

    That the letters are not those which are printed there does not matter.
    """
    cell = _cell(image, page)
    return [cut_out(image, _box(at, cell, page.box)) for at in _fullest(page, cell)]


def excerpt(found: Sequence[PageImage], degrees: int) -> PageImage:
    """Return parts, each turned clockwise by 90, 180 or 270 degrees, below each other."""
    each = [turned(part, degrees) for part in found]
    width = max(part.width for part in each)
    rows = b"".join(
        part.pixels[start : start + part.width].ljust(width, b"\xff")
        for part in each
        for start in range(0, len(part.pixels), part.width)
    )
    return replace(each[0], width=width, height=len(rows) // width, pixels=rows)


def proof(read: PageLayout) -> int:
    """Return how many words prove that an excerpt stands upright; 0 where they may be chance."""
    telling = sum(is_telling(word) or _is_number(word) for word in read.words)
    return telling if telling >= LEAST_TELLING * len(read.words) else 0


def _is_number(word: Word) -> bool:
    """Whether it is a sure number of a table, which are often short."""
    return word.confidence >= CONFIDENT and len(word.text) > 1 and word.text.isdecimal()


def _cell(image: PageImage, page: PageLayout) -> int:
    """Return the side of a cell in pixels; cameras give any resolution, so it does not count."""
    size = median([line.size for line in lines(page)] or [0.0])
    return max(1, round(max(CELL * size, LEAST_CELL * min(image.width, image.height))))


def _fullest(page: PageLayout, cell: int) -> list[_Cell]:
    """Return the first cells of squares that have most letters, until they have enough."""
    letters = Counter[_Cell]()
    for word in page.words:
        middle = (word.box.top + word.box.bottom) // 2, (word.box.left + word.box.right) // 2
        letters[middle[0] // cell, middle[1] // cell] += len(word.text)
    squares = Counter[_Cell]()
    for at, count in letters.items():
        downs, acrosses = (range(max(0, place - SIDE + 1), place + 1) for place in at)
        for corner in product(downs, acrosses):  # of each square that holds the cell
            squares[corner] += count
    fullest, found = list[_Cell](), 0
    for at, count in squares.most_common():
        if found >= ENOUGH or len(fullest) == MOST_PARTS:
            break
        if all(max(abs(at[0] - y), abs(at[1] - x)) >= SIDE for y, x in fullest):
            fullest.append(at)
            found += count
    return fullest


def _box(at: _Cell, cell: int, page: Box) -> Box:
    top, left = at[0] * cell, at[1] * cell
    return Box(left, top, min(page.right, left + SIDE * cell), min(page.bottom, top + SIDE * cell))
