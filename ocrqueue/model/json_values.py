"""JSON as ours is: shallow, and with numbers that are some."""

import json
import math
from typing import Any

DEEPEST = 16  # lists and objects in one another; ours have 7


def parse(text: bytes | str) -> Any:
    """Return what JSON says.

    Raises:
        ValueError: it is none, is nested deeper than ours, or has a number that is none.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    try:
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError(str(error)) from error
    # What opens few of them needs no look: most files are such.
    if text.count("[") + text.count("{") > DEEPEST and not is_shallow(value):
        raise ValueError(f"more than {DEEPEST} lists or objects in one another")
    return value


def is_shallow(value: Any) -> bool:
    """Return whether it is nested no deeper than ours; looks at one level after another."""
    level: list[Any] = [value]
    for _ in range(DEEPEST + 1):
        held = [one for one in level if isinstance(one, dict | list)]
        inner = [one.values() if isinstance(one, dict) else one for one in held]
        if not inner:
            return True
        level = [item for items in inner for item in items]
    return False


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text:.20} is no number")
    return value


_DECODER = json.JSONDecoder(parse_constant=_finite, parse_float=_finite)
