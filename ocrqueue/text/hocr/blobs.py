"""Blobs of ink: what hangs together in a part of a grey page."""

from typing import NamedTuple

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.layout import Box
from ocrqueue.text.ink_rows import pieces, rows_in

LEAST_CONTRAST = 40  # grey levels between ground and ink; less is no print
GROUND = 0.6  # share of the pixels that are darker than the ground, at most
DARKEST = 0.02  # share of the pixels that are as dark as the ink is taken to be
INKED = 0.35  # of the way from the ground's tone to that of the ink; above, thin strokes break
SAMPLED = 1000  # pixels that the tones are told from


class Blob(NamedTuple):
    """A blob's box, in pixels of the page, and how many of its pixels are ink."""

    box: Box
    area: int


def blobs(image: PageImage, box: Box) -> list[Blob]:
    """Return the blobs of ink in a box from left to right, each whole as far as the box goes."""
    x, y = box.left, box.top
    return sorted(
        Blob(Box(x + left, y + top, x + right, y + bottom), area)
        for left, top, right, bottom, area in pieces(_inked(image, box))
    )


def _inked(image: PageImage, box: Box) -> list[bytes]:
    """Return the rows of a box as ground (0) and ink (1); none where there is no dark print."""
    rows = rows_in(image, box)
    pixels = b"".join(rows)
    levels = sorted(pixels[:: max(1, len(pixels) // SAMPLED)])
    if not levels:
        return []
    ground, dark = levels[int(len(levels) * GROUND)], levels[int(len(levels) * DARKEST)]
    if ground - dark < LEAST_CONTRAST:
        return []
    limit = ground - INKED * (ground - dark)
    table = bytes(level < limit for level in range(256))
    return [row.translate(table) for row in rows]
