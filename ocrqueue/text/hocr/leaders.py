"""Lines of dots, as they lead from a title to its page number: an engine reads them as anything."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.layout import Line, PageLayout, Word
from ocrqueue.text.ink_rows import strokes_in

LEAST_DOTS = 4  # in a row at equal distances; the strokes of letters never are, for so long
FARTHEST = 0.3  # inches from dot to dot
CLEAR = (0.028, 0.045)  # inches above a dot and below that are paper; small letters are higher
SURE = 75.0  # confidence of a word that is none of dots
ON_DOTS = 0.8  # share of such a word's width
GLUED = 0.2  # the same, of a word that dots hang on to
_Span = tuple[int, int]


def dots(places: Sequence[int], row: int, image: PageImage, ink: bytes) -> Iterator[Sequence[int]]:
    """Yield the strokes of a row of a grey image that are dots; `ink` maps brightness to 1 or 0."""
    dpi = image.dpi or 200
    for found in _evenly(places, FARTHEST * dpi):
        beside = (row + side * round(off * dpi) for off in CLEAR for side in (-1, 1))
        starts = (y * image.width for y in beside if 0 <= y < image.height)
        bands = (image.pixels[start + found[0] : start + found[-1]] for start in starts)
        if not any(1 in band.translate(ink) for band in bands):
            yield found


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


def _evenly(places: Sequence[int], farthest: float) -> Iterator[Sequence[int]]:
    """Yield what stands in a row at equal distances, give or take a pixel."""
    first = 0
    for at in range(1, len(places) + 1):
        gaps = [b - a for a, b in pairwise(places[max(first, at - 2) : at + 1])]
        if at == len(places) or gaps[-1] > farthest or gaps[-1] - gaps[0] not in {-1, 0, 1}:
            if at - first >= LEAST_DOTS:
                yield places[first:at]
            first = at - 1
