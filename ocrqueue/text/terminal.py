"""What may reach a terminal of texts that somebody else wrote: names, replies, servers' words."""

import sys
import traceback
import unicodedata
from types import TracebackType

FOREIGN = "\ufffd"
LISTED = "\n  - "  # how our errors list what they are about


def printable(text: str) -> str:
    """Return a text as one line that moves no cursor, changes no colour and hides no letter."""
    shown = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if shown.isprintable():
        return shown
    return "".join(
        char if char.isprintable() or unicodedata.category(char) == "Zs" else FOREIGN  # Zs: blanks
        for char in shown
    )


def told(error: BaseException) -> str:
    """Return what an error says; only the lines of its own list begin anew."""
    return LISTED.join(printable(part) for part in str(error).split(LISTED))


def tell_fault(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Print where an unforeseen error happened, as Python does: an excepthook."""
    for part in traceback.format_exception(kind, error, trace):
        sys.stderr.write("".join(f"{printable(line)}\n" for line in part.splitlines()))
