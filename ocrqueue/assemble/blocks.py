"""A page's Markdown ends what it began, and never passes for the head of a file."""

import re

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
_HEAD_RULE = re.compile(r"(---+|\+\+\++|;;;+)(?=[ \t]*(?:\n|$))")


def clean(markdown: str) -> str:
    """Return a page's text as it enters a file: whole UTF-8, plain line ends, no empty edges."""
    text = markdown.encode("utf-8", "replace").decode("utf-8")
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    return re.sub(r"\A(?:[ \t]*\n)+", "", text.rstrip())


def closed(markdown: str) -> str:
    """Return the text with an open code fence or HTML block closed, for it would hide the rest."""
    end = _open_end(markdown)
    return f"{markdown}\n{end}" if end else markdown


def without_head(markdown: str) -> str:
    """Return the text so that its first line does not begin a front matter.

    A rule of dashes becomes one of stars, which shows the same; others get a backslash.
    """
    match = _HEAD_RULE.match(markdown)
    if not match:
        return markdown
    rule = match[0]
    return ("***" if rule[0] == "-" else "\\" + rule) + markdown[len(rule) :]


def _open_end(markdown: str) -> str:
    """Return what would close the block that is open at the end; "" for none."""
    end = ""
    for line in markdown.split("\n"):
        if not end:
            end = _opened_by(line)
        elif _closes(line, end):
            end = ""
    return end


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
