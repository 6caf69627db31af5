"""Code within a line is set aside, so that what cleans the text around it leaves it alone; pure.

Only what every reader takes for code counts, for what stands in it stays as it is: backticks that
are closed in their own line, with nothing before them in the paragraph that a reader may join
otherwise. See https://spec.commonmark.org/0.31.2/#code-spans
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator

_BLANK_LINE = re.compile(r"(\n[ \t]*\n)")
_RUN = re.compile("`+")
# Readers that know formulas or bare addresses take them as a whole, backticks and all.
_SIGN = re.compile(r"\\[!-/:-@\[-`{-~]|`+|\$|(?:://|www\.)[^\s<]*", re.IGNORECASE)
_PIPE_ROW = re.compile(r"^(?=[^\n-]*-)(?=[^\n|:]*[|:])[ \t>|:-]+$", re.MULTILINE)
_QUERY = r"[ \t\xa0]*+\$?="  # Obsidian runs code that begins so
_IS_QUERY = re.compile(_QUERY)
_OPENS_QUERY = re.compile(rf"`(?={_QUERY})")
# Pandoc takes code for HTML, and others for a command, where braces touch it.
_TOUCHED = re.compile("(\\}?)(\x06\\d+\x06)(\\{?)")
_LONGEST_RUN = 20  # backticks; cmark gives up beyond 80
_ASIDE = re.compile("\x06(\\d+)\x06")  # no text has this sign: `printable` drops it


class Aside:
    """A text with marks where code was, and that code."""

    def __init__(self, text: str) -> None:
        self._codes: list[str] = []
        has_pipes = _PIPE_ROW.search(text) is not None
        self.text = "".join(
            self._marked(part, has_pipes=has_pipes) for part in _BLANK_LINE.split(text)
        )

    def put_back(self, text: str) -> str:
        """Return the text with code where marks are."""
        return _ASIDE.sub(lambda found: self._codes[int(found[1])], text)

    def _marked(self, paragraph: str, *, has_pipes: bool) -> str:
        pieces, place = [], 0
        for start, end in _spans(paragraph, has_pipes=has_pipes):
            pieces += [paragraph[place:start], f"\x06{len(self._codes)}\x06"]
            self._codes.append(paragraph[start:end])
            place = end
        return "".join([*pieces, paragraph[place:]])


def without_queries(text: str) -> str:
    """Return text without its code in which no backtick begins a query."""
    return _OPENS_QUERY.sub("&#96;", text)


def apart(text: str) -> str:
    """Return the text with no brace beside a mark."""
    return _TOUCHED.sub(lambda found: " ".join(filter(None, found.groups())), text)


def _spans(paragraph: str, *, has_pipes: bool) -> Iterator[tuple[int, int]]:
    """Yield where code begins and ends, up to the first backticks that may be joined otherwise."""
    runs = defaultdict(list)
    for run in _RUN.finditer(paragraph):
        runs[len(run[0])].append(run.start())
    place, after_dollar = 0, False
    while sign := _SIGN.search(paragraph, place):
        place = sign.end()
        if sign[0].startswith("`"):
            same = runs[len(sign[0])]
            closing = bisect_left(same, place)
            if closing == len(same):
                return  # just backticks, but cmark loses count of those that follow
            code = paragraph[place : same[closing]]
            if (
                "\n" in code
                or _IS_QUERY.match(code)
                or len(sign[0]) > _LONGEST_RUN
                or (has_pipes and "|" in code)
                or (after_dollar and "$" in code)
            ):
                return
            place += len(code) + len(sign[0])
            yield sign.start(), place
        elif sign[0] == "$":
            after_dollar = True
        elif "`" in sign[0] and not sign[0].startswith("\\"):
            return
