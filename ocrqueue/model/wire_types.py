"""Are the fields of a record what they are said to be? Somebody else may have written it."""

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any

MOST = 2**64  # numbers of ours are smaller, those of files too

_Check = Callable[[Any], bool]


def require_types(rebuilt: Any) -> None:
    """Refuse a dataclass whose fields are not what they are said to be.

    Raises:
        ValueError: it names the first one.
    """
    kind: Any = type(rebuilt)
    for name, is_right in _of_fields(kind):
        if not is_right(getattr(rebuilt, name)):
            raise ValueError(f"{name} of a {kind.__name__} is of another kind")


def fits(value: Any, hint: Any) -> bool:
    """Return whether a value is of a type, with all that is in it; numbers are finite."""
    return _check(hint)(value)


@cache
def _of_fields(kind: Any) -> tuple[tuple[str, _Check], ...]:
    hints = typing.get_type_hints(kind)
    return tuple((field.name, _check(hints[field.name])) for field in fields(kind))


@cache
def _check(hint: Any) -> _Check:
    """Return what tells whether a value is of a type, which is taken apart once."""
    if hint in (Any, ...):
        return lambda _: True
    if hint is None or isinstance(hint, type):
        return _of_one(type(None) if hint is None else hint)
    origin, inner = typing.get_origin(hint), [*map(_check, typing.get_args(hint))]
    if origin in (types.UnionType, typing.Union):
        return lambda value: any(is_right(value) for is_right in inner)
    return _of_many(origin, inner, is_long=typing.get_args(hint)[-1] is ...)


def _of_one(kind: Any) -> _Check:
    if kind is float:
        return lambda value: type(value) in (int, float) and abs(value) < MOST
    if kind is int:
        return lambda value: type(value) is int and abs(value) < MOST
    return _of_keys(kind) if typing.is_typeddict(kind) else lambda value: isinstance(value, kind)


def _of_keys(hint: Any) -> _Check:
    """Return the check of an object with known keys; others are passed over."""
    checks = [(key, _check(inner)) for key, inner in typing.get_type_hints(hint).items()]
    return lambda value: (
        isinstance(value, dict)
        and value.keys() >= hint.__required_keys__
        and all(is_right(value[key]) for key, is_right in checks if key in value)
    )


def _of_many(origin: Any, inner: list[_Check], *, is_long: bool) -> _Check:
    """Return the check of a mapping, of a tuple with one type for each of its values, of others."""
    first, last = inner[0], inner[-1]
    if issubclass(origin, Mapping):
        return lambda value: (
            isinstance(value, origin)
            and all(first(key) and last(one) for key, one in value.items())
        )
    if issubclass(origin, tuple) and not is_long:
        return lambda value: (
            isinstance(value, origin)
            and len(value) == len(inner)
            and all(is_right(one) for is_right, one in zip(inner, value, strict=True))
        )
    return lambda value: isinstance(value, origin) and all(map(first, value))
