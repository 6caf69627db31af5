"""A page as Markdown, in the order the engine read it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ocrqueue.model.page import Margin
from ocrqueue.text import escape, formulas
from ocrqueue.text.hocr import headings, line_breaks, lists, margin_lines, paragraphs, tables
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, around
from ocrqueue.text.hocr.margin_lines import Standing
from ocrqueue.text.hocr.noise import without_noise
from ocrqueue.text.hocr.text_lines import lines

_TEXT, _HEADING, _LIST, _TABLE = "text", "heading", "list", "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A paragraph or a table, with the box of its block."""

    paragraph: Paragraph
    block: Box
    table: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A part in Markdown."""

    kind: str
    text: str
    part: _Part


@dataclass(slots=True, kw_only=True)
class _Block:
    """Pieces that no empty line parts."""

    text: str
    pieces: list[_Piece]

    def add(self, piece: _Piece, text: str) -> None:
        self.pieces.append(piece)
        self.text = text


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPage:
    """A page as Markdown, and which of its lines stand at its ends."""

    markdown: str = ""
    margins: tuple[Margin, ...] = ()


def to_markdown(page: PageLayout) -> WrittenPage:
    """Return the page as Markdown; "" for a page without words."""
    page = without_noise(lists.with_bullets(page))
    if not page.paragraphs:
        return WrittenPage()
    usual = headings.measure(page.paragraphs)
    whole = margin_lines.body(page)
    parts = list(_parts(whole.page, usual))
    levels = headings.levels([part.paragraph for part in parts], usual)
    inner = _composed(list(_pieces(parts, levels, usual)), usual.pitch)
    heads, feet = (
        [escape.line(one.lines[0].text) for one in end] for end in (whole.heads, whole.feet)
    )
    blocks = [*heads, *(block.text for block in inner), *feet]
    after = len(blocks) - len(feet)
    standing = [
        *(Standing(whole=one, block=at) for at, one in enumerate(whole.heads)),
        *_standing(inner, after=len(heads)),
        *(Standing(whole=one, block=at) for at, one in enumerate(whole.feet, after)),
    ]
    return WrittenPage(
        markdown=formulas.as_text("\n\n".join(blocks)),
        margins=margin_lines.find(standing, page.box, usual.size),
    )


def to_table(page: PageLayout) -> str:
    """Return all that is on the page as one pipe table; "" for a page without words."""
    page = margin_lines.body(without_noise(page)).page
    if not page.paragraphs:
        return ""
    size = headings.measure(page.paragraphs).size
    return formulas.as_text(tables.render(list(lines(page)), size))


def _parts(page: PageLayout, usual: headings.Measure) -> Iterator[_Part]:
    """Cut the page's lines into paragraphs and tables; a table may reach over many blocks."""
    owners = [
        _Part(paragraph=paragraph, block=around([p.box for p in block]))
        for block in page.blocks
        for whole in block
        for paragraph in _cut(whole, max(p.box.right for p in block), usual)
    ]
    for is_table, run in groupby(owners, key=lambda owner: bool(owner.paragraph.cells)):
        if is_table:
            yield from (replace(owner, table=True) for owner in run)
        else:
            yield from _gathered(list(run), usual)


def _cut(whole: Paragraph, right: int, usual: headings.Measure) -> list[Paragraph]:
    """Return what the engine took for one paragraph in its parts; a table stays whole."""
    if whole.cells:
        return [whole]
    return [
        paragraph
        for spaced in paragraphs.by_gap(whole, usual.pitch)
        for sized in paragraphs.by_size(spaced)
        for split in _without_run_in(sized, right)
        for paragraph in lists.cut(split)
    ]


def _gathered(owners: Sequence[_Part], usual: headings.Measure) -> Iterator[_Part]:
    """Yield the parts anew, the lines of tables together."""
    lines = [line for owner in owners for line in owner.paragraph.lines]
    owner_of = [owner for owner in owners for _ in owner.paragraph.lines]
    start = 0
    while start < len(lines):
        end = tables.table_end(lines, start, usual.size)
        table = end > start
        while not table and (end == start or _goes_on(lines, owner_of, end, usual.size)):
            end += 1
        taken = Paragraph(tuple(lines[start:end]))
        yield replace(owner_of[start], paragraph=taken, table=table)
        start = end


def _without_run_in(whole: Paragraph, right: int) -> list[Paragraph]:
    """Split off a first line that is a heading."""
    first, *rest = whole.lines
    if not rest or not headings.is_run_in(first):
        return [whole]
    if not line_breaks.ends_early(first, rest[0], whole.box.left, right):
        return [whole]
    return [Paragraph((first,)), Paragraph(tuple(rest))]


