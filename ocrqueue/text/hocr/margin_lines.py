"""Running heads, feet and page numbers of one page: where they stand, and which of them are sure.

Those that cut the text, which an engine reads between columns, or hold the page's number are taken
off the text first and go to the page's ends. What stands there then is marked;
the document decides.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ocrqueue.model.page import Margin, Place
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, around

EDGE = 0.2  # share of the page's height in which they stand
OUTER_EDGE = 0.11  # the same for those that are told without other pages, but for bare numbers
MOST_ROWS = 2  # at an end
LEAST_ROWS = 6  # of a page on which they can be told without other pages
LEAST_WORDS = 20  # of a page whose bare number can be
LEAST_PARAGRAPHS = 4  # on a page that has more than its head
LONGEST = 150  # letters
LEAST_IMPRINT = 20  # letters; less is a label of a chart
MOST_LINES = 3  # of one piece
LARGEST = 1.2  # times the body's letters
LARGEST_TOLD = 1.5  # the same where the words tell: on a page of references the body is small
SMALLER = 0.97
OVERLAP = 0.4  # of the lower of two lines that stand in one row
FREE = 1.0  # letter heights between the text and what is taken off it
ROOM = 0.8  # letter heights between a line that other pages say too and the text
GAP = 0.7  # letter heights to the text, where the words tell
WIDE_GAP = 2.2  # the same where only size and capitals do
APART = 2.5  # letter heights between a page number and the words beside it

_NUMBER = r"(?:\d{1,4}|[ivxlc]{1,7}|[A-Z]?-?\d{1,3}-\d{1,4}|\d{5,7}-\d{1,3})"
_NUMBERED = re.compile(  # at the end, or at the beginning of what is neither note nor list
    r"\b(?-i:[A-Z]{2,4}) \d{1,3} [-–] \d{1,3}\b|"  # "ESG 5 - 12 SOMEBODY: SOMETHING"
    rf"(?:^|\s)(?:page )?(?:[-–—|] ?)?{_NUMBER}(?: ?(?:of|/|von|de|sur) ?\d{{1,4}})?"
    rf"(?: ?\| ?page)?(?: ?[-–—|])?$|^(?:page )?(?:\d{{1,4}}|[ivxlc]{{1,7}})(?: (?!.*[.;:]$)|$)"
    r"|\bpage \d",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"[-–—|~.\s\[(]*(?:(?:page|seite|p\.)\s*)?(?!(?:19|20)\d\d\b)(?:\d{1,4}|[ivxl]{1,7})"
    r"(?:\s*(?:of|von|/)\s*\d{1,4})?[-–—|~.\s\])]*",
    re.IGNORECASE,
)
_PAGE_NUMBER = re.compile(r"\d{1,4}|[ivxlc]{1,7}")
_NOTE = re.compile(r"(?:19|20)\d\d$|[*†‡§¶]|\d{1,3}[.)\]]? ?[^\d\s].*[.;:]$")
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
class Body:
    """A page's text, and the lines that were taken off it: at its head and at its foot."""

    page: PageLayout
    heads: tuple[Paragraph, ...] = ()
    feet: tuple[Paragraph, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A piece of the page's Markdown, and where it stands."""

    whole: Paragraph
    block: int  # of the page's Markdown; -1: it is a part of one only
    is_line: bool = True  # else it is a table or a list
    is_title: bool = False  # a heading of the first level


@dataclass(frozen=True, slots=True)
class _Row:
    """What stands side by side, from the left."""

    pieces: Sequence[Standing]

    @property
    def box(self) -> Box:
        return around([piece.whole.box for piece in self.pieces])

    @property
    def size(self) -> float:
        return max(piece.whole.size for piece in self.pieces)

    @property
    def text(self) -> str:
        return " ".join(line.text for piece in self.pieces for line in piece.whole.lines)


def body(page: PageLayout) -> Body:
    """Take off the lines at the page's ends that cut its text or hold its number."""
    found = Body(page=page)
    for _ in range(MOST_ROWS):
        rest, heads = _without_end(found.page, Place.HEAD)
        rest, feet = _without_end(rest, Place.FOOT)
        found = Body(page=rest, heads=(*found.heads, *heads), feet=(*feet, *found.feet))
    return found


def find(standing: Sequence[Standing], page: Box, size: float) -> tuple[Margin, ...]:
    """Return the lines at a page's ends; `size`: of the body's letters, in pixels.

    Those that are told by place, number, words and size alone are `sure`; of the others only the
    next pages can tell. On a letter nothing is sure: its head and its date are a part of it.
    """
    rows = _rows(standing)
    is_letter = any(_LETTER.match(one.whole.lines[0].text) for one in standing)
    words = 0 if is_letter else sum(len(line.words) for one in standing for line in one.whole.lines)
    heads = _at_end(rows, Place.HEAD, page, size, words)
    feet = _at_end(rows[::-1], Place.FOOT, page, size, words)
    return (*heads, *feet)


def is_imprint(text: str) -> bool:
    """Whether words that stand beside a page are such as publishers print there."""
    return len(text) >= LEAST_IMPRINT and bool(_TOLD.search(text[:LONGEST]))


def _without_end(page: PageLayout, place: Place) -> tuple[PageLayout, tuple[Paragraph, ...]]:
    """Return the page without the outermost line at one end, and that, if it is none of the text.

    What is the first thing on the page anyway, without a number, may be its title and stays.
    """
    paragraphs = page.paragraphs
    if not paragraphs:
        return page, ()
    is_head = place is Place.HEAD
    boxes = [paragraph.box for paragraph in paragraphs]
    end = min(boxes, key=lambda box: box.top) if is_head else max(boxes, key=lambda box: box.bottom)
    beside = [p for p in paragraphs if p.box.top < end.bottom and p.box.bottom > end.top]
    row = [p for p in beside if len(p.lines) == 1]
    rest = [box for p, box in zip(paragraphs, boxes, strict=True) if p not in row]
    is_column = any(len(p.lines) > MOST_LINES for p in beside)
    if not row or not rest or is_column or not _is_inside(end, place, page.box):
        return page, ()
    line = _one_line(row)
    if not (_BARE.fullmatch(line.text) and len(beside) == 1):
        gaps = (box.top - line.box.bottom if is_head else line.box.top - box.bottom for box in rest)
        gap = min((gap for gap in gaps if gap >= 0), default=page.box.height)
        ends = paragraphs[: len(row)] if is_head else paragraphs[-len(row) :]
        is_at_end = all(p in row for p in ends) and not _is_numbered(line)
        if len(paragraphs) < LEAST_PARAGRAPHS or is_at_end or gap <= FREE * line.size:
            return page, ()
    kept = (tuple(p for p in block if p not in row) for block in page.blocks)
    return replace(page, blocks=tuple(block for block in kept if block)), (Paragraph((line,)),)


def _is_inside(box: Box, place: Place, page: Box, edge: float = EDGE) -> bool:
    """Whether it stands in this share of the page at its end."""
    far = edge * page.height
    return box.bottom < page.top + far if place is Place.HEAD else box.top > page.bottom - far


def _is_numbered(line: Line) -> bool:
    """Whether a bare number stands at an end of the line, well apart from other words."""
    gaps = [after.box.left - before.box.right for before, after in pairwise(line.words)]
    ends = ((line.words[0], gaps[0]), (line.words[-1], gaps[-1])) if gaps else ()
    return any(_PAGE_NUMBER.fullmatch(w.text) and gap > APART * line.size for w, gap in ends)


def _one_line(row: Sequence[Paragraph]) -> Line:
    words = sorted((word for p in row for word in p.words), key=lambda word: word.box.left)
    return Line(tuple(words), around([p.box for p in row]), max(p.size for p in row))


def _rows(standing: Sequence[Standing]) -> list[_Row]:
    """Return what stands side by side, from the top."""
    rows: list[list[Standing]] = []
    for piece in sorted(standing, key=lambda one: one.whole.box.top + one.whole.box.bottom):
        beside = (row for row in rows[:-4:-1] if _is_beside(row[0].whole.box, piece.whole.box))
        if (row := next(beside, None)) is None:
            rows.append([piece])
        else:
            row.append(piece)
    return [_Row(sorted(row, key=lambda piece: piece.whole.box.left)) for row in rows]


def _is_beside(one: Box, other: Box) -> bool:
    common = min(one.bottom, other.bottom) - max(one.top, other.top)
    return common > OVERLAP * min(one.height, other.height)


def _at_end(
    rows: Sequence[_Row], place: Place, page: Box, size: float, words: int
) -> Iterator[Margin]:
    """Yield the margins of the outermost rows, of which the first is given first."""
    found: list[_Row] = []
    free = sure = 0  # so many of them have room to the text, or are sure
    for row, inner in pairwise(rows[: MOST_ROWS + 1]):
        if not _may_be(row, place, page, size):
            break
        found.append(row)
        gap = inner.box.top - row.box.bottom
        gap = gap if place is Place.HEAD else row.box.top - inner.box.bottom
        is_told = len(rows) >= LEAST_ROWS and _is_inside(row.box, place, page, OUTER_EDGE)
        is_told = is_told and _is_told(found[sure:], gap, size)
        is_number = len(row.pieces) == 1 and _BARE.fullmatch(row.text) is not None
        is_second = is_number and any(_NUMBERED.search(one.text) for one in found[:sure])
        if words >= LEAST_WORDS and (is_number or is_told) and not is_second:
            sure = len(found)
        free = len(found) if gap > ROOM * row.size else max(free, sure)
        if sure < len(found) and gap > WIDE_GAP * size:
            break
    for number, row in enumerate(found[:free]):
        for piece in row.pieces:
            box = piece.whole.box
            level = round(500 * (box.top + box.bottom - 2 * page.top) / page.height)
            yield Margin(block=piece.block, place=place, level=level, sure=number < sure)


def _may_be(row: _Row, place: Place, page: Box, size: float) -> bool:
    text = row.text[: LONGEST + 1]
    own = all(
        one.is_line and one.block >= 0 and len(one.whole.lines) <= MOST_LINES for one in row.pieces
    )
    own = own and not _CAPTION.match(text) and len(text) <= LONGEST
    is_number = _BARE.fullmatch(text) is not None
    largest = LARGEST_TOLD if is_number or _TOLD.search(text) else LARGEST
    is_small = row.size <= largest * size or (is_number and place is Place.FOOT)
    return own and is_small and _is_inside(row.box, place, page)


def _is_told(rows: Sequence[_Row], gap: float, size: float) -> bool:
    """Whether the last of these rows, with those before it, is no part of the text."""
    texts = [row.text for row in rows]
    if any(piece.is_title for row in rows for piece in row.pieces):
        return False
    if any(_NOTE.match(row.text) or _is_label(row) for row in rows):
        return False
    if gap > GAP * size and any(_NUMBERED.search(text) or _TOLD.search(text) for text in texts):
        return True
    return gap > WIDE_GAP * size and (rows[-1].size < SMALLER * size or texts[-1].isupper())


def _is_label(row: _Row) -> bool:
    """Whether a number belongs to the one word before it, as in "Question 3"."""
    is_apart = _is_numbered(_one_line([piece.whole for piece in row.pieces]))
    return not is_apart and _LABEL.fullmatch(row.text) is not None
