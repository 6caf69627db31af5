"""Where on a page something is written, row by row; pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, count, pairwise

from ocrqueue.model.page import PageImage

DARK = 140  # of 255; darker is ink
LEAST_SHARE = 0.004  # of a row's pixels, before it counts as written
MOST_SHARE = 0.6  # more is a line, a panel or the edge of a scan
STROKE = b"\0\1"  # where one begins: paper, then ink
LEAST_DOTS = 4  # in a row at equal distances; the strokes of letters never are, for so long
FARTHEST = 0.3  # inches from dot to dot
CLEAR = (0.028, 0.045)  # inches above a dot and below that are paper; small letters are higher
_RUN = re.compile(rb"\x01+")
_IS_DARK = bytes(value < DARK for value in range(256))


def written(image: PageImage) -> list[bool]:
    """Return for each row of pixels, from the top, whether something is written in it."""
    pixels, width = image.in_grey().pixels, image.width
    least, most = LEAST_SHARE * width, MOST_SHARE * width
    rows = (pixels[at : at + width] for at in range(0, width * image.height, width))
    return [least <= row.translate(_IS_DARK).count(1) <= most for row in rows]


def rows_in(image: PageImage, box: tuple[int, int, int, int]) -> list[bytes]:
    """Return the rows of a box of a grey page (left, top, right, bottom), which is all on it."""
    left, top, right, bottom = box
    starts = range(top * image.width, bottom * image.width, image.width)
    return [image.pixels[start + left : start + right] for start in starts]


def unread_below(image: PageImage, share: float) -> tuple[float, float]:
    """Return how much is written below a share of the height, and how far down that goes.

    Both are shares of the page's height; (0, 0) where nothing is.
    """
    rows = written(image)
    begin = round(share * image.height)
    places = list(compress(count(begin), rows[begin:]))
    return (len(places) / image.height, places[-1] / image.height) if places else (0.0, 0.0)


def strokes_in(row: bytes) -> Iterator[int]:
    """Yield where strokes begin in a row of paper (0) and ink (1)."""
    place = row.find(STROKE)
    while place >= 0:
        yield place
        place = row.find(STROKE, place + 1)


def dots(places: Sequence[int], row: int, image: PageImage, ink: bytes) -> Iterator[Sequence[int]]:
    """Yield the strokes of a row of a grey image that are dots; `ink` maps brightness to 1 or 0."""
    dpi = image.dpi or 200
    for found in _evenly(places, FARTHEST * dpi):
        beside = (row + side * round(off * dpi) for off in CLEAR for side in (-1, 1))
        starts = (y * image.width for y in beside if 0 <= y < image.height)
        bands = (image.pixels[start + found[0] : start + found[-1]] for start in starts)
        if not any(1 in band.translate(ink) for band in bands):
            yield found


def _evenly(places: Sequence[int], farthest: float) -> Iterator[Sequence[int]]:
    """Yield what stands in a row at equal distances, give or take a pixel."""
    first = 0
    for at in range(1, len(places) + 1):
        gaps = [b - a for a, b in pairwise(places[max(first, at - 2) : at + 1])]
        if at == len(places) or gaps[-1] > farthest or gaps[-1] - gaps[0] not in {-1, 0, 1}:
            if at - first >= LEAST_DOTS:
                yield places[first:at]
            first = at - 1


def pieces(rows: Iterable[bytes], least: int = 1) -> list[tuple[int, ...]]:
    """Return what hangs together in rows of paper (0) and ink (1), be it at a corner.

    Of a row, only what is inked over so many pixels at least.
    Of each: left, top, the first column and row outside, and how many pixels are ink.
    """
    found: list[list[int]] = []  # left, top, right, bottom, area
    parent: list[int] = []  # of a blob that proved to be a part of another one
    above: list[tuple[int, int, int]] = []  # the runs of ink in the row above, and their blobs
    for top, row in enumerate(rows):
        here = []
        first = 0
        for left, right in (run.span() for run in _RUN.finditer(row)):
            if right - left < least:
                continue
            while first < len(above) and above[first][1] < left:
                first += 1
            own, near = -1, first
            while near < len(above) and above[near][0] <= right:
                other = _root(parent, above[near][2])
                if own < 0:
                    own = other
                elif own != other:
                    parent[other] = own
                    _grow(found[own], found[other])
                near += 1
            run = [left, top, right, top + 1, right - left]
            if own < 0:
                own = len(found)
                parent.append(own)
                found.append(run)
            else:
                _grow(found[own], run)
            here.append((left, right, own))
        above = here
    return [tuple(found[at]) for at in range(len(found)) if parent[at] == at]


def _root(parent: list[int], at: int) -> int:
    while parent[at] != at:
        parent[at] = parent[parent[at]]  # long chains are gone through once
        at = parent[at]
    return at


def _grow(blob: list[int], part: Sequence[int]) -> None:
    blob[0] = min(blob[0], part[0])
    blob[1] = min(blob[1], part[1])
    blob[2] = max(blob[2], part[2])
    blob[3] = max(blob[3], part[3])
    blob[4] += part[4]
