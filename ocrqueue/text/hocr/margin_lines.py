"""Which lines of a page stand at its ends: running heads, feet, page numbers, or what seems so."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ocrqueue.model.page import Margin, Place
from ocrqueue.text.hocr.layout import Box

EDGE = 0.11  # share of the page's height in which they stand
MOST_ROWS = 2  # at an end
LEAST_ROWS = 6  # of a page on which they can be told without other pages
LONGEST = 150  # letters
LEAST_IMPRINT = 20  # letters; less is a label of a chart
MOST_LINES = 3  # of one piece
LARGEST = 1.2  # times the body's letters
LARGEST_TOLD = 1.5  # the same where the words tell: on a page of references the body is small
SMALLER = 0.97
OVERLAP = 0.4  # of the lower of two lines that stand in one row
GAP = 0.7  # letter heights to the text, where the words tell
WIDE_GAP = 2.2  # the same where only size and capitals do

_NUMBER = r"(?:\d{1,4}|[ivxlc]{1,7}|[A-Z]?-?\d{1,3}-\d{1,4}|\d{5,7}-\d{1,3})"
_NUMBERED = re.compile(  # at the end, or at the beginning of what is neither note nor list
    r"\b(?-i:[A-Z]{2,4}) \d{1,3} [-–] \d{1,3}\b|"  # "ESG 5 - 12 SOMEBODY: SOMETHING"
    rf"(?:^|\s)(?:page )?(?:[-–—|] ?)?{_NUMBER}(?: ?(?:of|/|von|de|sur) ?\d{{1,4}})?"
    rf"(?: ?\| ?page)?(?: ?[-–—|])?$|^(?:page )?(?:\d{{1,4}}|[ivxlc]{{1,7}})(?: (?!.*[.;:]$)|$)"
    r"|\bpage \d",
    re.IGNORECASE,
)
_NOTE = re.compile(r"[*†‡§¶]|\d{1,3}[.)\]]? ?[^\d\s].*[.;:]$")
_LABEL = re.compile(
    r"(?!(?:page|seite|página|pagina|sida) )[^\W\d_]+ (?:\d{1,4}|[ivxlc]{1,7})", re.IGNORECASE
)
_LETTER = re.compile(
    r"(?:my )?dear [\w.]|sehr geehrte|liebe[rs]? |cher |chère |madame,|monsieur,|estimad"
    r"|(?:very |yours )?(?:sincerely|truly|faithfully|respectfully)\b|(?:kind|best) regards"
    r"|with kind regards|mit (?:freundlichen|besten|herzlichen) gr|hochachtungsvoll|cordialement"
    r"|atentamente",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"(?:fig(?:ure|\.)|tab(?:le|\.)|abb(?:ildung|\.)|plate|tafel|no\.) ?\d", re.IGNORECASE
)
_TOLD = re.compile(
    r"https?://|www\.|\bdoi\b|©|\(c\)|copyright|\bvol(?:ume|\.)|issn|isbn"
    r"|(?<![-–—] )\b(?:19|20)\d\d\b(?!(?:\.\d\d?)? [-–—] )"  # but no span of time
    r"|et al|journal|proceedings|all rights|downloaded|licen[cs]e|\bv(?:ersion|er)?\.? ?\d",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A piece of text as it stands on its page."""

    text: str
    box: Box
    size: float  # height of its letters, in pixels
    block: int  # of the page's Markdown; -1: it is a part of one only
    lines: int  # 0: it is a table or a list


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """What stands side by side."""

    pieces: Sequence[Standing]

    @property
    def top(self) -> int:
        return min(piece.box.top for piece in self.pieces)

    @property
    def bottom(self) -> int:
        return max(piece.box.bottom for piece in self.pieces)

    @property
    def size(self) -> float:
        return max(piece.size for piece in self.pieces)

    @property
    def text(self) -> str:
        return " ".join(one.text for one in sorted(self.pieces, key=lambda one: one.box.left))


def find(standing: Sequence[Standing], page: Box, size: float) -> tuple[Margin, ...]:
    """Return the lines at a page's ends; `size`: of the body's letters, in pixels.

    Those that are told by place, number, words and size alone are `sure`; of the others only the
    next pages can tell. On a letter nothing is sure: its head and its date are a part of it.
    """
    rows = _rows(standing)
    tells = len(rows) >= LEAST_ROWS and not any(_LETTER.match(one.text) for one in standing)
    heads = _at_end(rows, Place.HEAD, page, size, tells=tells)
    feet = _at_end(rows[::-1], Place.FOOT, page, size, tells=tells)
    return (*heads, *feet)


def is_imprint(text: str) -> bool:
    """Whether words that stand beside a page are such as publishers print there."""
    return len(text) >= LEAST_IMPRINT and bool(_TOLD.search(text[:LONGEST]))


def _rows(standing: Sequence[Standing]) -> list[_Row]:
    """Return what stands side by side, from the top."""
    rows: list[list[Standing]] = []
    for piece in sorted(standing, key=lambda one: one.box.top + one.box.bottom):
        row = next((row for row in rows[:-4:-1] if _beside(row[0].box, piece.box)), None)
        if row is None:
            rows.append([piece])
        else:
            row.append(piece)
    return [_Row(pieces=row) for row in rows]


def _beside(one: Box, other: Box) -> bool:
    common = min(one.bottom, other.bottom) - max(one.top, other.top)
    return common > OVERLAP * min(one.height, other.height)


def _at_end(
    rows: Sequence[_Row], place: Place, page: Box, size: float, *, tells: bool
) -> Iterator[Margin]:
    """Yield the margins of the outermost rows, of which the first is given first."""
    found: list[_Row] = []
    sure = 0
    for row, inner in pairwise(rows[: MOST_ROWS + 1]):
        if not _may_be(row, place, page, size):
            break
        found.append(row)
        gap = inner.top - row.bottom if place is Place.HEAD else row.top - inner.bottom
        if tells and _is_told(found[sure:], gap, size):
            sure = len(found)
        elif gap > WIDE_GAP * size:
            break
    for number, row in enumerate(found):
        for piece in row.pieces:
            level = round(500 * (piece.box.top + piece.box.bottom - 2 * page.top) / page.height)
            yield Margin(block=piece.block, place=place, level=level, sure=number < sure)


def _may_be(row: _Row, place: Place, page: Box, size: float) -> bool:
    far = EDGE * page.height
    inside = row.bottom < page.top + far if place is Place.HEAD else row.top > page.bottom - far
    own = all(0 < piece.lines <= MOST_LINES and piece.block >= 0 for piece in row.pieces)
    own = own and not _CAPTION.match(row.text)
    largest = LARGEST_TOLD if _TOLD.search(row.text[:LONGEST]) else LARGEST
    return own and inside and row.size <= largest * size and len(row.text) <= LONGEST


def _is_told(rows: Sequence[_Row], gap: float, size: float) -> bool:
    """Whether the last of these rows, with those before it, is no part of the text."""
    texts = [row.text for row in rows]
    if any(_NOTE.match(text) or _LABEL.fullmatch(text) for text in texts):
        return False
    if gap > GAP * size and any(_NUMBERED.search(text) or _TOLD.search(text) for text in texts):
        return True
    return gap > WIDE_GAP * size and (rows[-1].size < SMALLER * size or texts[-1].isupper())
