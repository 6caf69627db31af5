"""Words that are lost inside lines: something stands between or over words, and is no word.

A stamp, a pen's line or a stain takes single words out of lines that are read well and surely
otherwise: what is left are gaps that are as full of strokes as the words beside them. A blot or a
black bar leaves gaps that are dark all over, at the ends of lines and between them too. And a line
that runs along a side may be read from the wrong one.

Of 234 pages with print that was read surely, one is doubted, and it lost a quarter of its words; 13
more have gaps, at formulas, at signs beside names and where letters were lost.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress, pairwise
from statistics import fmean, median

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.ink_coverage import (
    DARK,
    DARKER,
    LEAST_STEEP,
    STEEP,
    SURE,
    ink_table,
    is_steep,
)
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Word
from ocrqueue.text.hocr.text_lines import UNSURE, is_telling, lines, upright_lines
from ocrqueue.text.ink_rows import STROKE, strokes_in

WIDE = 1.5  # of a line's height; gaps between words are narrower
WIDEST = 20.0  # what is wider lies between columns
WORD = 3.0  # of a line's height: the width of a word and the space beside it
BAND = (0.3, 0.75)  # of a line's height: where small letters are, above leaders and underscores
AS_DENSE = 0.5  # strokes in a gap, of those in the words beside it
SIDE = 2  # pixels beside a word that are its own
LEAST_SEEN = 3  # strokes of print that can be seen under what lies over it
LEAST_STRUCK = 10  # letters; hyphens stand in shorter words
LEAST_WORDS = 3.0  # fewer may be signs that no engine knows
LEAST_SHARE = 0.015  # of the page's words
LEAST_TURNED = 8  # words in a line up the page; the axis of a chart has five, and is often unsure
ON_PANEL = 0.8  # share of the pixels above and below a word that are dark
SHADES, EVEN = 20, 0.8  # grey levels around the usual one, in which so much of a blot lies
LINKS = frozenset("-—–~")  # what a pen's stroke through a line is read as, between its words ...
OTHERS = frozenset("/@._<>=$#")  # of addresses and of programs
LEAST_LINKS = 2  # ... so often; names of programs and options have one, or begin so, or digits
TALLEST = 20.0  # of a line's height; what is dark over more is a panel
BETWEEN = (0.8, 4.0)  # of a line's height: what two lines leave free, where some may be lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Inked:
    """A grey page as paper (0) and ink (1)."""

    width: int
    height: int
    pixels: bytes

    @classmethod
    def of(cls, image: PageImage, share: float = DARK) -> "Inked":
        """Take what is darker than this share of the paper's brightness for ink."""
        pixels = image.pixels.translate(ink_table(image.pixels, share))
        return cls(width=image.width, height=image.height, pixels=pixels)

    def strokes(self, row: int) -> list[int]:
        """Return where in a row of pixels strokes begin."""
        return list(strokes_in(self.pixels[row * self.width : (row + 1) * self.width]))

    def rows(self, box: Box) -> list[bytes]:
        """Return a box's rows, where small letters are; none where nothing of it is on the page."""
        top, bottom = (box.top + round(share * box.height) for share in BAND)
        left, right = max(0, box.left), min(self.width, box.right)
        if left >= right:
            return []
        starts = range(max(0, top) * self.width, min(self.height, bottom) * self.width, self.width)
        return [self.pixels[start + left : start + right] for start in starts]


def doubt(image: PageImage, page: PageLayout) -> str:
    """Return why words within the lines of a grey page are probably lost; "" where none are."""
    ink, cover = Inked.of(image), Inked.of(image, DARKER)
    texts = upright_lines(page)
    found = [full for line in texts for full in _full(line, ink)]
    found += [(n, at) for n, at in _covered(page, texts, cover) if n and _is_blot(image, cover, at)]
    found += [(one.box.width / (WORD * one.box.height), one.box) for one in _struck(texts)]
    lost = sum(words for words, _ in found)
    if lost < max(LEAST_WORDS, LEAST_SHARE * len(page.words)):
        return "text along a side could not be read" if any(map(_is_illegible, lines(page))) else ""
    _, most = max(found)
    where = f"{most.left}, {most.top} of {page.box.width} x {page.box.height} pixels"
    return f"some {lost:.0f} words within lines were not read, most at {where}"


def _is_illegible(line: Line) -> bool:
    """Whether a line runs up or down the page and was not read as such: upside down, or turned."""
    is_turned = line.box.height > line.box.width and len(line.words) >= LEAST_TURNED
    return is_turned and fmean(word.confidence for word in line.words) < UNSURE


def _struck(texts: Sequence[Line]) -> Iterator[Word]:
    """Yield words that a stroke through them has made one, of which nobody is sure."""
    for word in (word for line in texts for word in line.words if word.confidence < UNSURE):
        text = word.text.strip(".,;:")
        links = sum(sign in LINKS for sign in text[1:-1])
        known = text[:1] in LINKS or OTHERS & set(text) or any(map(str.isdigit, text))
        if links >= LEAST_LINKS and len(text) > LEAST_STRUCK and not known:
            yield word


