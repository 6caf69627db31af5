"""The digits and signs of numbers, as the blobs of ink that print them."""

import re
from collections.abc import Iterator, Sequence
from statistics import median
from typing import NamedTuple

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.layout import Box, Line, Word, around
from ocrqueue.text.ink_rows import pieces, rows_in

LARGEST = 60_000  # pixels of a number
SMALLEST = 6  # pixels high; in less, a point is no blob
BESIDE = 1.6  # of a number's height: how far beside it is looked
ABOVE = 0.25  # the same for what is above and below it: a comma's tail
# All that follows is in heights of a digit.
NEAR = 0.35  # how far a sign stands from its number
LEADERS = 1.2  # how far the dots of a line to a page number stand from each other, at most
HIGH = 0.55  # the least height of a digit, bracket or plus
DOT = 0.4  # the most height of a point or comma
FLAT, WIDE = 0.28, 0.22  # the height at most, and the width at least, of a minus
LONG = 1.4  # the least width of a minus, in its heights
MIDDLE = (0.2, 0.75)  # above the line, where a minus stands
SPECK = 0.011  # area of what is no sign; points have 0.013 and more
LOW, LEAST_COMMA = 0.12, 0.27  # how far a comma reaches below the line, and its height
PLUS, BAR = 0.35, 0.35  # the least height of the plus, and width of the bar, of a plus-minus
SAME = 1.2  # the most height of a plus-minus that is one blob
LEAST_ROWS = 10  # pixels high, to be looked at
SLICES = ((0.0, 0.1), (0.2, 0.6), (0.5, 0.9), (0.88, 1.0))  # a four has its bar in the third one
FULL, STEM = 0.8, 0.5  # shares of its width: of its bars at least, and of what is between at most
ALIKE = 0.45  # share of the narrower one's width in which blobs stand above each other
LEAST_CONTRAST = 40  # grey levels between ground and ink; less is no print
GROUND = 0.6  # share of the pixels that are darker than the ground, at most
DARKEST = 0.02  # share of the pixels that are as dark as the ink is taken to be
INKED = 0.35  # of the way from the ground's tone to that of the ink; above, thin strokes break
SAMPLED = 1000  # pixels that the tones are told from

DIGIT, POINT, COMMA, MINUS, PLUS_MINUS, ODD = "d", ".", ",", "-", "\u00b1", "?"
DOTS = POINT + COMMA
DASHES = "~\u2013\u2014\u2212-"
SMALL = ".,'\u00b7_\u2018\u2019" + DASHES  # signs that are no digit, bracket or letter


class Blob(NamedTuple):
    """A blob's box, in pixels of the page, and how many of its pixels are ink."""

    box: Box
    area: int


class PrintedSign(NamedTuple):
    """A digit or sign as it is printed, in pixels of the page; `kind` is one of those above.

    A bracket or a letter counts as a digit; a point may be what print has left of a comma.
    """

    kind: str
    box: Box
    size: float  # area, in squares of a digit's height

    @property
    def middle(self) -> float:
        """Where it stands, from the left."""
        return (self.box.left + self.box.right) / 2


def of_line(
    image: PageImage, line: Line, wanted: re.Pattern[str]
) -> Iterator[tuple[Word, list[PrintedSign]]]:
    """Yield the words of a line that are `wanted`, and what each consists of.

    Only those whose digits and signs can be told from each other; with the signs beside them.
    """
    edges = zip((None, *line.words[:-1]), line.words, (*line.words[1:], None), strict=True)
    for before, word, after in edges:
        size = word.box.width * word.box.height
        if size <= LARGEST and word.box.height >= SMALLEST and wanted.fullmatch(word.text):
            start = before.box.right if before and before.box.right <= word.box.left else None
            end = after.box.left if after and after.box.left >= word.box.right else None
            if marks := _marks(image, word.box, start, end):
                yield word, marks


def _marks(image: PageImage, box: Box, before: int | None, after: int | None) -> list[PrintedSign]:
    """Return the marks of a word, [] where they cannot be told; it stands between two others."""
    reach, above = round(BESIDE * box.height), max(3, round(ABOVE * box.height))
    there = Box(
        max(0, box.left - reach, before or 0),
        max(0, box.top - above),
        min(image.width, box.right + reach, image.width if after is None else after),
        min(image.height, box.bottom + above),
    )
    found = [one for one in _blobs(image, there) if _is_inside(one.box, there)]
    own = (one.box for one in found if box.left <= _middle(one.box) < box.right)
    tall = [one for one in own if 2 * one.height >= box.height]
    if not tall:
        return []
    high, base = median(one.height for one in tall), median(one.bottom for one in tall)
    large = [one for one in found if one.area >= SPECK * high * high]
    marks = [_joined(image, _mark(group, high, base), high) for group in _stacked(large, high)]
    inside = [at for at, mark in enumerate(marks) if box.left <= mark.middle < box.right]
    if not inside or any(marks[at].kind == ODD for at in inside):
        return []
    start, end = inside[0], inside[-1] + 1
    start -= start > 0 and _begins(marks[start - 1], marks[start], high, before)
    start += _is_leader(marks[start], found, high)
    end += end < len(marks) and _ends(marks[end - 1], marks[end], after)
    return marks[start:end]


