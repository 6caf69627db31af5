"""Which line ends of the print are meant: in addresses, verse, bills and the like."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ocrqueue.text import marks
from ocrqueue.text.hocr.layout import Box, Line

FREE_SHARE = 0.15  # of the block's width; so much space left at a line's end was meant
NARROW = 0.7  # of the usual line's width; an address is narrower, and a line of prose is not
LEAST_LINES = 3  # that show by themselves that they are no prose
FREE_ENDS = 0.5  # share of line ends where the next word had space; prose has hardly one
SPACE = 0.5  # letter heights between two words
_AMOUNT = re.compile(r"\d[.,]\d\d$")
_PAGE_NUMBER = re.compile(r"\d{1,4}|[ivxlc]{2,7}")
# After these nobody ends a line on purpose.
_OPEN = re.compile(
    r"(?:[-\u2010(]|\b(?:a|an|the|of|and|or|in|to|for|by|with|from|on|at|der|die|das|den|dem|des"
    r"|und|oder|in|von|zu|mit|für|le|la|les|de|du|des|et|ou|à))$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Where lines could go on to, in pixels."""

    block: int  # right edge of the widest line of the block
    reach: int  # right edge of the column, as the whole page shows it
    width: float  # of a usual line of the page


def reach(block: Box, lines: Sequence[Line], width: float) -> int:
    """Return how far to the right the block's lines could have gone.

    That is a usual line's width, but neither over the text beside the block nor over the right edge
    of the page's text.
    """
    edge = max(line.box.right for line in lines if line.box.width > 0.8 * width)
    beside = [
        line.box.left
        for line in lines
        if line.box.left >= block.right
        and line.box.top < block.bottom
        and line.box.bottom > block.top
    ]
    return int(min([block.left + width, edge, *beside]))


def meant_ends(lines: Sequence[Line], column: Column) -> list[bool]:
    """Return for each line but the last whether the print ends it on purpose."""
    left = min(line.box.left for line in lines)
    by_line = _set_by_line(lines, column)
    return [
        (by_line and _may_end(before, line))
        or any(both(before) and both(line) for both in (is_amount, _entry))
        or _counted(before, line)
        or marks.has_box(line.text)
        or ends_early(before, line, left, column.block)
        for before, line in pairwise(lines)
    ]


def ends_early(before: Line, line: Line, left: int, right: int) -> bool:
    """Whether the line ended though the next word had space: an address, a poem, a list."""
    space = right - before.box.right - (before.box.left - left)
    needed = line.words[0].box.width + SPACE * before.size
    return space > needed + FREE_SHARE * (right - left) and not before.text.endswith("-")


def is_amount(line: Line) -> bool:
    """Whether the line ends with a sum of money, as each line of a bill does."""
    return _AMOUNT.search(line.text) is not None


def is_open(line: Line) -> bool:
    """Whether the line cannot be the last one: "Report of the"."""
    return _OPEN.search(line.text) is not None


def _set_by_line(lines: Sequence[Line], column: Column) -> bool:
    """Whether the paragraph is an address or verse rather than prose."""
    pairs = list(pairwise(lines))
    if not pairs:
        return False
    capital = sum(_may_end(before, line) for before, line in pairs) / len(pairs)
    if len(lines) >= LEAST_LINES and capital > FREE_ENDS:
        free = sum(
            _has_space(before, line, _right(lines, before, column)) for before, line in pairs
        )
        if free >= max(2, FREE_ENDS * len(pairs)):
            return True
    narrow = max(line.box.width for line in lines) < NARROW * column.width
    free_all = all(_has_space(before, line, column.reach) for before, line in pairs)
    return capital == 1 and narrow and free_all


def _has_space(before: Line, line: Line, right: int) -> bool:
    """Whether the next line's first word had space at this line's end."""
    return right - before.box.right > line.words[0].box.width + SPACE * before.size


def _right(lines: Sequence[Line], before: Line, column: Column) -> int:
    """Return how far this line could have gone: centred lines grow to both sides."""
    middles = [line.box.left + line.box.right for line in lines]
    lefts = [line.box.left for line in lines]
    centred = max(middles) - min(middles) < 2 * before.size < 2 * (max(lefts) - min(lefts))
    return column.block + (before.box.left - min(lefts) if centred else 0)


def _may_end(before: Line, line: Line) -> bool:
    """Whether the words allow that the line ends here: prose goes on in small letters."""
    return not line.text[0].islower() and not is_open(before)


def _counted(before: Line, line: Line) -> bool:
    """Whether both lines begin with one word and a number: "Sec. 1.", "Sec. 2."."""
    starts = [(one.words[0].text, one.words[1].text) for one in (before, line) if one.words[1:]]
    return (
        len(starts) == 2  # noqa: PLR2004
        and starts[0][0] == starts[1][0]
        and starts[0][0][0].isupper()
        and all(number[0].isdigit() for _, number in starts)
        and starts[0][1] != starts[1][1]
    )


def _entry(line: Line) -> bool:
    """Whether the line ends with a page number far from its words, as in a table of contents."""
    if len(line.words) < 2 or not _PAGE_NUMBER.fullmatch(line.words[-1].text):  # noqa: PLR2004
        return False
    return line.words[-1].box.left - line.words[-2].box.right > line.size
