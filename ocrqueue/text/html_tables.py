"""HTML tables that a model writes become pipe tables, or HTML of nothing but a table; pure.

Only tags of a table are looked at, by one bounded pattern: unlike the standard library's parser, it
takes linear time whatever stands between them, and all else is text of a cell.
"""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from ocrqueue.text import escape, formulas


class Style(StrEnum):
    """What a table becomes; merged cells always stay HTML."""

    MARKDOWN = "markdown"
    HTML = "html"


_EDGE = re.compile(r"<(/?)table\b[^<>]{0,400}>", re.IGNORECASE)
_TAG = re.compile(
    r"<(/?)(tr|td|th|caption|br|sub|sup|table|thead|tbody|tfoot|colgroup|col"
    r"|b|i|u|s|strong|em|span|p|div|center|font|ul|ol|li)\b([^<>]{0,400})>",
    re.IGNORECASE,
)
_SPAN = re.compile(r"\b(col|row)span\s{0,4}=\s{0,4}[\"']?\s{0,4}(\d{1,3})\b", re.IGNORECASE)
_MOST_SPAN = 200
_BREAKS = frozenset({"br", "p", "div"})
_MATH = re.compile(r"(?<![\\$])(\${1,2}(?![\s$])[^$\n]{1,1000}(?<!\s)\${1,2})(?![\d$])")
# Readers that make links of bare addresses would take a backslash below for a part of them.
_ADDRESS_AND_LESS = re.compile(r"(?:://|www\.)[^\s<]*<?", re.IGNORECASE)
_LESS = re.compile(r"<(?=[A-Za-z/!?])")
_MARKS = {"<br>": "\x01", "<sub>": "\x02", "</sub>": "\x03", "<sup>": "\x04", "</sup>": "\x05"}
_NEW_LINE = "\x06"  # a line of its own begins here; several of them are one break
_NEW_LINES = re.compile(f" ?(?:{_NEW_LINE} ?)+")
_MARK = re.compile("[\x01-\x06]")
_TAG_OF = {mark: tag for tag, mark in _MARKS.items()}
# What an entity such as &#1; would bring in.
_NO_MARKS = dict.fromkeys(map(ord, [*_TAG_OF, _NEW_LINE]))


@dataclass(slots=True, kw_only=True)
class Cell:
    """A cell; in its pieces of text, marks stand for the tags that stay."""

    pieces: list[str] = field(default_factory=list)
    columns: int = 1
    rows: int = 1
    is_head: bool = False
    tables: int = 0  # that are open in it while it is read

    @property
    def text(self) -> str:
        """The text on one line, with marks at no edge."""
        line = " ".join("".join(self.pieces).split())
        return _NEW_LINES.sub(_MARKS["<br>"], line).strip(" \x01")


@dataclass(slots=True)
class Table:
    """Rows of cells, and a caption."""

    rows: list[list[Cell]] = field(default_factory=list)
    caption: Cell = field(default_factory=Cell)

    @property
    def is_simple(self) -> bool:
        """Whether each cell stands in one row and one column."""
        return all(cell.columns == cell.rows == 1 for row in self.rows for cell in row)


def replace_all(
    text: str, style: Style, other: Callable[[str], str], *, source: Callable[[str], str] = str
) -> str:
    """Return the text with its tables replaced; `other` cleans what stands between them.

    `source` makes the HTML of a table of what stands for it in the text.

    A table that is not closed ends with the text. Each one stands in a paragraph of its own, for a
    blank line ends an HTML block.
    """
    parts = [
        render(parse(source(part)), style) if is_table else other(part)
        for is_table, part in _split(text)
    ]
    if len(parts) == 1:
        return parts[0]
    return "\n\n".join(part.strip("\n") for part in parts if part.strip())


def cut_out(text: str) -> list[str]:
    """Return the HTML tables of a text."""
    return [part for is_table, part in _split(text) if is_table]


def parse(source: str) -> Table:
    """Return the table that the HTML shows; text outside of cells gets a cell of its own."""
    table, place = Table(), 0
    cell: Cell | None = None
    source = _MARK.sub("", source)
    for found in _TAG.finditer(source):
        cell = _take(table, cell, source[place : found.start()])
        cell = _obey(table, cell, found)
        place = found.end()
    _take(table, cell, source[place:])
    table.rows = [row for row in table.rows if row]
    return table


def render(table: Table, style: Style) -> str:
    """Return the table as Markdown, or as HTML with no tag but a table's."""
    if not any(cell.text for row in table.rows for cell in row):
        return ""
    if style is Style.HTML or not table.is_simple:
        return _as_html(table)
    caption = _spelt(table.caption.text, escape.line)
    return f"{caption}\n\n{_as_pipes(table)}" if caption else _as_pipes(table)