def _blobs(image: PageImage, box: Box) -> list[Blob]:
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


def _is_inside(box: Box, there: Box) -> bool:
    """Whether a blob ends before the edges: what reaches them goes on outside."""
    is_between = there.left < box.left and box.right < there.right
    return is_between and there.top < box.top and box.bottom < there.bottom


def _middle(box: Box) -> float:
    return (box.left + box.right) / 2


def _stacked(found: Sequence[Blob], high: float) -> list[list[Blob]]:
    """Return the blobs from left to right, those above each other together, as a percent sign's."""
    groups: list[list[Blob]] = []
    for blob in found:
        if groups and _is_above(around([one.box for one in groups[-1]]), blob.box, high):
            groups[-1].append(blob)
        else:
            groups.append([blob])
    return groups


def _is_above(one: Box, other: Box, high: float) -> bool:
    shared = min(one.right, other.right) - max(one.left, other.left)
    if shared < ALIKE * min(one.width, other.width):
        return False
    # A point may stand below the arm of a seven.
    is_dot = max(other.height, other.width) <= DOT * high
    return not (is_dot and one.height >= HIGH * high and other.top >= one.top + high / 2)


def _mark(group: Sequence[Blob], high: float, base: float) -> PrintedSign:
    box = around([blob.box for blob in group])
    kind = PLUS_MINUS if _is_plus_minus(group, high) else _kind(box, high, base)
    return PrintedSign(kind, box, sum(blob.area for blob in group) / high**2)


def _joined(image: PageImage, sign: PrintedSign, high: float) -> PrintedSign:
    """Return what looks like a digit as the plus-minus that it is, where that is one blob."""
    box = sign.box
    is_large = box.height >= LEAST_ROWS and BAR * high <= box.width
    if sign.kind != DIGIT or not is_large or box.height > high * SAME:
        return sign
    rows = rows_in(image, box)
    limit = (max(map(max, rows)) + min(map(min, rows))) / 2
    dark = bytes(level < limit for level in range(256))
    share = [row.translate(dark).count(1) / box.width for row in rows]
    top, plus, stem, bar = (
        share[round(start * len(share)) : round(end * len(share))] for start, end in SLICES
    )
    is_one = min(max(plus), max(bar)) >= FULL and max(*top, min(stem)) <= STEM
    return sign._replace(kind=PLUS_MINUS) if is_one else sign


def _is_plus_minus(group: Sequence[Blob], high: float) -> bool:
    if len(group) != 2:  # noqa: PLR2004
        return False
    plus, bar = sorted((blob.box for blob in group), key=lambda box: box.top)
    is_bar = bar.height <= FLAT * high and bar.width >= BAR * high and bar.top >= plus.bottom - 1
    return is_bar and plus.height >= PLUS * high and bar.width / 2 <= plus.width < 2 * bar.width


def _kind(box: Box, high: float, base: float) -> str:
    if box.height >= HIGH * high:
        return DIGIT
    above = base - (box.top + box.bottom) / 2
    is_flat = box.height <= FLAT * high and box.width >= max(WIDE * high, LONG * box.height)
    if is_flat and MIDDLE[0] * high <= above <= MIDDLE[1] * high:
        return MINUS
    if max(box.height, box.width) > DOT * high or box.top < base - DOT * high:
        return ODD
    is_comma = box.bottom - base >= LOW * high and box.height >= LEAST_COMMA * high
    return COMMA if is_comma else POINT


def _begins(sign: PrintedSign, first: PrintedSign, high: float, before: int | None) -> bool:
    """Whether a sign belongs to the number that begins with the first digit."""
    gap = first.box.left - sign.box.right
    if first.kind != DIGIT or sign.kind in {DIGIT, ODD} or gap > NEAR * high:
        return False
    return before is None or sign.box.left - before > max(gap, NEAR * high)


def _is_leader(sign: PrintedSign, found: Sequence[Blob], high: float) -> bool:
    """Whether a point is one of those that lead to a page number; specks there are others."""
    rest = (sign.box.left - blob.box.right for blob in found if blob.box.height <= DOT * high)
    return sign.kind in DOTS and any(0 < gap < LEADERS * high for gap in rest)


def _ends(last: PrintedSign, sign: PrintedSign, after: int | None) -> bool:
    """Whether a sign is the plus-minus behind the number that ends with the last digit."""
    is_near = after is None or sign.middle - last.box.right <= after - sign.middle
    return sign.kind == PLUS_MINUS and is_near
