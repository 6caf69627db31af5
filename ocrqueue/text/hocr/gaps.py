"""Words that are lost inside lines: something stands between two words, and is no word.

A stamp, a pen's line or a stain takes single words out of lines that are read well and surely
otherwise. What is left of them are gaps that are as full of strokes as the words beside them.

Of 234 pages with print that was read surely, one is doubted, and it lost a quarter of its words; 13
more have gaps, at formulas, at signs beside names and where letters were lost.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import fmean, median

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.ink_coverage import DARK, STROKE, ink_table
from ocrqueue.text.hocr.layout import Box, PageLayout, Word
from ocrqueue.text.hocr.text_lines import LEAST_IN_LINE, is_telling, lines

WIDE = 1.5  # of a line's height; gaps between words are narrower
WIDEST = 20.0  # what is wider lies between columns
WORD = 3.0  # of a line's height: the width of a word and the space beside it
BAND = (0.3, 0.75)  # of a line's height: where small letters are, above leaders and underscores
AS_DENSE = 0.5  # strokes in a gap, of those in the words beside it
SIDE = 2  # pixels beside a word that are its own
LEAST_WORDS = 3.0  # fewer may be signs that no engine knows
LEAST_SHARE = 0.015  # of the page's words


def doubt(image: PageImage, page: PageLayout) -> str:
    """Return why words within the lines of a grey page are probably lost; "" where none are."""
    ink = ink_table(image.pixels, DARK)
    gaps = [gap for line in lines(page) for gap in _full(image, line.words, ink)]
    lost = sum(gap.width / (WORD * gap.height) for gap in gaps)
    if lost < max(LEAST_WORDS, LEAST_SHARE * len(page.words)):
        return ""
    widest = max(gaps, key=lambda gap: gap.width)
    where = f"{widest.left}, {widest.top} of {page.box.width} x {page.box.height} pixels"
    return f"some {lost:.0f} words within lines were not read, most at {where}"


def _full(image: PageImage, words: Sequence[Word], ink: bytes) -> Iterator[Box]:
    """Yield the gaps of a line of text that are as full of strokes as its words."""
    telling = [word.box for word in words if is_telling(word)]
    if len(telling) < LEAST_IN_LINE:
        return
    usual = fmean(_density(image, box, ink) for box in telling)
    height = median(word.box.height for word in words)
    for before, after in pairwise(sorted(words, key=lambda word: word.box.left)):
        gap = _between(before.box, after.box)
        if not (_says_something(before) and _says_something(after)):
            continue
        is_wide = WIDE * height < gap.width < WIDEST * height
        if is_wide and _density(image, gap, ink) > AS_DENSE * usual:
            yield gap


def _between(before: Box, after: Box) -> Box:
    return Box(before.right + SIDE, before.top, after.left - SIDE, before.bottom)


def _says_something(word: Word) -> bool:
    return any(map(str.isalnum, word.text))


def _density(image: PageImage, box: Box, ink: bytes) -> float:
    """Return the strokes a pixel of a box's rows, where small letters are."""
    top, bottom = (box.top + round(share * box.height) for share in BAND)
    left, right = max(0, box.left), min(image.width, box.right)
    rows = range(max(0, top), min(image.height, bottom))
    if not rows or left >= right:
        return 0.0
    starts = (row * image.width for row in rows)
    strokes = sum(
        (b"\0" + image.pixels[start + left : start + right].translate(ink)).count(STROKE)
        for start in starts
    )
    return strokes / (len(rows) * (right - left))
