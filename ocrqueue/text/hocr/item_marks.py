"""Numbers and bullets that stand below each other before lines, and that an engine has left out.

It takes what stands below each other with paper on either side for a column of its own. Of that it
reads some, or nothing, or all as one line that runs up the page: a list has its text and no
numbers, and looks right. So the ink before each line is looked at. What looks alike there is a
bullet, however it was read; what does not is read again, and counts where it is an item's number.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.excerpt import excerpt
from ocrqueue.text.hocr.ink_coverage import DARK, ink_table
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Word, around, split_where
from ocrqueue.text.hocr.lists import BULLET, is_marker
from ocrqueue.text.hocr.second_reading import Ask, cut_out
from ocrqueue.text.hocr.text_lines import is_telling, lines
from ocrqueue.text.ink_rows import pieces, rows_in
from ocrqueue.text.shapes import apart, flipped, shape

MOST_LINES = 400  # of a page; what has more is a newspaper, or no text
LEAST_MARKS = 3  # below each other
# What follows is in letter heights of the line.
REACH = 5.0  # from a mark's left edge to its text
WIDEST = 3.5  # a mark
HIGHEST = 1.0
SPECK = 0.1  # a side of what is no ink of a mark
LOOSE = 0.9  # between two signs of a mark
STEP = 0.8  # between the left edges of marks in one column
ALIKE = 0.22  # share of the samples in which two worn bullets differ; tick and cross: 0.25
LEVEL = 0.33  # the same of a bullet and its reflection in water; of a tick and a cross 0.39
MOSTLY = 0.8  # share of the marks of a column that are alike, where these are bullets
SQUARE = (0.85, 12.0)  # width a height of a bullet or a dash; figures are narrower
BEYOND = 0.2  # above and below a line
SPACE = 0.3  # between a mark and its text, at least
FLAT = 2.0  # width a height of a dash, at least: its shape tells nothing
REST = frozenset(".,:;)]")
MOST_SIGNS = 2  # that a bullet is read as
LEAST_SURE = 60.0  # confidence of a number that was read again
MARGIN = 6  # pixels around what is read again


# "* 24.", "#25,", "(b)", "[3]"; a star or bullet before it may be read as any of these signs.
_NUMBERED = re.compile(
    r"(?P<star>[*+\u2022#\u00b0\u00a2=~-]?)(?P<number>[(\[]?[0-9a-z]{1,4}[.,)\]])"
)


class _Mark(NamedTuple):
    """What stands before a line, in pixels of the page: so many signs beside each other.

    It stands there instead of so many of the line's first words.
    """

    line: Line
    box: Box
    signs: int
    instead: int = 0


def completed(image: PageImage, page: PageLayout, ask: Ask) -> PageLayout:
    """Return a grey page with the marks that its lines begin with."""
    every = list(lines(page))
    if len(every) > MOST_LINES:
        return page
    marks = sorted(_marks(image, every), key=lambda mark: mark.box.left)
    size = page.letter_px or 0.0
    told = {
        mark: words
        for group in split_where(marks, lambda a, b: b.box.left - a.box.left > STEP * size)
        for mark, words in _told(image, group, every, ask)
    }
    found = {
        mark.line: replace(
            mark.line,
            words=(*words, *mark.line.words[mark.instead :]),
            box=around([mark.box, mark.line.box]),
        )
        for mark, words in told.items()
    }
    taken = [mark.box for mark in told]

    def mended(line: Line) -> Line | None:
        if line in found:
            return found[line]
        return None if any(map(line.box.meets, taken)) and _is_loose(line) else line

    return page.with_lines(mended) if found else page


def _marks(image: PageImage, every: Sequence[Line]) -> Iterator[_Mark]:
    table = ink_table(image.pixels, DARK)
    texts = [line for line in every if not _is_loose(line)]
    for line in every:
        if line.box.width < line.box.height or not any(map(is_telling, line.words)):
            continue

        def before(word: Word, line: Line = line) -> _Mark | None:
            right = word.box.left - 1
            left = max(1, right - round(REACH * line.size))
            left = max([left, *(_right(other, line) for other in texts if other is not line)])
            is_free = right - left > SPACE * line.size
            there = line.box._replace(left=left, right=right)
            return _mark(image, table, line, there) if is_free else None

        if mark := _first(line, before) or before(line.words[0]):
            yield mark


def _first(line: Line, before: Callable[[Word], _Mark | None]) -> _Mark | None:
    """Return the mark that a line's first word was read from: a bullet, or the end of a number."""
    first, *rest = line.words
    if not rest or is_marker(first.text) or len(first.text) > MOST_SIGNS:
        return None
    if rest[0].box.left - first.box.right < SPACE * line.size:
        return None
    mark = before(rest[0])
    is_bullet = mark and mark.signs == 1 and _is_square(mark.box)
    return mark._replace(instead=1) if mark and (is_bullet or first.text in REST) else None


def _right(other: Line, line: Line) -> int:
    """Return where another line's words end that stand left of a line; 0 for none."""
    if other.box.bottom <= line.box.top or line.box.bottom <= other.box.top:
        return 0
    return max((one.box.right for one in other.words if one.box.right <= line.box.left), default=0)


