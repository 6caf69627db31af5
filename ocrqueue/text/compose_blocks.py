"""A page's Markdown ends what it began, and never passes for the head of a file."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from ocrqueue.model.page import PageResult

_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
# HTML blocks that only their own end closes, else they take in all that follows.
# See https://spec.commonmark.org/0.31.2/#html-blocks
_HTML_ENDS = (
    (re.compile(r" {0,3}<!--"), "-->"),
    (re.compile(r" {0,3}<\?"), "?>"),
    (re.compile(r" {0,3}<!\[CDATA\["), "]]>"),
    (re.compile(r" {0,3}<script(?=[\s>]|$)", re.IGNORECASE), "</script>"),
    (re.compile(r" {0,3}<style(?=[\s>]|$)", re.IGNORECASE), "</style>"),
    (re.compile(r" {0,3}<pre(?=[\s>]|$)", re.IGNORECASE), "</pre>"),
    (re.compile(r" {0,3}<textarea(?=[\s>]|$)", re.IGNORECASE), "</textarea>"),
)
_DASHES = re.compile("-{2,}")  # two of them would end a comment, or are not allowed in it
_HEAD_RULE = re.compile(r"(---+|\+\+\++|;;;+)(?=[ \t]*(?:\n|$))")


def clean(markdown: str) -> str:
    """Return a page's text as it enters a file: whole UTF-8, plain line ends, no empty edges."""
    text = markdown.encode("utf-8", "replace").decode("utf-8")
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    return re.sub(r"\A(?:[ \t]*\n)+", "", text.rstrip())


def closed(markdown: str) -> str:
    """Return the text with an open code fence or HTML block closed, for it would hide the rest."""
    end = reduce(lambda end, line: _after(line, end), markdown.split("\n"), "")
    return f"{markdown}\n{end}" if end else markdown


def marked(page: PageResult) -> PageResult:
    """Return a page with a comment before the block that its witness doubts, if there is one."""
    told, markdown = page.witness, page.markdown
    if told is None or not told.doubt or not markdown:
        return page
    said = " ".join(f"{told.doubt}: {told.words}".rstrip(": ").split())
    comment = f"<!-- {_DASHES.sub('-', ''.join(filter(str.isprintable, said)))} -->\n"
    begin = _block_begin(markdown, told.at or 0)
    return replace(page, markdown=markdown[:begin] + comment + markdown[begin:])


def _block_begin(markdown: str, at: int) -> int:
    """Return where the block begins that holds a place: after an empty line, but in no fence."""
    begin, place, end, is_apart = 0, 0, "", True
    for line in markdown.split("\n"):
        if place > at:
            break
        if is_apart and not end:
            begin = place
        end = _after(line, end)
        is_apart = not line.strip()
        place += len(line) + 1
    return begin


def without_head(markdown: str) -> str:
    """Return the text so that its first line does not begin a front matter.

    A rule of dashes becomes one of stars, which shows the same; others get a backslash.
    """
    match = _HEAD_RULE.match(markdown)
    if not match:
        return markdown
    rule = match[0]
    return ("***" if rule[0] == "-" else "\\" + rule) + markdown[len(rule) :]


def _after(line: str, end: str) -> str:
    """Return what would close the block that is open after a line, and before it was to `end`."""
    if not end:
        return _opened_by(line)
    return "" if _closes(line, end) else end


def _opened_by(line: str) -> str:
    if fence := _FENCE.match(line):
        return fence[1]
    for begin, end in _HTML_ENDS:
        if (match := begin.match(line)) and end not in line[match.end() :].lower():
            return end
    return ""


def _closes(line: str, end: str) -> bool:
    if end[0] not in "`~":
        return end in line.lower()
    bare = line.strip()
    indented = len(line) - len(line.lstrip(" ")) > 3  # noqa: PLR2004 - that would be code
    return not indented and len(bare) >= len(end) and not bare.strip(end[0])


_HYPHENS = "-\u2010\u00ad"
_MIN_WORDS_BEFORE = 4  # fewer: more likely a page number, a heading or a running title
_MIN_WORDS_AFTER = 2
_STRUCTURE = re.compile(
    r"[\s#>|<\\!$~`*_=+-]"  # heading, quote, table, HTML, escaped sign, image, formula, code, list
    r"|\d{1,9}[.)](?:\s|$)"  # numbered list
    r"|\[[^\]]*\]:"  # link definition, footnote
)
_NOT_PLAIN = re.compile(r"```|~~~|\$\$|\s\|\s|<[A-Za-z/!]")


def joint(before: str, after: str) -> tuple[str, str] | None:
    """Return the end of one page and the beginning of the next as they join, or None.

    Both must be plain paragraphs: the first ends in a letter, a comma or a hyphenated part of a
    word, the second begins with a small letter. Scripts without small letters are never joined.
    """
    last = before[before.rfind("\n\n") + 2 if "\n\n" in before else 0 :]
    first = after.split("\n\n", 1)[0]
    if not _runs_on(last) or not _continues(first):
        return None
    if before[-1] in _HYPHENS:
        return before[:-1] if _splits_a_word(last) else before, after
    return before + " ", after


def _runs_on(paragraph: str) -> bool:
    if len(paragraph.split()) < _MIN_WORDS_BEFORE or not _is_plain(paragraph):
        return False
    end = paragraph[-1]
    return end.isalpha() or end == "," or (end in _HYPHENS and paragraph[-2].isalpha())


def _continues(paragraph: str) -> bool:
    is_text = len(paragraph.split()) >= _MIN_WORDS_AFTER and _is_plain(paragraph)
    return is_text and paragraph[0].islower()


def _is_plain(paragraph: str) -> bool:
    lines = paragraph.split("\n")
    return not _NOT_PLAIN.search(paragraph) and not any(_STRUCTURE.match(line) for line in lines)


def _splits_a_word(paragraph: str) -> bool:
    """Tell `continu-` from `state-of-the-`: a compound keeps its hyphen."""
    word = paragraph.rsplit(maxsplit=1)[-1][:-1]
    return not any(sign in word for sign in _HYPHENS)


def linked(pages: Sequence[PageResult], folder: str) -> Sequence[PageResult]:
    """Return the pages with links to their figures in a folder, given as the beginning of a URL.

    Only we write a link of this form; whatever looks like one in a reply was escaped.
    """
    return [_linked(page, folder) if page.figures else page for page in pages]


def without_figures(page: PageResult, lost: Sequence[str]) -> PageResult:
    """Return the page without the figures of these names and the links to them."""
    markdown = page.markdown or ""
    for name in lost:
        markdown = markdown.replace(f"![]({name})", "")
    kept = tuple(figure for figure in page.figures if figure.name not in lost)
    return replace(page, markdown=markdown, figures=kept) if lost else page


def _linked(page: PageResult, folder: str) -> PageResult:
    markdown = page.markdown or ""
    for figure in page.figures:
        markdown = markdown.replace(f"![]({figure.name})", f"![]({folder}/{figure.name})")
    return replace(page, markdown=markdown)
