"""Dots that lead from an entry of contents to its page number: an engine reads them as anything.

It makes words of them ("eee", "2.0.0."), or loses the numbers behind them, or takes these for a
column of their own. So they are wiped off the page, and without them the engine reads the entries,
once told that they are lines. Where they stay, what was made of them is taken out of the words.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from statistics import median

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.ink_coverage import DARK, ink_table, paper_tone
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Word
from ocrqueue.text.hocr.second_reading import Ask, cut_out, joined, within
from ocrqueue.text.hocr.text_lines import letters_read
from ocrqueue.text.ink_rows import dots, strokes_in

LARGEST = 0.025  # inches a dot is wide and high
ABOVE, BELOW = 0.05, 0.02  # inches free over the dots and under them; letters have ink there
STEP = 2  # a row of so many is looked at; dots are as high
LEAST_LINES = 4
FLUSH = 0.15  # inches between the ends of two lines' dots
MOST_RAGGED = 0.2  # share of lines that end elsewhere; an index of two columns has half
OVER, UNDER = 1.6, 0.8  # steps from line to line that belong to the contents: a chapter has no dots
AS_MUCH = 0.9  # of the letters that were read there before
SURE = 75.0  # confidence of a word that is none of dots
ON_DOTS = 0.8  # share of such a word's width
GLUED = 0.2  # the same, of a word that dots hang on to
UNSURE = 40.0  # confidence; words between a title and its page number have more
HOPELESS = 25.0
PROVEN = 60.0  # of a word of the title, or of a page number
MOST_LETTERS = 4  # different ones in nonsense; "Containers" has more
LONG_TAIL = 4  # hopeless words at the end of a line whose page number was swallowed too
# Six and more, up to so many pixels wide, and so far apart: in a row of pixels, where 1 is ink.
_DOTS = re.compile(rb"(?<!\x01)\x01{1,8}+(?:\x00{1,50}+\x01{1,8}+(?!\x01)){5,}+")
_LAST_NUMBER = re.compile(r"\d{1,4}|[ivxlc]{1,8}", re.IGNORECASE)
_SIGNS = re.compile(r"[.…·•_-]+")
# What Tesseract makes of dots: "eee", "cece", "sseeeens".
_LETTERS = re.compile(r"[abceilnorstuv.…·•~'\"“”*:,_-]+", re.IGNORECASE)
# And: "0.0.0...", "2...", "0000000002"; no text has these.
_FILLING = re.compile(r"(?=\d*+(?:\.\d++)*+\.\.)[\d.]++|0{4,}\d{0,2}[a-z]?|(?:\d\.){3,}\d?")
# "00.", "2.": these only where nobody believes in them.
_ZEROS = re.compile(r"0[0.]*+(?:[a-z]{1,2}\.*+)?|\d+\.|\d(?:\.\d){2}\.*")
_GLUED = re.compile(r"(?<=\w)[.…·]{2,}$")
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


def cleared(page: PageLayout, image: PageImage, ink: bytes) -> PageLayout:
    """Return the page without what the engine made of dots, and words as they are without these."""
    return page.with_lines(lambda line: _without_dots(line, image, ink))


def _without_dots(line: Line, image: PageImage, ink: bytes) -> Line | None:
    if all(word.confidence >= SURE for word in line.words):
        return line
    spans = _spans(line, image, ink)
    words = tuple(kept for word in line.words if (kept := _kept(word, spans)))
    return replace(line, words=words) if words else None


def _kept(word: Word, spans: Sequence[_Span]) -> Word | None:
    """Return a word without the dots that hang on to it; None where it is nothing but dots.

    How unsure the engine was, it was of the dots: nothing speaks against what is left.
    """
    left, right = word.box.left, word.box.right
    common = [min(right, end) - max(left, begin) for begin, end in spans]
    share = sum(max(0, each) for each in common) / max(1, right - left)
    if word.confidence >= SURE or share < GLUED:
        return word
    text = word.text.rstrip(".…·•")
    return word._replace(text=text, confidence=SURE) if text and share < ON_DOTS else None


def _spans(line: Line, image: PageImage, ink: bytes) -> list[_Span]:
    """Return from where to where dots go in the row of a line that has most of them."""
    left, right = max(0, line.box.left), min(image.width, line.box.right)
    most: list[Sequence[int]] = []
    bottom = min(image.height, line.box.bottom)
    for row in range((line.box.top + line.box.bottom) // 2, bottom, 2):
        start = row * image.width
        inked = image.pixels[start + left : start + max(left, right)].translate(ink)
        places = [left + place for place in strokes_in(inked)]
        most = max(most, [*dots(places, row, image, ink)], key=lambda runs: sum(map(len, runs)))
    return [(run[0], run[-1] + run[1] - run[0]) for run in most]


def without_leaders(words: Sequence[Word]) -> tuple[Word, ...]:
    """Return the words of a line without the nonsense between a title and its page number."""
    if len(words) < 2:  # noqa: PLR2004
        return tuple(words)
    last = words[-1]
    if last.confidence < PROVEN or not _LAST_NUMBER.fullmatch(last.text):
        return _without_tail(words)
    end = len(words) - 1
    while end and _is_leader(words[end - 1]):
        end -= 1
    title = [*words[:end]]
    if title:
        title[-1] = title[-1]._replace(text=_GLUED.sub("", title[-1].text))
    return (*title, last)


def _without_tail(words: Sequence[Word]) -> tuple[Word, ...]:
    end = len(words)
    while end and words[end - 1].confidence < HOPELESS:
        end -= 1
    long = len(words) - end >= LONG_TAIL
    titled = any(word.confidence >= PROVEN for word in words[:end])
    return tuple(words[:end]) if long and titled else tuple(words)


def _is_leader(word: Word) -> bool:
    if _SIGNS.fullmatch(word.text) or _FILLING.fullmatch(word.text):
        return True
    if word.confidence < HOPELESS and _ZEROS.fullmatch(word.text):
        return True
    few = len(set(word.text.lower())) <= MOST_LETTERS
    return few and word.confidence < UNSURE and _LETTERS.fullmatch(word.text) is not None