def _is_loose(line: Line) -> bool:
    """Whether a line may be nothing but a mark, or some that were read as one."""
    return line.box.width <= WIDEST * line.size and not any(map(is_telling, line.words))


def _mark(image: PageImage, table: bytes, line: Line, there: Box) -> _Mark | None:
    """Return the mark in a part of a page; None where there is none, or more than one."""
    beyond = round(BEYOND * line.size)
    top, bottom = max(0, line.box.top - beyond), min(image.height, line.box.bottom + beyond)
    there = there._replace(top=top, bottom=bottom)
    inked = [row.translate(table) for row in rows_in(image, there)]
    boxes = sorted(Box(*piece[:4]) for piece in pieces(inked))
    least = SPECK * line.size
    boxes = [box for box in boxes if max(box.width, box.height) > least]
    # What reaches in from the line above or below is no part of it.
    boxes = [
        box
        for box in boxes
        if (box.top > 0 and box.bottom < there.height) or box.height > 2 * beyond
    ]
    if not boxes:
        return None
    whole = around(boxes)
    is_cut = whole.left <= 0 or whole.top <= 0 or whole.bottom >= there.height
    groups = list(split_where(boxes, lambda a, b: b.left - a.right > LOOSE * line.size))
    is_large = whole.width > WIDEST * line.size or whole.height > HIGHEST * line.size
    if is_cut or len(groups) > 1 or is_large:
        return None
    x, y = there.left, there.top
    box = Box(x + whole.left, y + whole.top, x + whole.right, y + whole.bottom)
    signs = list(split_where(boxes, lambda a, b: b.left >= a.right))
    return _Mark(line, box, len(signs))


def _told(
    image: PageImage, group: Sequence[_Mark], every: Sequence[Line], ask: Ask
) -> Iterator[tuple[_Mark, Sequence[Word]]]:
    """Yield the marks of a column that can be told, and what they say."""
    if bullets := _bullets(image, group):
        yield from ((one, [Word(BULLET, one.box, 100.0)]) for one in bullets)
        return
    left, right = (end(mark.box.left for mark in group) for end in (min, max))
    loose = [mark for mark in group if not _is_square(mark.box) or mark.signs > 1]
    beside = [line for line in every if is_marker(line.words[0].text) and not _is_loose(line)]
    known = sum(left - 2 <= line.box.left <= right + 2 for line in beside)
    if not loose or len(loose) + known < LEAST_MARKS:
        return
    loose.sort(key=lambda mark: mark.box.top)
    parts = [_with_text(image, mark) for mark in loose]
    if (read := ask(excerpt(parts, 0))) is None:
        return
    top, above = 0, ""
    for mark, part in zip(loose, parts, strict=True):
        there = [w for w in read.words if top <= (w.box.top + w.box.bottom) / 2 < top + part.height]
        top += part.height
        begin = [word for word in there if word.box.right <= mark.box.width + 2 * MARGIN]
        star, number = _number(begin, mark.signs, above)
        above = number.text if number else ""
        if number:
            before = [Word(BULLET, mark.box, 100.0)] if star else []
            yield mark, [*before, number._replace(box=mark.box)]


def _number(read: Sequence[Word], signs: int, above: str) -> tuple[str, Word | None]:
    """Return what stands before an item's number, and the number: None where nobody is sure.

    But for one that follows the number of the item above. It has as many signs as are printed.
    """
    found = _NUMBERED.fullmatch("".join(word.text for word in read))
    if not found or len(found[0]) != signs:
        return "", None
    star, text, last = found["star"], found["number"], read[-1]
    if text[:-1].isdecimal() and above[:-1].isdecimal() and int(text[:-1]) == int(above[:-1]) + 1:
        return star, last._replace(text=text[:-1] + above[-1])
    is_sure = is_marker(text) and last.confidence >= LEAST_SURE and last.text == text
    return star, last._replace(text=text) if is_sure else None


def _with_text(image: PageImage, mark: _Mark) -> PageImage:
    """Return the picture of a mark and of the first word behind it."""
    box = around([mark.box, mark.line.words[mark.instead].box])
    return cut_out(image, box.grown(MARGIN, Box(0, 0, image.width, image.height)))


def _is_square(box: Box) -> bool:
    return SQUARE[0] <= box.width / box.height <= SQUARE[1]


def _bullets(image: PageImage, group: Sequence[_Mark]) -> list[_Mark]:
    """Return the marks of a column that are bullets: they look alike, as figures never do."""
    shapes = {
        mark: 0 if mark.box.width >= FLAT * mark.box.height else shape(image, mark.box)
        for mark in sorted(group, key=lambda mark: mark.box.top)
        if mark.signs == 1 and _is_square(mark.box)
    }
    shapes = {mark: seen for mark, seen in shapes.items() if apart(seen, flipped(seen)) < LEVEL}
    runs = list(split_where(list(shapes), lambda a, b: apart(shapes[a], shapes[b]) > ALIKE))
    alike = [mark for run in runs if len(run) >= LEAST_MARKS for mark in run]
    if len(alike) < max(LEAST_MARKS, MOSTLY * len(group)):
        return []
    read = Counter(mark.line.words[0].text for mark in alike if mark.instead)
    is_letter = any(text.isalnum() and 2 * n > len(alike) for text, n in read.items())
    return [] if is_letter else alike
