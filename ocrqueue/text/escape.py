"""Text of a page that happens to look like Markdown or HTML is kept from becoming structure.

Light on purpose: only what would change how the page is shown is given a backslash.
See https://spec.commonmark.org/0.31.2/#backslash-escapes
"""

import re

from ocrqueue.text import formulas

_TAG_OR_ENTITY = re.compile(r"<(?=[A-Za-z/!?])|&(?=#?\w{1,31};)")
# Readers that make links of bare addresses take a backslash for a part of them, and the tag behind
# one would act: see https://github.github.com/gfm/#autolinks-extension-
_TAG_AT_ADDRESS = re.compile(r"((?:://|www\.)[^\s<]*+)(<(?=[A-Za-z/!?]))?", re.IGNORECASE)
_INLINE = re.compile(
    r"\\(?=[!-/:-@\[-`{-~])|`|\*(?=\S)|(?<=\S)\*|~~|\](?=[(\[])|(?<!\w)_+(?=\w)|(?<=\w)_+(?!\w)"
)
_LEADER = re.compile(
    r"(?:#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|[-=_*](?=(?:\s*[-=_*])+\s*$)|=\s*$|~~~|\|)"
)
_NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_DEFINITION = re.compile(r"\[(?=[^\]]+\]:)")


# Characters that cannot be seen and may mean something else than what is seen: controls, what turns
# the direction of the text, tags, and signs of width zero but those that scripts and emoji need.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u180e\u200b\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffb\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
    # Variants are of a letter or sign before them; a row of them hides a message.
    '|(?:^|(?<=[\\s!"$-)+-/:-~\ufe00-\ufe0f\U000e0100-\U000e01ef]))'
    "[\ufe00-\ufe0f\U000e0100-\U000e01ef]++"
)
# What makers of notes and reports run wherever it stands, even in code: <% %>, `r x`, `{r} x`.
_RUN = re.compile(r"<(?=%)|`(?=r[ #]|\{\w{1,20}\})")
_BLANK_TO_FILL = re.compile(r"\{(?=[{%])")  # and what makers of web sites fill in: {{ }}, {% %}


def printable(text: str) -> str:
    """Return whole UTF-8 with plain line ends, without characters that nobody sees."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def unfilled(text: str) -> str:
    """Return text or a formula in which no maker of web sites or notes finds what to fill in."""
    return _BLANK_TO_FILL.sub("{ ", unrun(text))


def unrun(text: str) -> str:
    """Return text, code or a formula in which nothing is run by makers of notes and reports."""
    return _RUN.sub(r"\g<0> ", text)


def passage(text: str) -> str:
    """Return lines of plain text that act as nothing; lists, headings and quotes stay."""
    lines = (inline(line) for line in text.split("\n"))
    marked = ("\\" + line if _DEFINITION.match(line) else line for line in lines)
    return formulas.as_text("\n".join(marked))


def inline(text: str) -> str:
    """Return text that shows itself inside a paragraph, a heading or a list item."""
    text = _TAG_AT_ADDRESS.sub(lambda found: f"{found[1]} <" if found[2] else found[0], text)
    text = _INLINE.sub(lambda found: "".join("\\" + sign for sign in found[0]), text)
    text = _TAG_OR_ENTITY.sub(lambda found: "\\" + found[0], text)
    return unfilled(formulas.as_text(text))


def line(text: str) -> str:
    """Return text that shows itself at the start of a line, where more signs have a meaning."""
    text = inline(text)
    if _LEADER.match(text) or _DEFINITION.match(text):
        return "\\" + text
    return _NUMBER.sub(r"\1\\\2", text, count=1) if _NUMBER.match(text) else text


def cell(text: str) -> str:
    """Return text that stays in one cell of a pipe table."""
    return inline(text).replace("|", "\\|")
