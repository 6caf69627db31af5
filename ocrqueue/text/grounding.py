"""Blocks become the Markdown of a page, with a link for each figure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ocrqueue.model.page import Margin, Place
from ocrqueue.text import code_lines, fences, formulas, habits, sanitize
from ocrqueue.text.grounding_parser import Block, GroundedBox, ends_open, parse
from ocrqueue.text.html_tables import Style, cut_out

_AROUND = frozenset({"header", "footer", "page_header", "page_footer", "page_number"})
_FIGURES = frozenset({"image", "figure", "picture", "chart", "photo", "logo", "stamp", "seal"})
_CAPTIONS = frozenset({"image_caption", "figure_caption", "table_caption", "caption"})
_FORMULAS = frozenset({"equation", "formula", "isolate_formula", "display_formula"})
_HEADINGS = {"title": "# ", "sub_title": "## ", "section_title": "## "}
_TEXTS = frozenset(
    {
        *("text", "paragraph", "abstract", "aside_text", "list", "list_item", "code", "table"),
        *("footnote", "page_footnote", "table_footnote", "image_footnote", "equation_number"),
        *("reference", "references", "index", "toc"),
    }
)
_LABELS = {"", *_AROUND, *_FIGURES, *_CAPTIONS, *_FORMULAS, *_HEADINGS, *_TEXTS}

_LEAST_SIDE = 8  # thousandths of the page; a smaller figure is a dot
_MOST_FIGURES = 50  # of one page
_HASHES = re.compile(r"#{1,6}(?=\s)")
_WRAP = re.compile(r"\n(?!#{1,6}\s)[ \t]*")  # a line with hashes is a heading of its own
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_TABLES = ("<table>", "| ")
_DELIMITER = re.compile(r"(?<!\\)(?:\\\\)*(?:\\[()\[\]]|\$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundedFigure:
    """A picture on the page, and the name its file gets."""

    name: str
    box: GroundedBox


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundedPage:
    """A page's Markdown; it links to each figure by its bare name."""

    markdown: str
    figures: tuple[GroundedFigure, ...] = ()
    margins: tuple[Margin, ...] = ()  # of headers and footers, where they are kept


def page(
    reply: str, *, number: int = 0, keep_headers: bool = False, tables: Style = Style.MARKDOWN
) -> GroundedPage:
    """Return the Markdown of a page and its figures from a model's reply, grounded or not.

    Headers and footers are left out unless they are to be kept.
    """
    figures: list[GroundedFigure] = []
    texts: list[str] = []
    margins: list[Margin] = []
    for block in code_lines.joined(parse(reply)):
        if block.label.casefold() in _AROUND and not keep_headers:
            continue
        fresh = list(_figures(block, number, figures))
        figures += fresh
        texts += [f"![]({figure.name})" for figure in fresh]
        text = _text(block, tables)
        if block.label.casefold() in _AROUND:
            margins += _margins(block, text, sum(one.count("\n\n") + 1 for one in texts if one))
        texts.append(text)
    markdown = "\n\n".join(filter(None, texts))
    return GroundedPage(markdown=markdown, figures=tuple(figures), margins=tuple(margins))


def _margins(block: Block, text: str, before: int) -> Iterator[Margin]:
    """Yield what is to be said of a header or footer that comes behind so many blocks of text."""
    place = Place.FOOT if "foot" in block.label.casefold() else Place.HEAD
    for number in range(text.count("\n\n") + 1 if text else 0):
        yield Margin(block=before + number, place=place, sure=True)


def is_cut(reply: str) -> bool:
    """Whether a reply ends where more was to come: in a tag, a table's row, before its text.

    Eleven of 1,091 real replies end so, each of them in the middle of its page.
    """
    if ends_open(reply) or _ends_in_row(reply):
        return True
    blocks = parse(reply)
    last = blocks[-1] if blocks else Block()
    label = last.label.casefold()
    return label in {*_TEXTS, *_HEADINGS, *_FORMULAS} and not last.text.strip()


def _ends_in_row(reply: str) -> bool:
    lowered = reply.lower()
    table = lowered.rfind("<table")
    if table < 0 or lowered.find("</table", table) >= 0:
        return False
    return lowered.rfind("<tr", table) > lowered.rfind("</tr", table)


