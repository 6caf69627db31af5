"""Text of a page that happens to look like Markdown or HTML is kept from becoming structure.

Light on purpose: only what would change how the page is shown is given a backslash.
See https://spec.commonmark.org/0.31.2/#backslash-escapes
"""

import re

_TAG_OR_ENTITY = re.compile(r"<(?=[A-Za-z/!?])|&(?=#?\w{1,31};)")
# Readers that make links of bare addresses take a backslash for a part of them, and the tag behind
# one would act: see https://github.github.com/gfm/#autolinks-extension-
_TAG_AT_ADDRESS = re.compile(r"((?:://|www\.)[^\s<]*)<(?=[A-Za-z/!?])", re.IGNORECASE)
_INLINE = re.compile(
    r"\\(?=[!-/:-@\[-`{-~])|`|\*(?=\S)|(?<=\S)\*|~~|\](?=[(\[])|(?<!\w)_+(?=\w)|(?<=\w)_+(?!\w)"
)
_LEADER = re.compile(
    r"(?:#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|[-=_*](?=(?:\s*[-=_*])+\s*$)|=\s*$|~~~|\|)"
)
_NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_DEFINITION = re.compile(r"\[(?=[^\]]+\]:)")


def inline(text: str) -> str:
    """Return text that shows itself inside a paragraph, a heading or a list item."""
    text = _TAG_AT_ADDRESS.sub(r"\1 <", text)
    text = _INLINE.sub(lambda found: "".join("\\" + sign for sign in found[0]), text)
    return _TAG_OR_ENTITY.sub(lambda found: "\\" + found[0], text)


def line(text: str) -> str:
    """Return text that shows itself at the start of a line, where more signs have a meaning."""
    text = inline(text)
    if _LEADER.match(text) or _DEFINITION.match(text):
        return "\\" + text
    return _NUMBER.sub(r"\1\\\2", text, count=1) if _NUMBER.match(text) else text


def cell(text: str) -> str:
    """Return text that stays in one cell of a pipe table."""
    return inline(text).replace("|", "\\|")
