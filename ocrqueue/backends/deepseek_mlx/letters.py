"""Turns tokens into text one by one, each letter as soon as it is whole; pure.

mlx-vlm hands text out at the next token that begins with a space. A loop of table cells, dots or
Chinese has none, so that nobody would see it before the reply is over.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

PART = "\ufffd"  # stands for bytes that are no whole letter yet
MOST_PARTS = 4  # tokens; no letter has more bytes in UTF-8


@dataclass(slots=True)
class Letters:
    """The text of a growing row of tokens, in pieces."""

    decode: Callable[[Sequence[int]], str]  # the tokenizer's own
    _before: list[int] = field(default_factory=list)  # told last: whether a space belongs before
    _waiting: list[int] = field(default_factory=list)

    def add(self, token: int) -> str:
        """Return the letters that a token completes; "" where it is only a part of one."""
        self._waiting.append(token)
        text = self._text()
        if text.endswith(PART) and len(self._waiting) < MOST_PARTS:
            return ""
        self._before, self._waiting = self._waiting, []
        return text

    def end(self) -> str:
        """Return what is left when there are no more tokens."""
        return self._text() if self._waiting else ""

    def _text(self) -> str:
        known = len(self.decode(self._before)) if self._before else 0
        return self.decode([*self._before, *self._waiting])[known:]