def _figures(
    block: Block, number: int, before: Sequence[GroundedFigure]
) -> Iterator[GroundedFigure]:
    if block.label.casefold() not in _FIGURES:
        return
    known = {figure.box for figure in before}
    fresh = (box for box in dict.fromkeys(block.boxes) if box not in known)
    boxes = [x for x in fresh if min(x.right - x.left, x.bottom - x.top) >= _LEAST_SIDE]
    for place, box in enumerate(boxes[: _MOST_FIGURES - len(before)], len(before) + 1):
        yield GroundedFigure(name=f"p{number:04d}-{place}.png", box=box)


def _text(block: Block, tables: Style) -> str:
    label = block.label.casefold()
    said = _said_in(block, label)
    text = sanitize.clean(said, tables)
    if not text.strip():
        # What is no label is a line.
        return "" if label in _LABELS else sanitize.clean(block.label, tables)
    if label in _HEADINGS:
        return _headed(sanitize.without_tokens(said).strip(), _HEADINGS[label], tables)
    if label in _CAPTIONS:
        return sanitize.caption(text)
    if label in _FORMULAS and not _DELIMITER.search(text):
        latex = sanitize.formula(sanitize.without_tokens(block.text))
        return formulas.as_block(latex) if latex else text
    return text


def _said_in(block: Block, label: str) -> str:
    """Return a block's text without what its model does to each."""
    if label in _FORMULAS:
        return block.text
    if label not in {"text", "code"}:
        return habits.mended(block.text)
    return code_lines.fenced(block.text) or habits.mended(code_lines.uncommented(block.text))


def _headed(text: str, mark: str, tables: Style) -> str:
    """Return the text with its lines up to the first blank one as a heading; code is none.

    The two are cleaned apart: what is code in a list is none below a heading.
    """
    head, *rest = _BLANK_LINE.split(text, maxsplit=1)
    if fences.are_in(head):
        return sanitize.clean(text, tables)
    heading = _heading(sanitize.clean(head, tables).strip(), mark)
    return "\n\n".join(filter(None, [heading, *(sanitize.clean(part, tables) for part in rest)]))


def _heading(text: str, mark: str) -> str:
    """Return a heading on one line; the level that the model gave it wins.

    The cleaned text has blank lines where tables and centered lines were, and what is safe below
    one may not be on the same line. So a table stays what it is.
    """
    if not text or text.startswith(_TABLES):
        return text
    head, *rest = _BLANK_LINE.split(text, maxsplit=1)
    line = _WRAP.sub(" ", head)
    return "\n\n".join([line if _HASHES.match(line) else mark + line, *rest])


_FENCE = re.compile(r"^[ \t]*(```+|~~~+)[^\n`]*$", re.MULTILINE)
_OPEN_AND_CLOSE = ((r"\[", r"\]"), ("$$", "$$"), (r"\(", r"\)"), ("$", "$"))
_NUMBERED = re.compile(r"\\(?:begin|end)\{(?:equation|displaymath|math)\*?\}")


def table(reply: str, style: Style = Style.MARKDOWN) -> str:
    """Return the tables of a reply as Markdown; where there are none, all it says."""
    text = _unfenced(_said(reply))
    if found := cut_out(text):
        return sanitize.clean("\n\n".join(found), style)
    rows = [line.strip() for line in text.split("\n") if line.lstrip().startswith("|")]
    return sanitize.clean("\n".join(rows) if len(rows) > 1 else text, style)


def formula(reply: str) -> str:
    """Return the LaTeX of a reply, without delimiters; each of several formulas has its own line.

    What stands between delimiters is the formula and all else is talk; where there are none, all of
    it is the formula.
    """
    text = _unfenced(_said(reply))
    for opening, closing in _OPEN_AND_CLOSE:
        if found := _between(text, opening, closing):
            text = "\n".join(found)
            break
    return sanitize.formula(_NUMBERED.sub("", text))


def _said(reply: str) -> str:
    return sanitize.without_tokens("\n".join(block.text for block in parse(reply)))


def _unfenced(text: str) -> str:
    """Return what stands in the first fence, or all where there is none."""
    parts = _FENCE.split(text, maxsplit=2)  # before, fence, inside, fence, after
    return parts[2] if len(parts) > 2 and parts[2].strip() else text  # noqa: PLR2004


def _between(text: str, opening: str, closing: str) -> list[str]:
    found, place = [], 0
    while (start := text.find(opening, place)) >= 0:
        start += len(opening)
        end = text.find(closing, start)
        if end < 0:
            break
        found.append(text[start:end].strip())
        place = end + len(closing)
    return [part for part in found if part]
