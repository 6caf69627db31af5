r"""Habits of DeepSeek-OCR that no page shows, put right before its text becomes Markdown; pure.

Seen in 233 of its replies: a blank after each hyphen ("year- round"), the items of a list on one
line ("- One.- Two."), `\(\)` for a dollar and then prose where a formula should be, and a blank
between a formula and the comma behind it.
"""

import re
from collections.abc import Iterator

from ocrqueue.text import prose

# After these a hyphen stands for the rest of a word: "pre- and post-war", "Vor- und Nachteile".
_JOINING = (
    "und|oder|bzw|sowie|wie|als|bis|and|or|to|nor|but|et|ou|y|o|e|u|en|of|och|eller|og|i|a|ni"
)
_PARTED = re.compile(rf"(?<=[^\W\d_]-)[ ](?!(?:{_JOINING})\b)(?=[^\W\d_])|(?<=\d-)[ ](?=\d)")
_ITEM = re.compile(r"[ \t]{0,8}- \S")
_GLUED = re.compile(r"(?<=[.!?;:)])(?=- [^\W\d_])|(?<=[a-z])(?=- (?:[^\W\d_]+ ){3})")
_BEFORE_STOP = re.compile(r"(?<=\\\)) (?=[.,;:!?](?:\s|$))")
_DOLLAR = re.compile(r"\\\(\s{0,4}\\\)(\s{0,2})(?=(\d)?)")
_EMPTY_BLOCK = re.compile(r"\\\[\s{0,20}\\\]")
_WORD = re.compile(r"(?<![\\\w])[^\W\d_]{2,}")
_NOT_PROSE = re.compile(r"[\\^_={}&]")
LEAST_WORDS = 3  # of a "formula" that is prose; behind a number one is enough


def mended(text: str) -> str:
    """Return a block's text as the page has it; formulas that are some stay as they are."""
    text = _EMPTY_BLOCK.sub("", _DOLLAR.sub(lambda found: "\\$" if found[2] else found[1], text))
    text = _BEFORE_STOP.sub("", "".join(_without_false_formulas(text)))
    text = _replaced(text, _PARTED, "")
    return _replaced(text, _GLUED, "\n") if _ITEM.match(text.lstrip("\n")) else text


def _without_false_formulas(text: str) -> Iterator[str]:
    r"""Yield the text without the `\(` and `\)` around prose."""
    done, end = 0, -1
    begin = text.find(r"\(")
    while begin >= 0:
        end = text.find(r"\)", begin + 2) if end < begin + 2 else end
        if end < 0:
            break
        inside = text[begin + 2 : end]
        if _is_prose(inside, LEAST_WORDS if not text[begin - 1 : begin].isdigit() else 1):
            yield text[done:begin] + " " + inside.strip() + " "
            done = end + 2
        begin = text.find(r"\(", begin + 2)
    yield text[done:]


def _is_prose(inside: str, least: int) -> bool:
    if r"\(" in inside or _NOT_PROSE.search(inside):
        return False
    return len(_WORD.findall(inside)) >= least


def _replaced(text: str, what: re.Pattern[str], by: str) -> str:
    """Return the text with something else for what is found in its prose."""
    parts, done = [], 0
    for found in what.finditer(prose.without_formulas(text)):
        parts += [text[done : found.start()], by]
        done = found.end()
    return "".join([*parts, text[done:]])
