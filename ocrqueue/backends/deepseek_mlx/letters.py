"""Turns tokens into text one by one, each letter as soon as it is whole.

mlx-vlm hands text out at the next token that begins with a space. A loop of table cells, dots or
Chinese has none, so that nobody would see it before the reply is over.

Real checkpoints declare `LlamaTokenizerFast`. Transformers 5.12 to 5.17 build that with a splitter
of its own and drop each space and newline (mlx-vlm#2300, #2313): every page would come out as one
word, and would look like the model's fault.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

PART = "\ufffd"  # stands for bytes that are no whole letter yet
MOST_PARTS = 4  # tokens; no letter has more bytes in UTF-8
SAMPLE = "Two words,  two spaces\nand lines:\n\n- 1 of 2\n- (two)\tof 2"


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


def require_whole(processor: Any) -> None:
    """Refuse a tokenizer that loses spaces or newlines.

    Raises:
        RuntimeError: it does, with the cure.
    """
    tokenizer = getattr(processor, "tokenizer", processor)
    ids = tokenizer.encode(SAMPLE, add_special_tokens=False)
    heard = processor.detokenizer
    heard.reset()
    for token in ids:
        heard.add_token(token)
    heard.finalize()
    streamed = heard.text
    heard.reset()
    for told in (tokenizer.decode(ids), streamed):
        if told.strip() != SAMPLE:
            message = (
                f"its tokenizer turns {SAMPLE[:22]!r} into {told.strip()[:22]!r}: transformers"
                f" {version('transformers')} builds it wrongly, or its files are damaged. Cure:"
                " pip install 'transformers>=5.23'; else `ocrqueue models verify`"
            )
            raise RuntimeError(message)
