"""Are the fields of a record what they are said to be? Somebody else may have written it."""

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any

MOST = 2**64  # numbers of ours are smaller, those of files too


def require_types(rebuilt: Any) -> None:
    """Refuse a dataclass whose fields are not what they are said to be.

    Raises:
        ValueError: it names the first one.
    """
    hints = _hints(type(rebuilt))
    for field in fields(rebuilt):
        if not fits(getattr(rebuilt, field.name), hints[field.name]):
            message = f"{field.name} of a {type(rebuilt).__name__} is of another kind"
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


_hints: Callable[[type], dict[str, Any]] = lru_cache(typing.get_type_hints)
