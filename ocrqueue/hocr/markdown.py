"""A page as Markdown, in the order the engine read it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ocrqueue.hocr import escape, headings, lists, prose, tables
from ocrqueue.hocr.noise import without_noise
from ocrqueue.hocr.page import Line, Page, Paragraph

_TEXT, _HEADING, _LIST, _TABLE = "text", "heading", "list", "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A paragraph or a table, with the right edge of its block in pixels."""

    paragraph: Paragraph
    right: int
    table: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A part in Markdown."""

    kind: str
    text: str
    part: _Part


def to_markdown(page: Page) -> str:
    """Return the page as Markdown; "" for a page without words."""
    page = without_noise(page)
    if not page.paragraphs:
        return ""
    usual = headings.measure(page.paragraphs)
    parts = list(_parts(page, usual.size))
    levels = headings.levels([part.paragraph for part in parts], usual)
    pieces = [_piece(part, level, usual) for part, level in zip(parts, levels, strict=True)]
    return _composed(pieces)


def to_table(page: Page) -> str:
    """Return all that is on the page as one pipe table; "" for a page without words."""
    page = without_noise(page)
    lines = [line for paragraph in page.paragraphs for line in paragraph.lines]
    return tables.render(lines, headings.measure(page.paragraphs).size) if lines else ""


def _parts(page: Page, size: float) -> Iterator[_Part]:
    """Cut the page's lines into paragraphs and tables; a table may reach over many blocks."""
    owners = [
        _Part(paragraph=paragraph, right=max(p.box.right for p in block))
        for block in page.blocks
        for whole in block
        for sized in prose.by_size(whole)
        for paragraph in _without_run_in(sized, max(p.box.right for p in block))
    ]
    lines = [line for owner in owners for line in owner.paragraph.lines]
    owner_of = [owner for owner in owners for _ in owner.paragraph.lines]
    start = 0
    while start < len(lines):
        end = tables.table_end(lines, start, size)
        table = end > start
        while not table and (end == start or _goes_on(lines, owner_of, end, size)):
            end += 1
        taken = Paragraph(tuple(lines[start:end]))
        yield replace(owner_of[start], paragraph=taken, table=table)
        start = end


def _without_run_in(whole: Paragraph, right: int) -> list[Paragraph]:
    """Split off a first line that is a heading."""
    first, *rest = whole.lines
    if not rest or not headings.is_run_in(first):
        return [whole]
    if not prose.ends_early(first, rest[0], whole.box.left, right):
        return [whole]
    return [Paragraph((first,)), Paragraph(tuple(rest))]


def _goes_on(lines: Sequence[Line], owner_of: Sequence[_Part], place: int, size: float) -> bool:
    """Whether this line belongs to the paragraph of the one before and begins no table."""
    if place >= len(lines) or owner_of[place] is not owner_of[place - 1]:
        return False
    return tables.table_end(lines, place, size) == place


def _piece(part: _Part, level: int, usual: headings.Measure) -> _Piece:
    lines = part.paragraph.lines
    if part.table:
        return _Piece(kind=_TABLE, text=tables.render(lines, usual.size), part=part)
    found = lists.items(lines)
    if found and not (level and lists.is_numbered_heading(found)):
        text = "\n".join(marker + escape.inline(prose.joined(item)) for marker, item in found)
        return _Piece(kind=_LIST, text=text, part=part)
    if level:
        text = "#" * level + " " + escape.inline(prose.joined(lines))
        return _Piece(kind=_HEADING, text=text, part=part)
    return _Piece(kind=_TEXT, text=prose.paragraph(lines, part.right), part=part)


def _one_text(before: _Piece, piece: _Piece) -> bool:
    """Whether the piece is the rest of a paragraph that a column's end has cut."""
    return (
        before.kind in {_TEXT, _LIST}
        and piece.kind == _TEXT
        and prose.goes_on(before.part.paragraph, piece.part.paragraph)
    )


def _composed(pieces: Sequence[_Piece]) -> str:
    text = ""
    before: _Piece | None = None
    for piece in pieces:
        if before is None:
            text = piece.text
        elif before.kind == piece.kind == _LIST:
            text += "\n" + piece.text
        elif _one_text(before, piece):
            text = prose.glued(text, piece.text)
        else:
            text += "\n\n" + piece.text
        before = piece
    return text
