"""The version and the types of what crosses a process or lies on disk: plain JSON, no pickle.

Somebody else may have written it: what is not as we write it counts as not there.
"""

import json
import math
import types
import typing
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

WIRE_VERSION = 1
DEEPEST = 16  # lists and objects in one another; ours have 7
MOST = 2**64  # numbers of ours are smaller, those of files too


def require_version(wire: Mapping[str, Any]) -> None:
    """Refuse what another version wrote.

    Raises:
        ValueError: the version is not ours.
    """
    if wire.get("version") != WIRE_VERSION:
        message = f"written by another version ({wire.get('version')!r:.60})"
        raise ValueError(message)


def parse(text: bytes | str) -> Any:
    """Return what JSON says.

    Raises:
        ValueError: it is none, is nested deeper than ours, or has a number that is none.
    """
    try:
        value = json.loads(text, parse_constant=_finite, parse_float=_finite)
    except RecursionError as error:
        raise ValueError(str(error)) from error
    if not is_shallow(value):
        message = f"more than {DEEPEST} lists or objects in one another"
        raise ValueError(message)
    return value


def is_shallow(value: Any) -> bool:
    """Return whether it is nested no deeper than ours; looks at one level after another."""
    level: list[Any] = [value]
    for _ in range(DEEPEST + 1):
        inner = [one.values() if isinstance(one, dict) else one for one in level if _holds(one)]
        if not inner:
            return True
        level = [item for items in inner for item in items]
    return False


def require_types(rebuilt: Any) -> None:
    """Refuse a dataclass whose fields are not what they are said to be.

    Raises:
        ValueError: it names the first one.
    """
    for name, hint in _hints(type(rebuilt)).items():
        if not fits(getattr(rebuilt, name), hint):
            message = f"{name} of a {type(rebuilt).__name__} is of another kind"
            raise ValueError(message)


def fits(value: Any, hint: Any) -> bool:
    """Return whether a value is of a type, with all that is in it; numbers are finite."""
    if hint is Any:
        return True
    if hint is None or isinstance(hint, type):
        return _fits_plainly(value, hint)
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return any(fits(value, one) for one in inner)
    return isinstance(value, origin) and _fit_inside(value, inner)


def _fit_inside(value: Any, inner: tuple[Any, ...]) -> bool:
    if isinstance(value, Mapping):
        return all(fits(key, inner[0]) and fits(one, inner[1]) for key, one in value.items())
    if isinstance(value, tuple) and inner[-1] is not ...:
        return len(value) == len(inner) and all(map(fits, value, inner))
    return all(fits(one, inner[0]) for one in value)


def _fits_plainly(value: Any, hint: Any) -> bool:
    if hint is float:
        return type(value) in (int, float) and abs(value) < MOST
    if hint is int:
        return type(value) is int and abs(value) < MOST
    return value is None if hint is None else isinstance(value, hint)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        message = f"{text:.20} is no number"
        raise ValueError(message)
    return value


def _holds(value: object) -> bool:
    return isinstance(value, dict | list)


_hints: Callable[[type], dict[str, Any]] = lru_cache(typing.get_type_hints)