def _full(line: Line, ink: Inked) -> Iterator[tuple[float, Box]]:
    """Yield how many words the gaps of a line of text are wide that are as full of strokes."""
    words = line.words
    usual = fmean(_strokes(ink, word.box) for word in words if is_telling(word))
    height = median(word.box.height for word in words)
    for before, after in pairwise(sorted(words, key=lambda word: word.box.left)):
        gap = _between(before.box, after.box)
        if not (_says_something(before) and _says_something(after)):
            continue
        is_wide = WIDE * height < gap.width < WIDEST * height
        if is_wide and _strokes(ink, gap) > AS_DENSE * usual:
            yield gap.width / (WORD * height), gap


def _covered(page: PageLayout, texts: Sequence[Line], cover: Inked) -> Iterator[tuple[float, Box]]:
    """Yield how many words may lie under what is dark all over, and where."""
    telling = {id(line) for line in texts}
    for block in page.blocks:
        there = [line for paragraph in block for line in paragraph.lines if id(line) in telling]
        if not there:
            continue
        lefts, rights = ([one.box[side] for one in there] for side in (0, 2))
        column = Box(round(median(lefts)), 0, round(median(rights)), 0)
        for line in there:
            yield from _under(line, column, cover)
        for above, below in pairwise(there):
            between = Box(column.left, above.box.bottom, column.right, below.box.top)
            low, high = (share * above.box.height for share in BETWEEN)
            ends = above.words[0].box, below.words[0].box
            is_margin = any(_is_on_panel(cover, box) for box in ends)
            if low < between.height < high and not is_margin:
                words = _solid(cover, between, above.box.height)
                if words and not _has_read(page, between):
                    yield words, between


def _under(line: Line, column: Box, cover: Inked) -> Iterator[tuple[float, Box]]:
    """Yield the same for the gaps and the ends of a line, as far as its column reaches."""
    sure = [word.box for word in line.words if word.confidence >= SURE and _says_something(word)]
    height = max(1, round(median(box.height for box in sure)))
    left, right = (Box(x, line.box.top, x, line.box.bottom) for x in (column.left, column.right))
    for before, after in pairwise([left, *sorted(sure), right]):
        gap = _between(before, after)
        if gap.width > height and not any(_is_on_panel(cover, box) for box in (before, after)):
            yield _solid(cover, gap, height), gap


def _has_read(page: PageLayout, box: Box) -> bool:
    """Whether surely read words stand in a box: what is dark there is their panel."""
    return any(box.holds(word.box) and word.confidence >= SURE for word in page.words)


def _between(before: Box, after: Box) -> Box:
    return Box(before.right + SIDE, before.top, after.left - SIDE, before.bottom)


def _says_something(word: Word) -> bool:
    return any(map(str.isalnum, word.text))


def _strokes(ink: Inked, box: Box) -> float:
    """Return the strokes a pixel of a box's rows, where small letters are."""
    rows = ink.rows(box)
    found = sum((b"\0" + row).count(STROKE) for row in rows)
    return found / (len(rows) * len(rows[0])) if rows else 0.0


def _is_on_panel(cover: Inked, box: Box) -> bool:
    """Whether a word's ground is dark: so are the rows above and below it."""
    left, right = max(0, box.left), min(cover.width, box.right)
    rows = (row for row in (box.top - SIDE, box.bottom + SIDE) if 0 <= row < cover.height)
    starts = (row * cover.width for row in rows)
    dark = [cover.pixels[start + left : start + right].count(1) for start in starts]
    return right > left and bool(dark) and min(dark) > ON_PANEL * (right - left)


def _is_blot(image: PageImage, cover: Inked, box: Box) -> bool:
    """Whether what is dark in a box has one tone, as photographs have not, and ends as blots do."""
    start, width = (box.top + box.bottom) // 2 * image.width, image.width
    there = slice(start + max(0, box.left), start + min(width, box.right))
    dark = sorted(compress(image.pixels[there], cover.pixels[there]))
    usual = dark[len(dark) // 2] if dark else 0
    is_even = sum(abs(tone - usual) <= SHADES for tone in dark) >= EVEN * len(dark)
    if not is_even and not _is_over_print(image, there, usual):
        return False
    longest = max(cover.pixels[there].split(b"\0"), key=len)
    middle = there.start + cover.pixels[there].find(longest) + len(longest) // 2
    column = cover.pixels[middle % width :: width]
    above, below = column[: middle // width].rfind(0), column.find(0, middle // width)
    return above >= 0 and 0 <= below < above + TALLEST * box.height


def _is_over_print(image: PageImage, there: slice, tone: int) -> bool:
    """Whether what is darker than most of a row's part has edges, as print under a watermark."""
    part = image.pixels[there]
    starts = list(strokes_in(bytes(level < tone - 2 * SHADES for level in part)))
    row, left = divmod(there.start, image.width)
    depth = STEEP * (tone - min(part, default=0))
    steep = sum(is_steep(image, row, left + place, depth) for place in starts)
    return len(starts) >= LEAST_SEEN and steep >= LEAST_STEEP * len(starts)


def _solid(cover: Inked, box: Box, height: int) -> float:
    """Return how many words of this height have room where a box is dark without a break."""
    long = b"\1" * height
    dark = [
        sum(len(run) for run in row.split(b"\0") if len(run) >= height) if long in row else 0
        for row in cover.rows(box)
    ]
    return median(dark) / (WORD * height) if dark else 0.0  # a rule is in a few rows only
