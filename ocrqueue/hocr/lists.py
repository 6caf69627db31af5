"""Lines that begin with a bullet or a number -> the items of a list."""

import re
from collections.abc import Sequence

from ocrqueue.hocr.page import Line

_BULLET = re.compile(r"[•·▪◦●○■□‣⁃▶►➢✓✔❖*]|[-–—]")
# What Tesseract makes of round, hollow and square bullets.
_MISREAD = re.compile(r"[¢©®°«»§@eoOQ]|\+")
_NUMBER = re.compile(r"\d{1,3}[.)]")
_LETTER = re.compile(r"\(?(?:[a-z]|[ivx]{1,4}|\d{1,2})\)")


def items(lines: Sequence[Line]) -> list[tuple[str, list[Line]]] | None:
    """Return each item's marker in Markdown and its lines; None: this is no list."""
    if len(lines[0].words) < 2 or not (first := _marker(lines[0], sure=_indented(lines))):  # noqa: PLR2004
        return None
    found: list[tuple[str, list[Line]]] = []
    for line in lines:
        marker = _marker(line, sure=bool(found) and first == "- ")
        if marker and _same_kind(marker, first):
            found.append((marker, [_without_first(line)]))
        elif found:
            found[-1][1].append(line)
    return found


def is_numbered_heading(found: Sequence[tuple[str, list[Line]]]) -> bool:
    """Whether these items may as well be one numbered heading: "1. Where we measured"."""
    return len(found) == 1 and found[0][0][0].isdigit()


def _marker(line: Line, *, sure: bool) -> str:
    """Return the Markdown marker for the line's first word; "" where it is none."""
    head = line.words[0].text
    if len(line.words) < 2:  # noqa: PLR2004
        return ""
    if _BULLET.fullmatch(head) or (sure and _MISREAD.fullmatch(head)):
        return "- "
    if head in {"¢", "©", "®"} or (
        head in {"e", "o", "«", "°", "+"} and line.words[1].text[:1].isupper()
    ):
        return "- "
    if _NUMBER.fullmatch(head):
        return head + " "
    return "- " + head + " " if _LETTER.fullmatch(head) else ""


def _same_kind(marker: str, first: str) -> bool:
    return (marker == "- ") == (first == "- ") and marker[0].isdigit() == first[0].isdigit()


def _indented(lines: Sequence[Line]) -> bool:
    """Whether every further line begins right of the first one's marker, as a wrapped item does."""
    edge = lines[0].box.left + 0.6 * lines[0].size
    return len(lines) > 1 and all(line.box.left > edge for line in lines[1:])


def _without_first(line: Line) -> Line:
    return Line(line.words[1:], line.box, line.size)
