"""Lines -> running text: words divided at line ends are joined, meant line ends are kept."""

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from ocrqueue.text import escape
from ocrqueue.text.hocr.layout import Line, Paragraph, split_where
from ocrqueue.text.hocr.line_breaks import Column, is_amount, meant_ends

HARD_BREAK = "  \n"  # not a backslash: spaces do not disturb who reads the source
LARGER = 1.25
EMPTY = 1.6  # times the usual step from line to line; more is an empty line
_LONGEST_WORD = 200  # letters; only so much of a text's end is looked at
_DIVIDED = re.compile(r"(?:^|\W)([^\W\d_]{2,})[-\u2010¬]$")
_UNSPACED = re.compile("[\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60]")
_ENDED = re.compile(r"[.!?:;][\"'”’»)\]]*$")  # noqa: RUF001 - the quotes that are printed
# "Vor- und Nachteile": a dash before these stands for a word, not for a line end.
_JOINERS = frozenset({"and", "or", "und", "oder", "bis", "to", "et", "ou", "y", "o", "e"})


def joined(lines: Sequence[Line]) -> str:
    """Return the lines as one line of plain text."""
    text = ""
    for line in lines:
        text = glued(text, line.text)
    return text


def glued(before: str, after: str) -> str:
    """Return two pieces of running text as one; a word divided between them is whole again."""
    if not before:
        return after
    divided = _DIVIDED.search(before[-_LONGEST_WORD:])
    if divided and after[:1].islower() and after.split(maxsplit=1)[0] not in _JOINERS:
        return before[:-1] + after
    spaced = not (_compound(before, after) or _is_unspaced(before[-1] + after[:1]))
    return f"{before}{' ' if spaced else ''}{after}"


def paragraph(lines: Sequence[Line], column: Column) -> str:
    """Return a paragraph in Markdown."""
    pieces: list[list[Line]] = [[lines[0]]]
    for line, meant in zip(lines[1:], meant_ends(lines, column), strict=True):
        if meant:
            pieces.append([])
        pieces[-1].append(line)
    return HARD_BREAK.join(escape.line(joined(piece)) for piece in pieces)


def goes_on(before: Paragraph, after: Paragraph) -> bool:
    """Whether a paragraph goes on in the next one, over a column's end or a needless cut."""
    last, first = before.lines[-1], after.lines[0]
    if len(before.lines) == 1 and first.box.top - last.box.bottom > last.size:
        return False  # a line alone above the text is no part of it, but a running head or a title
    small, large = sorted((last.size, first.size))
    apart = first.box.top - last.box.bottom > last.size and not last.text.endswith("-")
    if apart and large > LARGER * small and len(before.lines) == 2:  # noqa: PLR2004
        return False  # nor is a head of two lines
    full = last.box.width > 0.8 * before.box.width and len(last.words) > 2  # noqa: PLR2004
    lower = first.text[:1].islower()
    return full and lower and not _ENDED.search(last.text)


def by_size(whole: Paragraph) -> list[Paragraph]:
    """Split a paragraph where the letter size jumps: a heading and its text seen as one."""

    def jumps(before: Line, line: Line) -> bool:
        small, large = sorted((before.size, line.size))
        is_larger = large > LARGER * small and _tellable(before) and _tellable(line)
        return is_larger and not _runs_on(before, line, whole)

    return [Paragraph(tuple(part)) for part in split_where(whole.lines, jumps)]


def by_gap(whole: Paragraph, pitch: float) -> list[Paragraph]:
    """Split a paragraph at empty lines; `pitch` is the page's usual step, in pixels."""
    steps = [below.box.top - above.box.top for above, below in pairwise(whole.lines)]
    usual = median(steps) if len(steps) > 1 else pitch

    def is_parted(above: Line, below: Line) -> bool:
        free = below.box.top - above.box.bottom > above.size
        is_empty = free and below.box.top - above.box.top > EMPTY * max(usual, pitch)
        return is_empty and not below.text[0].islower()

    return [Paragraph(tuple(part)) for part in split_where(whole.lines, is_parted)]


def is_bill(before: Paragraph, after: Paragraph, pitch: float) -> bool:
    """Whether two paragraphs are lines of one bill, without an empty line between them."""
    last, first = before.lines[-1], after.lines[0]
    return 0 < first.box.top - last.box.top < EMPTY * pitch and is_amount(last) and is_amount(first)


def _compound(before: str, after: str) -> bool:
    """Whether a hyphen at the line's end belongs to the word, as in "state-of-the- / Art"."""
    within = before[-1:] in "-\u2010" and before[-2:-1].isalnum() and after[:1].isalnum()
    return within and after.split(maxsplit=1)[0] not in _JOINERS


def _is_unspaced(signs: str) -> bool:
    """Whether both signs are of Chinese or Japanese, which are written without spaces."""
    return len(signs) == 2 and all(_UNSPACED.fullmatch(sign) for sign in signs)  # noqa: PLR2004


def _runs_on(before: Line, line: Line, whole: Paragraph) -> bool:
    """Whether a sentence goes over this line end: then a jump in size is a mistake."""
    full = before.box.width > 0.85 * whole.box.width
    return full and line.box.left - whole.box.left < before.size and not _ENDED.search(before.text)


def _tellable(line: Line) -> bool:
    """Whether the line has enough letters for its size to be believed."""
    return sum(sign.isalpha() for sign in line.text) > 3  # noqa: PLR2004
