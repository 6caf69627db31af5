"""A sheet -> the page's layout, and that as Markdown: the reader of text layers, pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ocrqueue.model.page import Margin, Place
from ocrqueue.text import escape, marks
from ocrqueue.text.hocr import margin_lines
from ocrqueue.text.hocr.layout import Box, PageLayout, Paragraph, split_where
from ocrqueue.text.hocr.markdown import WrittenPage, to_markdown
from ocrqueue.text.layer import frames, order, rows, ruled
from ocrqueue.text.layer.blocks import line, paragraphs
from ocrqueue.text.layer.forms import filled
from ocrqueue.text.layer.gutters import lanes
from ocrqueue.text.layer.links import linked
from ocrqueue.text.layer.sheet import HIDDEN, UNSHOWN, Sheet
from ocrqueue.text.layer.words import LayerWord, sound, with_initials, words

MOST_WORDS = 12_000  # the fullest newspaper page has some 6,000
MOST_ROWS = 2_000  # heights at which words stand
MOST_IN_ROW = 400  # words at one height


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerPage:
    """What a sheet says, in reading order: the upright text, and lines written across it."""

    layout: PageLayout
    asides: tuple["SideText", ...] = ()  # one paragraph each
    crowded: bool = False  # there are more words than a page holds: they are left out
    angle: int = 0  # degrees clockwise that the upright text is turned on the page
    downward: bool = False  # it is written from top to bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class SideText:
    """Turned or slanting text."""

    text: str
    is_furniture: bool  # at a side of the page, with words that publishers print there


def read(sheet: Sheet) -> LayerPage:
    """Return the page of a sheet; what is not to be seen is no part of it."""
    seen = [sound(one) for one in sheet.characters if not one.look & (HIDDEN | UNSHOWN)]
    upright, *others = frames.frames(seen, sheet.width, sheet.height) or [frames.Frame(0, [])]
    found = with_initials(words(upright.characters))
    if _is_crowded(found):
        return LayerPage(layout=PageLayout(box=Box(0, 0, sheet.width, sheet.height)), crowded=True)
    if upright.angle == 0:
        found = linked([*found, *filled(sheet, found)], sheet.links)
    return LayerPage(
        angle=upright.angle,
        downward=upright.downward,
        layout=layout(found, sheet, upright.angle),
        asides=tuple(aside for frame in others for aside in _asides(frame, sheet.width)),
    )


def markdown(sheet: Sheet, page: LayerPage) -> WrittenPage:
    """Return the page as Markdown; "" for one without words."""
    upright = to_markdown(page.layout)
    blocks = upright.markdown.split("\n\n") if upright.markdown else []
    furniture = (
        Margin(block=at, place=Place.FOOT, sure=True)
        for at, aside in enumerate(page.asides, len(blocks))
        if aside.is_furniture
    )
    text = "\n\n".join([*blocks, *(escape.line(aside.text) for aside in page.asides)])
    shown = marks.shown(text, [link.address for link in sheet.links[: marks.MOST_LINKS]])
    return WrittenPage(markdown=shown, margins=(*upright.margins, *furniture))


def layout(found: Sequence[LayerWord], sheet: Sheet, angle: int) -> PageLayout:
    """Return words of one direction as a page; only upright pages have ruled tables."""
    sides = (sheet.width, sheet.height) if angle % 180 == 0 else (sheet.height, sheet.width)
    box = Box(0, 0, *sides)
    tables = ruled.tables(found, sheet.rulings) if angle == 0 else []
    inside = {id(word) for table in tables for word in table.words}
    free = rows.rows([word for word in found if id(word) not in inside])
    between = lanes(free)
    pieces = order.pieces(free, between)
    pieces += [table.piece(number) for number, table in enumerate(tables)]
    blocks = order.stacked(order.blocks(pieces, between))
    return PageLayout(box=box, blocks=tuple(tuple(_paragraphs(block, tables)) for block in blocks))


def _is_crowded(found: Sequence[LayerWord]) -> bool:
    """Whether these are more words than anybody can print on a page: they would take too long."""
    rows_of = Counter(round(word.base) for word in found)
    most = max(rows_of.values(), default=0)
    return len(found) > MOST_WORDS or len(rows_of) > MOST_ROWS or most > MOST_IN_ROW


def _paragraphs(
    block: Sequence[rows.Piece], tables: Sequence[ruled.RuledTable]
) -> Iterator[Paragraph]:
    """Yield the paragraphs of a block; a ruled table is one of its own."""
    run: list[rows.Piece] = []
    for piece in block:
        if piece.table < 0:
            run.append(piece)
            continue
        if run:
            yield from paragraphs(run)
        run = []
        yield tables[piece.table].paragraph()
    if run:
        yield from paragraphs(run)


def _asides(frame: frames.Frame, width: int) -> Iterator[SideText]:
    """Yield the text of each group of rows that stand close together."""
    found = rows.rows(words(frame.characters))
    for group in split_where(found, lambda above, row: row.base - above.base > 2 * row.size):
        yield _aside(group, frame.angle, width)


def _aside(group: Sequence[rows.TextRow], angle: int, width: int) -> SideText:
    text = " ".join(line(row.words).text for row in group)
    edge = margin_lines.OUTER_EDGE * width
    is_outer = group[-1].base < edge or group[0].base > width - edge
    return SideText(
        text=text,
        is_furniture=angle in {90, 270} and is_outer and margin_lines.is_imprint(text),
    )
