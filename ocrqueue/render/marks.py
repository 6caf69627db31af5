"""What is left of an almost empty page without what a scanner adds; runs in the child only.

Shadows at the edges, punch holes, streaks and specks make a blank back look full. What is left
decides; a single faint line of text is left.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import NamedTuple

from PIL import Image, ImageChops, ImageFilter

from ocrqueue.text.ink_rows import STROKE, pieces

LONG_SIDE = 1170  # pixels that the page is reduced to: 100 an inch for A4, 4 a millimetre
MILLIMETRE = LONG_SIDE / 297
CELL = 16  # pixels; tones that change more slowly are paper, however dark
LEAST_CONTRAST = 13  # grey levels; noise of scanners is below, once pixels are averaged
MOST_RUNS = 4000  # of dark pixels in all rows; a page with more is not empty
ROWS = 200  # that show whether a page is full of print
EDGE, PRINTED = 2, 90  # pixels from paper to print, and grey levels; shadows and noise change less
FULL = 3  # times as many runs
MARGIN = round(5 * MILLIMETRE)  # at each edge, where printers cannot print and scanners see shadows
DARK_EDGE = 0.5  # share of a row or column at an edge that is a scanner's shadow
LONG_SHADOW = 0.25  # share of the page along which a shadow runs that does not touch its edge
DEEPEST = 20 * MILLIMETRE  # that a shadow reaches beyond the margin
HOLE = (3 * MILLIMETRE, 14 * MILLIMETRE)
HOLE_REACH = 23 * MILLIMETRE  # from the margin to a hole's middle
SPECK = round(0.8 * MILLIMETRE)
BAND = round(5 * MILLIMETRE)  # the height of a line of print
FEW = 8  # specks in a band that are dust; marks in a band that are no line of print
PEN = 8 * MILLIMETRE  # a mark so long is no speck: somebody drew a line, or signed
STREAK = (1.5 * MILLIMETRE, 0.4)  # at most so thick, at least so long (share of the page)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What an almost empty page has of its own."""

    share: float  # of its pixels, 0 to 1
    has_line: bool  # so many marks beside each other that they may be print
    has_pen: bool  # a mark as long as a pen's


class Mark(NamedTuple):
    """Dark pixels that hang together: a letter, a speck, a hole."""

    left: int
    top: int
    right: int  # the first column outside
    bottom: int  # the first row outside
    area: int  # pixels

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.bottom - self.top


