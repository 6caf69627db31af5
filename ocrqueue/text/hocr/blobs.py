"""Blobs of ink: what hangs together in a part of a grey page."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.layout import Box
from ocrqueue.text.ink_rows import rows_in

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
        for (left, top, right, bottom), area in joined_runs(_inked(image, box), 1)
    )


def joined_runs(rows: Iterable[bytes], least: int) -> list[Blob]:
    """Return what hangs together in rows of ground (0) and ink (1), shorter runs left out."""
    long = re.compile(b"\1{%d,}" % least)
    found: list[list[int]] = []  # left, top, right, bottom, area
    parent: list[int] = []  # of a blob that proved to be a part of another one
    above: list[tuple[int, int, int]] = []  # the runs of ink in the row above, and their blobs
    for top, row in enumerate(rows):
        here = []
        first = 0
        for match in long.finditer(row):
            left, right = match.span()
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
    whole = (found[at] for at in range(len(found)) if parent[at] == at)
    return [Blob(Box(*sides), area) for *sides, area in whole]


def _root(parent: Sequence[int], at: int) -> int:
    while parent[at] != at:
        at = parent[at]
    return at


def _grow(blob: list[int], part: Sequence[int]) -> None:
    blob[0] = min(blob[0], part[0])
    blob[1] = min(blob[1], part[1])
    blob[2] = max(blob[2], part[2])
    blob[3] = max(blob[3], part[3])
    blob[4] += part[4]


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
