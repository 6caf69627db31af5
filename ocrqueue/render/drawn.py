"""Looks through what a PDF page draws: its straight lines, and what a picture of it covers.

Runs in the child only.
"""

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import Any, NamedTuple

import pypdfium2
from pypdfium2 import raw

from ocrqueue.render.placing import Placing
from ocrqueue.text.layer.sheet import Rect

MOST_OBJECTS = 50_000  # of a page; a map may have more, and is no table
MOST_SEGMENTS = 50_000  # of all paths together
MOST_RULINGS = 4_000  # a full timetable has some 500
DEEPEST = 4  # forms in forms
MOST_PAIRS = 200_000  # of texts and pictures after them
COVERING = 0.6  # share of the page; text below such a picture is what some OCR left there
THIN = 1 / 200  # of the page's longer side: a filled rectangle that is thinner is a line
STRAIGHT = 1.0  # pixels a line may lean
LEAST_SQUARE, MOST_SQUARE = 12.0, 70.0  # pixels of a side of what may be a box to tick
MOST_POINTS = 250  # of such a square with round corners; browsers draw them with 160
ASKEW = 0.12  # of its longer side that the other one may lack
LEAST_SIDE = 0.3  # of a side is straight, between its corners
SHORTEST = 6.0  # pixels; the stem of a letter drawn as a path is shorter


@dataclass(slots=True)
class Drawn:
    """What was found; `covered` and `below` are addresses of text objects.

    The first are below a picture of the page, the others below one of a part of it.
    """

    rulings: tuple[Rect, ...] = ()
    covered: set[int] = field(default_factory=set)
    below: set[int] = field(default_factory=set)


