"""Which lines that a model took for text are a program's; pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from ocrqueue.text.grounding_parser import Block

LEAST_SHARE = 0.5  # of the lines from the first to the last that look like code
LEAST_LINES = 3
_COMMENT = re.compile(r"^[ \t]{0,12}#(?=[ \t])", re.MULTILINE)
_PROOF = re.compile(  # what no text has at the begin of a line
    r"[ \t]{0,40}(?:#[ \t]|import[ \t]+[\w.]+|from[ \t]+[\w.]+[ \t]+import\b|print[ \t]?\("
    r"|(?:def|class)[ \t]+\w+[ \t]*[(:])"
)
_LIKE_CODE = re.compile(
    r"[ \t]{0,40}(?:"
    r"@\w+$|(?:for[ \t]+\w+[ \t]+in|(?:el)?if|while)\b[^\n]{0,200}:[ \t]*$|(?:else|try):"
    r"|return\b[^\n]{0,80}$"
    r"|[\w.,\[\]'\"]{1,80}[ \t]?[-+*/]?=[ \t]?[^=\s]"
    r"|[\w.]{1,80}\([^\n]{0,400}\)[ \t]*(?:;|$)"
    r")"
)


def joined(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks; lines of code that a model took for a block each are one block."""
    for is_code, group in groupby(blocks, lambda block: block.label == "text" and _is_code(block)):
        same = list(group)
        if is_code:
            text = "\n".join(block.text.strip() for block in same)
            yield replace(same[0], boxes=tuple(b for one in same for b in one.boxes), text=text)
        else:
            yield from same


def fenced(text: str) -> str | None:
    """Return the text with its code between fences, None where it holds none.

    What stands before the first and after the last line of code stays text; a text that has fences
    already says itself what is code.
    """
    if "```" in text or "~~~" in text or r"\begin{" in text:
        return None
    lines = [line.rstrip() for line in text.strip("\n").split("\n")]
    places = [at for at, line in enumerate(lines) if _is_line(line)]
    if len(places) < LEAST_LINES or not any(_PROOF.match(lines[at]) for at in places):
        return None
    first, last = places[0], places[-1] + 1
    if len(places) < LEAST_SHARE * (last - first):
        return None
    code = "\n".join(["```", *lines[first:last], "```"])
    return "\n\n".join(filter(None, ["\n".join(lines[:first]), code, "\n".join(lines[last:])]))


def uncommented(text: str) -> str:
    """Return the text with a backslash before what Markdown takes for a heading of level one."""
    return _COMMENT.sub(lambda found: found[0][:-1] + "\\#", text)


def _is_code(block: Block) -> bool:
    return all(map(_is_line, block.text.strip().split("\n")))


def _is_line(line: str) -> bool:
    return _PROOF.match(line) is not None or _LIKE_CODE.match(line) is not None
