"""A reply about one table or one formula, without the talk and the fences around it."""

import re

from ocrqueue.grounding import clean
from ocrqueue.grounding.parser import parse
from ocrqueue.tables import Style, cut_out

_FENCE = re.compile(r"^[ \t]*(```+|~~~+)[^\n`]*$", re.MULTILINE)
_OPEN_AND_CLOSE = ((r"\[", r"\]"), ("$$", "$$"), (r"\(", r"\)"), ("$", "$"))
_NUMBERED = re.compile(r"\\(?:begin|end)\{(?:equation|displaymath|math)\*?\}")


def table(reply: str, style: Style = Style.MARKDOWN) -> str:
    """Return the tables of a reply as Markdown; where there are none, all it says."""
    text = _unfenced(_said(reply))
    if found := cut_out(text):
        return clean.clean("\n\n".join(found), style)
    rows = [line.strip() for line in text.split("\n") if line.lstrip().startswith("|")]
    return clean.clean("\n".join(rows) if len(rows) > 1 else text, style)


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
    return clean.formula(_NUMBERED.sub("", text))


def _said(reply: str) -> str:
    return clean.without_tokens("\n".join(block.text for block in parse(reply)))


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
