"""Which lines of a reply are fenced code to every reader of Markdown; pure, in linear time.

What stands in a fence is left as it is, so a fence that some reader takes for text, or for the end
of another one, would let live HTML through. A fence at the edge of the page is always one; one that
is indented counts only if it is closed and what is known of the lists around it proves it. All
others are to be made text (`defused`), so that a reader sees no fence but those that count. See
https://spec.commonmark.org/0.31.2/#fenced-code-blocks and #list-items there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ocrqueue.text.fence_languages import LANGUAGES

# With a pipe in it, markdown-it takes it for the head of a table where a row of dashes follows.
_FENCE = re.compile(r"`{3,}(?=[^`|]*$)|~{3,}(?=[^|]*$)")
# All that a reader could take for a fence, behind whatever signs of lists and quotes.
_LIKE_FENCE = re.compile(
    r"^((?:[ \t>]|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))*)(`{3,}(?=[^`\n]*$)|~{3,})", re.MULTILINE
)
_ITEM = re.compile(r" *([-+*]|\d{1,9}[.)]) {1,4}(?=[^ \t\n])(?=[-+* ]*[^-+* ])")
_INTERRUPTING = frozenset({"-", "+", "*", "1.", "1)"})  # other items do not end a paragraph
# What is rewritten later, so that lines below may no longer belong to the list they seem to be in.
_REWRITTEN = re.compile(r"<table|<center|\\\[", re.IGNORECASE)
_DEEPEST = 3  # spaces; what is indented further is no fence


@dataclass(frozen=True, slots=True)
class _Fence:
    indent: int
    marks: str


@dataclass(slots=True)
class _Lists:
    """The columns at which the text of the items begins that are open for certain."""

    columns: list[int] = field(default_factory=list)
    follows_text: bool = False
    is_known: bool = True

    def opening(self, line: str) -> _Fence | None:
        """Take in the next line of text; return the fence that it opens for certain."""
        if not line.strip(" \t"):
            self.follows_text = False
            return None
        indent = _width(line, " ")
        ends_item = self._close(indent)
        column = self._begin(line, indent, ends_item=ends_item)
        self.follows_text = True
        if _REWRITTEN.search(line):
            self.columns, self.is_known = [], False
        fence = _FENCE.match(line, column or indent)
        if fence is None or (column is None and indent > self._inner + _DEEPEST):
            return None
        return _Fence(column or indent, fence[0])

    @property
    def _inner(self) -> int:
        return self.columns[-1] if self.columns else 0

    def _close(self, indent: int) -> bool:
        """Forget the items that a line ends or lazily goes on with; tell whether there were any."""
        before = len(self.columns)
        while self._inner > indent:
            self.columns.pop()
        return len(self.columns) < before

    def _begin(self, line: str, indent: int, *, ends_item: bool) -> int | None:
        item = _ITEM.match(line)
        if item is None or not self.is_known or indent > self._inner + _DEEPEST:
            return None
        if self.follows_text and not ends_item and item[1] not in _INTERRUPTING:
            return None
        self.columns.append(item.end())
        return item.end()


def split(text: str) -> Iterator[tuple[bool, str]]:
    """Yield what is fenced code and what is not; a fence at the edge is closed if it is not."""
    lines, lists = text.split("\n"), _Lists()
    prose: list[str] = []
    place = 0
    while place < len(lines):
        fence = lists.opening(lines[place])
        if fence is None:
            prose.append(lines[place])
            place += 1
            continue
        end, is_closed = _end(lines, place, fence)
        if is_closed or not fence.indent:
            if prose:
                yield False, "\n".join(prose)
            code = [_named(lines[place], fence), *lines[place + 1 : end]]
            yield True, "\n".join([*code, *([] if is_closed else [fence.marks])])
            prose = []
        else:
            # Nothing in here is looked at again, for that would take quadratic time.
            prose += lines[place:end]
        lists.follows_text = not is_closed
        place = end
    if prose:
        yield False, "\n".join(prose)


def defused(prose: str) -> str:
    """Return text in which nothing opens or closes a fence."""
    return _LIKE_FENCE.sub(lambda found: found[1] + "\\" + "\\".join(found[2]), prose)


def are_in(text: str) -> bool:
    """Whether a line could be taken for a fence."""
    return _LIKE_FENCE.search(text) is not None


def dropped(text: str) -> str:
    """Return the text without the lines that could be taken for a fence."""
    return "\n".join(line for line in text.split("\n") if not _LIKE_FENCE.match(line))


def _named(line: str, fence: _Fence) -> str:
    """Return the first line of a fence; a name stays only where it is that of a language.

    Other names make readers run the code, draw it or take it for HTML.
    """
    end = fence.indent + len(fence.marks)
    return line if line[end:].strip().casefold() in LANGUAGES else line[:end]


def _end(lines: list[str], start: int, fence: _Fence) -> tuple[int, bool]:
    """Return the line after the code, and whether the fence is closed there for every reader."""
    margin = " " * fence.indent
    for place in range(start + 1, len(lines)):
        line = lines[place]
        if not line.startswith(margin) and line.strip(" \t"):
            return place, False  # the list may end here, and the code with it
        more = _closes(line[fence.indent :], fence.marks)
        if more is not None and (more == 0 or (not fence.indent and more <= _DEEPEST)):
            return place + 1, True
        if more is not None and fence.indent:
            return place, False  # closed for one reader, open for another
    return len(lines), False


def _closes(line: str, marks: str) -> int | None:
    """Return how far a closing fence is indented, None if the line is none; a tab is too far."""
    bare = line.strip(" \t")
    if len(bare) < len(marks) or bare.strip(marks[0]):
        return None
    indent = _width(line, " \t")
    return _DEEPEST + 1 if "\t" in line[:indent] else indent


def _width(line: str, signs: str) -> int:
    return len(line) - len(line.lstrip(signs))
