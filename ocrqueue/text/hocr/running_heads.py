"""Running heads and feet: they go to the page's ends, for the engine reads them between columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, around

EDGE = 0.12  # share of the page's height in which they stand
FREE = 1.0  # letter heights between them and the text
GAP = 2.5  # letter heights between a page number and the words beside it
LEAST_PARAGRAPHS = 4  # on a page that has more than its head
_PAGE_NUMBER = re.compile(r"\d{1,4}|[ivxlc]{1,7}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Furnished:
    """A page without its running head and foot, and these; None where there is none."""

    page: PageLayout
    head: Line | None = None
    foot: Line | None = None


def split(page: PageLayout) -> Furnished:
    """Take off the lines at the page's ends that cut its text or hold its number.

    What is the first thing on the page anyway, without a number, may be its title and stays.
    """
    paragraphs = page.paragraphs
    if len(paragraphs) < LEAST_PARAGRAPHS:
        return Furnished(page=page)
    boxes = [paragraph.box for paragraph in paragraphs]
    top = min(boxes, key=lambda box: box.top)
    bottom = max(boxes, key=lambda box: box.bottom)
    heads = [p for p in _row(paragraphs, top) if _is_head(p, boxes, page.box)]
    feet = [p for p in _row(paragraphs, bottom) if _is_foot(p, boxes, page.box)]
    if heads == list(paragraphs[: len(heads)]) and not _numbered(heads):
        heads = []
    if feet == list(paragraphs[len(paragraphs) - len(feet) :]) and not _numbered(feet):
        feet = []
    taken = {id(p) for p in (*heads, *feet)}
    kept = (tuple(p for p in block if id(p) not in taken) for block in page.blocks)
    rest = replace(page, blocks=tuple(block for block in kept if block))
    if not rest.paragraphs:
        return Furnished(page=page)
    return Furnished(page=rest, head=_one_line(heads), foot=_one_line(feet))


def _row(paragraphs: Sequence[Paragraph], edge: Box) -> list[Paragraph]:
    """Return the single lines in the row of the page's outermost one."""
    return [
        p
        for p in paragraphs
        if len(p.lines) == 1 and p.box.top < edge.bottom and p.box.bottom > edge.top
    ]


def _is_head(paragraph: Paragraph, boxes: Sequence[Box], page: Box) -> bool:
    box, free = paragraph.box, FREE * paragraph.size
    below = min((other.top for other in boxes if other.top >= box.bottom), default=page.bottom)
    return box.bottom < page.top + EDGE * page.height and below - box.bottom > free


def _is_foot(paragraph: Paragraph, boxes: Sequence[Box], page: Box) -> bool:
    box, free = paragraph.box, FREE * paragraph.size
    above = max((other.bottom for other in boxes if other.bottom <= box.top), default=page.top)
    return box.top > page.bottom - EDGE * page.height and box.top - above > free


def _numbered(row: Sequence[Paragraph]) -> bool:
    """Whether a bare number stands at an end of the row, well apart from other words."""
    line = _one_line(row)
    if line is None or len(line.words) < 2:  # noqa: PLR2004
        return False
    gaps = [after.box.left - before.box.right for before, after in pairwise(line.words)]
    ends = ((line.words[0], gaps[0]), (line.words[-1], gaps[-1]))
    return any(_PAGE_NUMBER.fullmatch(w.text) and gap > GAP * line.size for w, gap in ends)


def _one_line(row: Sequence[Paragraph]) -> Line | None:
    if not row:
        return None
    words = sorted((word for p in row for word in p.words), key=lambda word: word.box.left)
    return Line(tuple(words), around([p.box for p in row]), max(p.size for p in row))