def _goes_on(lines: Sequence[Line], owner_of: Sequence[_Part], place: int, size: float) -> bool:
    """Whether this line belongs to the paragraph of the one before and begins no table."""
    if place >= len(lines) or owner_of[place] is not owner_of[place - 1]:
        return False
    return tables.table_end(lines, place, size) == place


def _pieces(
    parts: Sequence[_Part], levels: Sequence[int], usual: headings.Measure
) -> Iterator[_Piece]:
    lines = [line for part in parts for line in part.paragraph.lines]
    opened: lists.Open = ()
    for part, level in zip(parts, levels, strict=True):
        found = None if part.table else lists.items(part.paragraph.lines)
        if found and not (level and lists.is_numbered_heading(found)):
            piece, opened = _list(part, found, opened)
            yield piece
            continue
        opened = ()
        if part.table or level:
            yield _table(part, usual.size) if part.table else _heading(part, level)
        else:
            reach = line_breaks.reach(part.block, lines, usual.width)
            column = line_breaks.Column(block=part.block.right, reach=reach, width=usual.width)
            text = paragraphs.paragraph(part.paragraph.lines, column)
            yield _Piece(kind=_TEXT, text=text, part=part)


def _list(part: _Part, found: lists.Items, opened: lists.Open) -> tuple[_Piece, lists.Open]:
    """Return a list, and its items that others below may be in."""
    texts = []
    for marker, item in found:
        opened, indent = lists.nested(opened, marker, item[0])
        texts.append(" " * indent + marker + escape.inline(paragraphs.joined(item)))
    return _Piece(kind=_LIST, text="\n".join(texts), part=part), opened


def _table(part: _Part, size: float) -> _Piece:
    if part.paragraph.cells:
        return _Piece(kind=_TABLE, text=tables.pipes(part.paragraph.cells), part=part)
    return _Piece(kind=_TABLE, text=tables.render(part.paragraph.lines, size), part=part)


def _heading(part: _Part, level: int) -> _Piece:
    text = "#" * level + " " + escape.inline(paragraphs.joined(part.paragraph.lines))
    return _Piece(kind=_HEADING, text=text, part=part)


def _one_text(before: _Piece, piece: _Piece) -> bool:
    """Whether the piece is the rest of a paragraph that a column's end has cut."""
    is_text = before.kind in {_TEXT, _LIST} and piece.kind == _TEXT
    return is_text and paragraphs.goes_on(before.part.paragraph, piece.part.paragraph)


def _one_heading(before: _Piece, piece: _Piece) -> bool:
    """Whether the first one cannot end there: "Introduction to the"."""
    one, other = (each.part.paragraph for each in (before, piece))
    return line_breaks.is_open(one.lines[-1]) and other.box.top - one.box.bottom < 2 * one.size


def _composed(pieces: Sequence[_Piece], pitch: float) -> list[_Block]:
    """Return what empty lines part in the page's Markdown."""
    blocks: list[_Block] = []
    before: _Piece | None = None
    for piece in pieces:
        kind, text = piece.kind, piece.text
        last = blocks[-1].text if blocks else ""
        if before is None:
            blocks.append(_Block(text=text, pieces=[piece]))
        elif before.kind == piece.kind == _LIST:
            blocks[-1].add(piece, last + "\n" + text)
        elif _one_text(before, piece):
            kind = before.kind
            blocks[-1].add(piece, paragraphs.glued(last, text))
        elif before.kind == piece.kind == _HEADING and _one_heading(before, piece):
            blocks[-1].add(piece, paragraphs.glued(last, text.lstrip("# ")))
        elif before.kind == piece.kind == _TEXT and paragraphs.is_bill(
            before.part.paragraph, piece.part.paragraph, pitch
        ):
            blocks[-1].add(piece, last + paragraphs.HARD_BREAK + text)
        else:
            blocks.append(_Block(text=text, pieces=[piece]))
        before = replace(piece, kind=kind)
    return blocks


def _standing(blocks: Sequence[_Block], *, after: int) -> Iterator[Standing]:
    """Yield where the pieces of all blocks stand; `after`: behind so many others."""
    for number, block in enumerate(blocks, after):
        for piece in block.pieces:
            yield Standing(
                whole=piece.part.paragraph,
                block=number if len(block.pieces) == 1 else -1,
                is_line=piece.kind != _TABLE,
                is_title=piece.kind == _HEADING and piece.text.startswith("# "),
            )
