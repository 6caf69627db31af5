"""What a letter looks like: a grid of samples that can be held against another one's."""

from functools import cache
from operator import itemgetter

from ocrqueue.model.page import PageImage

GRID = 12  # samples across and down a letter
SMALLEST = 4  # pixels of a side that shows a shape
CONTRAST = 40  # of 255 between ink and paper

Shape = int  # a bit for each sample, 1: dark


def shape(image: PageImage, box: tuple[float, float, float, float]) -> Shape:
    """Return what stands in a box of a grey page (left, top, right, bottom); 0 for nothing."""
    left, top = max(0, round(box[0])), max(0, round(box[1]))
    right, bottom = min(image.width, round(box[2])), min(image.height, round(box[3]))
    if right - left < SMALLEST or bottom - top < SMALLEST:
        return 0
    columns = itemgetter(*((2 * at + 1) * (right - left) // (2 * GRID) for at in range(GRID)))
    rows = [top + (2 * at + 1) * (bottom - top) // (2 * GRID) for at in range(GRID)]
    starts = [row * image.width + left for row in rows]
    sampled = [
        level for start in starts for level in columns(image.pixels[start : start + right - left])
    ]
    darkest, brightest = min(sampled), max(sampled)
    if brightest - darkest < CONTRAST:
        return 0
    return int(bytes(sampled).translate(_below((darkest + brightest) // 2)), 2)


def apart(one: Shape, other: Shape) -> float:
    """Return the share of the samples in which two shapes differ, 0 to 1."""
    return (one ^ other).bit_count() / GRID**2


def flipped(one: Shape) -> Shape:
    """Return a shape upside down, its left side left."""
    rows = f"{one:0{GRID**2}b}"
    return int("".join(rows[at : at + GRID] for at in range(0, GRID**2, GRID)[::-1]), 2)


@cache
def _below(middle: int) -> bytes:
    """Return the table that maps what is darker than a brightness to "1", the rest to "0"."""
    return b"1" * middle + b"0" * (256 - middle)
