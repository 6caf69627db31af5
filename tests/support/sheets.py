"""Makes sheets by hand, so that a test can say where each letter stands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ocrqueue.text.layer.sheet import BOLD, SPACED, Character, Sheet

ADVANCE = 0.5  # of the size; each letter is so wide
WIDTH, HEIGHT = 1700, 2200  # a letter page at 200 dots an inch


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A line of text at a place; `base` is where its letters stand, in pixels from the top."""

    text: str
    base: float
    left: float = 200
    size: float = 30
    bold: bool = False
    look: int = 0


def typed(*lines: str, base: float = 300, **more: Any) -> list[Typed]:
    """Return lines below each other."""
    step = 1.2 * more.get("size", 30)
    return [Typed(text=text, base=base + at * step, **more) for at, text in enumerate(lines)]


def sheet_of(lines: Sequence[Typed], **more: Any) -> Sheet:
    """Return a sheet of a letter page with these lines in this order."""
    found = tuple(one for line in lines for one in characters(line))
    return Sheet(width=WIDTH, height=HEIGHT, characters=found, **more)


def characters(line: Typed) -> Iterator[Character]:
    """Yield the letters of a line; blanks move on and are no characters."""
    spaced, advance = False, ADVANCE * line.size
    for at, sign in enumerate(line.text):
        if sign == " ":
            spaced = True
            continue
        left = line.left + at * advance
        look = line.look | (BOLD if line.bold else 0) | (SPACED if spaced else 0)
        top, bottom = line.base - 0.9 * line.size, line.base + 0.2 * line.size
        yield Character(
            sign, left, top, left + advance, bottom, left, line.base, line.size, 0, look
        )
        spaced = False