def content(grey: Image.Image) -> Content | None:
    """Return what is left of a grey page without what a scanner adds; None: it is not empty."""
    if _is_full(grey):
        return None
    scale = min(1.0, LONG_SIDE / max(grey.size))
    width, height = (max(1, round(side * scale)) for side in grey.size)
    small = grey.resize((width, height), Image.Resampling.BOX)
    if min(width, height) <= 4 * MARGIN:
        return None
    inner = (MARGIN, MARGIN, width - MARGIN, height - MARGIN)
    dark = _contrast(small).crop(inner).point(lambda value: 255 * (value >= LEAST_CONTRAST))
    dark = dark.crop(_within_shadows(dark))
    marks = _marks(dark)
    if marks is None:
        return None
    own = _without_dust([mark for mark in marks if not _is_of_scanner(mark, dark.size)])
    bands = Counter(mark.top // BAND for mark in own)
    return Content(
        share=sum(mark.area for mark in own) / (width * height),
        has_line=max(bands.values(), default=0) > FEW,
        has_pen=any(max(mark.width, mark.height) >= PEN for mark in own),
    )


def _is_full(grey: Image.Image) -> bool:
    """Whether a few rows show that a page is full of print: all else here would take longer."""
    if grey.width <= EDGE:
        return False
    rows = grey.resize((grey.width, ROWS), Image.Resampling.NEAREST)
    here, beyond = (rows.crop((at, 0, grey.width - EDGE + at, ROWS)) for at in (0, EDGE))
    edges = sum(ImageChops.subtract(here, beyond).histogram()[PRINTED:]) / EDGE
    return edges * LONG_SIDE > FULL * MOST_RUNS * ROWS


def _contrast(small: Image.Image) -> Image.Image:
    """Return how far each pixel is from the tone of the paper around it."""
    cells = (max(1, small.width // CELL), max(1, small.height // CELL))
    paper = small.resize(cells, Image.Resampling.BOX).filter(ImageFilter.MedianFilter(5))
    return ImageChops.difference(paper.resize(small.size, Image.Resampling.BILINEAR), small)


def _within_shadows(dark: Image.Image) -> tuple[int, int, int, int]:
    """Return the box within shadows along the edges, which may meet in the corners."""
    rows = dark.resize((1, dark.height), Image.Resampling.BOX).tobytes()
    columns = dark.resize((dark.width, 1), Image.Resampling.BOX).tobytes()
    left, right = _depth(columns), dark.width - _depth(columns[::-1])
    return left, _depth(rows), right, dark.height - _depth(rows[::-1])


def _depth(means: bytes) -> int:
    """Return how many rows or columns from the edge are mostly dark, as far as a shadow reaches."""
    deepest = round(DEEPEST)
    return next((at for at, mean in enumerate(means[:deepest]) if mean < 255 * DARK_EDGE), deepest)


def _marks(dark: Image.Image) -> list[Mark] | None:
    """Return the marks of a black and white image; None: there are too many for an empty page."""
    pixels, width = dark.tobytes().replace(b"\xff", b"\1"), dark.width
    rows = [pixels[start : start + width] for start in range(0, len(pixels), width)]
    if sum((b"\0" + row).count(STROKE) for row in rows) > MOST_RUNS:
        return None  # told at once: of a page of print, the rest would be a third of its drawing
    return list(starmap(Mark, pieces(rows)))


def _is_of_scanner(mark: Mark, size: tuple[int, int]) -> bool:
    return _is_shadow(mark, size) or _is_hole(mark, size) or _is_streak(mark, size)


def _is_shadow(mark: Mark, size: tuple[int, int]) -> bool:
    """Whether the mark comes from an edge, or runs along it, and does not reach far."""
    width, height = size
    across, down = mark.width / width, mark.height / height
    ends = (  # how far it is from an edge and reaches away from it, and its share along it
        (mark.left, mark.right, down),
        (width - mark.right, width - mark.left, down),
        (mark.top, mark.bottom, across),
        (height - mark.bottom, height - mark.top, across),
    )
    return any(
        reach <= DEEPEST and (away == 0 or along >= LONG_SHADOW) for away, reach, along in ends
    )


def _is_hole(mark: Mark, size: tuple[int, int]) -> bool:
    low, high = HOLE
    if not (low <= mark.width <= high and low <= mark.height <= high):
        return False
    across, down = (mark.left + mark.right) / 2, (mark.top + mark.bottom) / 2
    reach = min(across, down, size[0] - across, size[1] - down)
    is_round = 0.7 <= mark.width / mark.height <= 1.4  # noqa: PLR2004 - and drawn askew
    is_full = mark.area >= 0.5 * mark.width * mark.height  # a disc has 0.79, and a halo
    return reach <= HOLE_REACH and is_round and is_full


def _is_streak(mark: Mark, size: tuple[int, int]) -> bool:
    thick, long = STREAK
    return (mark.width <= thick and mark.height >= long * size[1]) or (
        mark.height <= thick and mark.width >= long * size[0]
    )


def _without_dust(marks: Sequence[Mark]) -> list[Mark]:
    """Return the marks without specks; many of them in a row are a line of faint print."""
    specks = [mark for mark in marks if max(mark.width, mark.height) <= SPECK]
    bands = Counter(speck.top // BAND for speck in specks)
    dust = {id(speck) for speck in specks if bands[speck.top // BAND] <= FEW}
    return [mark for mark in marks if id(mark) not in dust]