def _split(text: str) -> Iterator[tuple[bool, str]]:
    """Yield what is table and what is not, in turn; a table in a table belongs to it."""
    depth = place = 0
    for edge in _EDGE.finditer(text):
        if edge[1] and depth:
            depth -= 1
            if depth == 0:
                yield True, text[place : edge.end()]
                place = edge.end()
        elif edge[1]:
            continue  # the end of nothing
        elif depth == 0:
            yield False, text[place : edge.start()]
            place, depth = edge.start(), 1
        else:
            depth += 1
    yield depth > 0, text[place:]


def _take(table: Table, cell: Cell | None, text: str) -> Cell | None:
    if cell is None and text.strip():
        cell = _put(table, Cell())
    if cell is not None:
        cell.pieces.append(escape.printable(html.unescape(text)).translate(_NO_MARKS))
    return cell


def _obey(table: Table, cell: Cell | None, tag: re.Match[str]) -> Cell | None:
    """Do what a tag says; return the cell that takes what follows."""
    is_end, name = bool(tag[1]), tag[2].lower()
    if cell is not None and (name == "table" or cell.tables):
        return _obey_within(cell, name, is_end=is_end)
    if name in ("td", "th"):
        return None if is_end else _put(table, _described(name, tag[3]))
    if name == "caption":
        return None if is_end else table.caption
    if name in ("tr", "table"):
        if name == "tr" and not is_end:
            table.rows.append([])
        return None
    if cell is not None:
        cell.pieces.append(_mark(name, is_end=is_end))
    return cell


def _obey_within(cell: Cell, name: str, *, is_end: bool) -> Cell | None:
    """Do what a tag of a table in a cell says: its rows become lines of the cell."""
    if name == "table" and is_end and not cell.tables:
        return None  # the end of the table that holds the cell
    if name == "table":
        cell.tables += -1 if is_end else 1
    if name in ("table", "tr", "caption"):
        cell.pieces.append(_NEW_LINE)
    elif name in ("td", "th"):
        cell.pieces.append(" ")
    else:
        cell.pieces.append(_mark(name, is_end=is_end))
    return cell


def _put(table: Table, cell: Cell) -> Cell:
    if not table.rows:
        table.rows.append([])
    table.rows[-1].append(cell)
    return cell


def _described(name: str, attributes: str) -> Cell:
    spans = {found[1].lower(): int(found[2]) for found in _SPAN.finditer(attributes)}
    columns, rows = (min(max(spans.get(side, 1), 1), _MOST_SPAN) for side in ("col", "row"))
    return Cell(columns=columns, rows=rows, is_head=name == "th")


def _mark(name: str, *, is_end: bool) -> str:
    if name in _BREAKS:
        return _MARKS["<br>"]
    if name == "li":
        return _NEW_LINE
    return _MARKS.get(f"</{name}>" if is_end else f"<{name}>", "")


def _as_pipes(table: Table) -> str:
    width = max(len(row) for row in table.rows)
    rows = ([_spelt(cell.text, escape.cell) for cell in row] for row in table.rows)
    filled = ([*row, *[""] * (width - len(row))] for row in rows)
    head, *body = ("| " + " | ".join(row) + " |" for row in filled)
    return "\n".join([head, "|" + " --- |" * width, *body])


def _as_html(table: Table) -> str:
    caption = _spelt(table.caption.text, _as_text)
    lines = [f"<caption>{caption}</caption>"] if caption else []
    lines += ["<tr>" + "".join(map(_html_cell, row)) + "</tr>" for row in table.rows]
    return "\n".join(["<table>", *lines, "</table>"])


def _html_cell(cell: Cell) -> str:
    name = "th" if cell.is_head else "td"
    columns = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
    rows = f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
    return f"<{name}{columns}{rows}>{_spelt(cell.text, _as_text)}</{name}>"


def _as_text(text: str) -> str:
    return formulas.as_html_text(html.escape(text, quote=False))


def _spelt(text: str, spell: Callable[[str], str]) -> str:
    """Return a cell's text with formulas as they are, all else as `spell` writes it."""
    formula: Callable[[str], str] = partial(html.escape, quote=False)
    if spell is not _as_text:
        text = _ADDRESS_AND_LESS.sub(lambda found: found[0].replace("<", " <"), text)
        formula = _piped_formula
    parts = _MATH.split(text)
    spelt = "".join(
        formula(part) if place % 2 and _is_formula(part) else spell(part)
        for place, part in enumerate(parts)
    )
    return _MARK.sub(lambda found: _TAG_OF[found[0]], escape.unfilled(spelt))


def _is_formula(latex: str) -> bool:
    return "](" not in latex and formulas.is_safe(latex)


def _piped_formula(latex: str) -> str:
    return _LESS.sub("< ", latex).replace("|", r"\|")
