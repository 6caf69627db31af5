"""Where on a page something is written, row by row; pure."""

from collections.abc import Iterator
from itertools import compress, count

from ocrqueue.model.page import PageImage

DARK = 140  # of 255; darker is ink
LEAST_SHARE = 0.004  # of a row's pixels, before it counts as written
MOST_SHARE = 0.6  # more is a line, a panel or the edge of a scan
STROKE = b"\0\1"  # where one begins: paper, then ink
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