class Matrix(NamedTuple):
    """What takes a point of a form to the page."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return the point on the page."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def within(self, inner: "Matrix") -> "Matrix":
        """Return the matrix of a form that stands in this one."""
        a, b = self.a * inner.a + self.c * inner.b, self.b * inner.a + self.d * inner.b
        c, d = self.a * inner.c + self.c * inner.d, self.b * inner.c + self.d * inner.d
        return Matrix(a, b, c, d, *self.point(inner.e, inner.f))


def look_through(page: pypdfium2.PdfPage, place: Placing) -> Drawn:
    """Return what the page draws beside its letters; of a page that draws too much, less."""
    drawn = Drawn()
    texts: list[tuple[Any, Matrix]] = []
    boxes: list[tuple[int, Rect | None]] = []  # of the texts, once a picture asks for them
    rulings: list[Rect] = []
    segments, pairs = MOST_SEGMENTS, MOST_PAIRS
    for number, (item, matrix) in enumerate(_objects(page)):
        if number > MOST_OBJECTS:
            break
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            texts.append((item, matrix))
        elif kind == raw.FPDF_PAGEOBJ_IMAGE and (image := _bounds(item, matrix, place)):
            pairs -= len(texts)
            if _share(image, place) > COVERING:
                drawn.covered.update(ctypes.addressof(text.contents) for text, _ in texts)
            elif pairs > 0:
                boxes += [
                    (ctypes.addressof(text.contents), _bounds(text, within, place))
                    for text, within in texts[len(boxes) :]
                ]
                drawn.below.update(text for text, box in boxes if box and _is_over(image, box))
        elif kind == raw.FPDF_PAGEOBJ_PATH and segments > 0:
            segments -= max(1, raw.FPDFPath_CountSegments(item))
            if segments > 0:
                rulings += _rulings(item, matrix, place)
    if segments > 0 and len(rulings) <= MOST_RULINGS:
        drawn.rulings = tuple(rulings)
    return drawn


def _objects(page: pypdfium2.PdfPage) -> Iterator[tuple[Any, Matrix]]:
    for index in range(raw.FPDFPage_CountObjects(page.raw)):
        yield from _unfolded(raw.FPDFPage_GetObject(page.raw, index), Matrix(), 0)


def _unfolded(item: Any, outer: Matrix, depth: int) -> Iterator[tuple[Any, Matrix]]:
    if not item:
        return
    if raw.FPDFPageObj_GetType(item) != raw.FPDF_PAGEOBJ_FORM:
        yield item, outer
    elif depth < DEEPEST:
        inner = outer.within(_matrix(item))
        for index in range(raw.FPDFFormObj_CountObjects(item)):
            yield from _unfolded(raw.FPDFFormObj_GetObject(item, index), inner, depth + 1)


def _matrix(item: Any) -> Matrix:
    found = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(item, ctypes.byref(found)):
        return Matrix()
    return Matrix(found.a, found.b, found.c, found.d, found.e, found.f)


def _bounds(item: Any, matrix: Matrix, place: Placing) -> Rect | None:
    """Return the part of the page that an object covers; None where a file gives no number."""
    sides = [ctypes.c_float() for _ in range(4)]
    if not raw.FPDFPageObj_GetBounds(item, *map(ctypes.byref, sides)):
        return None
    left, bottom, right, top = (side.value for side in sides)
    corners = [place.point(*matrix.point(x, y)) for x in (left, right) for y in (bottom, top)]
    if not all(map(math.isfinite, chain(*corners))):
        return None
    xs, ys = zip(*corners, strict=True)
    return Rect(
        max(min(xs), 0), max(min(ys), 0), min(max(xs), place.width), min(max(ys), place.height)
    )


def _share(box: Rect, place: Placing) -> float:
    """Return the share of the page that a box covers."""
    width, height = max(0.0, box.right - box.left), max(0.0, box.bottom - box.top)
    return width * height / max(1, place.width * place.height)


def _is_over(image: Rect, text: Rect) -> bool:
    """Whether a picture covers the middle of a text."""
    x, y = (text.left + text.right) / 2, (text.top + text.bottom) / 2
    return image.left <= x <= image.right and image.top <= y <= image.bottom


def _rulings(item: Any, matrix: Matrix, place: Placing) -> list[Rect]:
    """Return the lines that a path draws: those it strokes, or a filled bar that is as thin.

    A small square has four, for it may be a box to tick.
    """
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not raw.FPDFPath_GetDrawMode(item, ctypes.byref(fill), ctypes.byref(stroke)):
        return []
    within = matrix.within(_matrix(item))
    runs = [[place.point(*within.point(*point)) for point in run] for run in _runs(item)]
    if stroke.value:
        pairs = (pair for run in runs for pair in pairwise(run))
        lines = [line for pair in pairs if (line := _line(*pair)) is not None]
        return lines + _sides(runs) if len(runs) > 1 else lines
    if fill.value:
        return [bar for run in runs if (bar := _bar(run, place)) is not None] + _sides(runs)
    return []


def _runs(item: Any) -> list[list[tuple[float, float]]]:
    """Return the straight runs of a path as points of its own space; curves part them."""
    runs: list[list[tuple[float, float]]] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(raw.FPDFPath_CountSegments(item)):
        segment = raw.FPDFPath_GetPathSegment(item, index)
        if not raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y)):
            continue
        goes_on = raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_LINETO
        if not goes_on or not runs:
            runs.append([])
        runs[-1].append((x.value, y.value))
        if raw.FPDFPathSegment_GetClose(segment):
            runs[-1].append(runs[-1][0])
    return runs


def _sides(runs: list[list[tuple[float, float]]]) -> list[Rect]:
    """Return the sides of a small square, be it filled or have round corners; [] for all else."""
    points = [point for run in runs for point in run]
    if not 4 <= len(points) <= MOST_POINTS or not all(map(math.isfinite, chain(*points))):  # noqa: PLR2004
        return []
    xs, ys = zip(*points, strict=True)
    left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    small, large = sorted((right - left, bottom - top))
    if small < LEAST_SQUARE or large > MOST_SQUARE or large - small > STRAIGHT + ASKEW * large:
        return []
    sides = [_rounded(left, at, right, at) for at in (top, bottom)]
    sides += [_rounded(at, top, at, bottom) for at in (left, right)]
    lines = [line for run in runs for pair in pairwise(run) if (line := _line(*pair))]
    return sides if all(_is_straight(side, lines, LEAST_SIDE * small) for side in sides) else []


def _is_straight(side: Rect, lines: list[Rect], least: float) -> bool:
    """Whether a line that is long enough lies on a side."""
    return any(
        max(line.right - line.left, line.bottom - line.top) >= least
        and side.left - STRAIGHT <= line.left <= line.right <= side.right + STRAIGHT
        and side.top - STRAIGHT <= line.top <= line.bottom <= side.bottom + STRAIGHT
        for line in lines
    )


def _line(one: tuple[float, float], other: tuple[float, float]) -> Rect | None:
    """Return a level or upright line between two points; None for another one."""
    if not all(map(math.isfinite, (*one, *other))):
        return None
    (x0, x1), (y0, y1) = sorted((one[0], other[0])), sorted((one[1], other[1]))
    is_line = min(x1 - x0, y1 - y0) <= STRAIGHT and max(x1 - x0, y1 - y0) >= SHORTEST
    return _rounded(x0, y0, x1, y1) if is_line else None


def _bar(run: list[tuple[float, float]], place: Placing) -> Rect | None:
    """Return a filled rectangle that is thin enough for a line."""
    if not 4 <= len(run) <= 6 or not all(math.isfinite(v) for point in run for v in point):  # noqa: PLR2004
        return None
    xs, ys = zip(*run, strict=True)
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    thin = min(width, height) <= THIN * max(place.width, place.height)
    if not thin or max(width, height) < max(SHORTEST, 3 * min(width, height)):
        return None
    return _rounded(min(xs), min(ys), max(xs), max(ys))


def _rounded(*sides: float) -> Rect:
    return Rect(*(round(side, 1) for side in sides))
