"""How one setting is described, and how a value from TOML or from text becomes its type."""

import json
import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path, PurePath
from typing import Any, get_type_hints

from ocrqueue.model.place import Place, is_address, place_of

FLAG = "flag"  # where a value came from: the command line
DEFAULT = "default"
Texts = tuple[str, ...]
Levels = tuple[float, ...]  # acceptable, target, stretch; none of them: nothing is wanted

BOOLEANS = {"true": True, "1": True, "yes": True, "on": True}
BOOLEANS |= {"false": False, "0": False, "no": False, "off": False}
ESCAPES = {"n": "\n", "t": "\t", "\\": "\\"}
TYPES = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    Path: "path",
    Place: "path or s3:// address",
    Texts: "list of texts",
    Levels: "list of three numbers, each better than the one before",
}
_SHOWN = 60  # letters of a bad value that are repeated


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One setting: its name in its section, its type and its bounds (both allowed)."""

    name: str
    type: Any  # without None, which a path may be: then "" stands for it
    default: Any
    comment: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    secret: bool = False  # masked when printed
    template: bool = False  # may name {page}, {pages}, {name}; takes backslash-n from a shell
    listed: bool = True  # False: shown only where it is not the default
    read: bool = True  # False: of a backend, says where, for how much or how long, not what is read
    per_document: bool = False  # a worker reads with what a document says, within these bounds
    absolute: Callable[[str, Path], str] | None = None  # what a text means in a folder


def setting(default: Any, comment: str, **marks: Any) -> Any:
    """Return the field of a section: its default, what it is for, and marks as `Key` has them."""
    return field(
        default=default, repr="secret" not in marks, metadata={"comment": comment, **marks}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a value was given, relative to which folder, and whether only as text."""

    origin: str
    base: Path
    text: bool = False


def keys_of(section: Any) -> Mapping[str, Key]:
    """Return the keys of a section by name, in order; its defaults may differ from a parent's."""
    return _keys_of(section)


def keys_for(section: Any, entry: Mapping[str, Any]) -> Mapping[str, Key]:
    """Return the keys of a section, of which a table of the configuration has no other.

    Raises:
        ValueError: it has one; the message says which.
    """
    keys = keys_of(section)
    if unknown := [name for name in entry if name not in keys]:
        raise ValueError(f"unknown key {unknown[0]} (known: {', '.join(keys)})")
    return keys


@cache
def _keys_of(section: Any) -> Mapping[str, Key]:
    types, told = get_type_hints(section), dict[str, Mapping[str, Any]]()
    for parent in filter(is_dataclass, reversed(section.__mro__)):
        told |= {f.name: f.metadata for f in fields(parent) if f.metadata}
    return {
        f.name: _key(types[f.name], {"name": f.name, "default": f.default, **told[f.name]})
        for f in fields(section)
        if f.name in told
    }


def _key(kind: Any, told: dict[str, Any]) -> Key:
    for optional in (Path, Place, bool):
        kind = optional if kind == optional | None else kind
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        told["choices"] = tuple(map(str, kind))
    told.pop("brief", None)  # of a section that crosses a process
    return Key(type=kind, **told)


def convert(value: object, key: Key, source: Source) -> Any:
    """Return a value, as it was given, in the key's own type.

    Raises:
        ValueError: it is of another type or out of bounds; the message says what is allowed.
    """
    if isinstance(value, str) and source.text:
        value = _from_text(value, key)
    if key.type == Place and isinstance(value, str | PurePath) and is_address(str(value)):
        return place_of(str(value))
    if key.type in (Path, Place) and isinstance(value, str | Path):
        return _path(value, key, source.base)
    typed = _typed(value, key)
    _check_bounds(typed, key)
    if key.absolute:
        return key.absolute(typed, source.base)
    return key.type(typed) if key.choices else typed


def to_text(value: object, key: Key) -> str:
    """Return the text that `convert` reads back as this value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return json.dumps(value)
    return str(value).replace("\\", "\\\\") if key.template else str(value)


def absolute(path: str | Path, base: Path) -> Path:
    """Return a path that is relative to a folder, or begins with `~`."""
    # Path's own method fails where there is no user of that name.
    return base / os.path.expanduser(path)  # noqa: PTH111


def _from_text(text: str, key: Key) -> object:
    if key.type is bool:
        return BOOLEANS.get(text.strip().lower(), text)
    if key.type is int and re.fullmatch(r"\s*[+-]?\d{1,18}\s*", text):
        return int(text)
    if key.type is float:
        return _number(text)
    if key.type in (Texts, Levels):
        parts = _split_list(text)
        return parts if key.type == Texts else [_number(part) for part in parts]
    if key.template:
        return re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[0]), text)
    return text


def _number(part: object) -> object:
    """Return the number that a text spells, else what was given."""
    try:
        return float(part) if isinstance(part, str) else part
    except ValueError:
        return part


def _split_list(text: str) -> list[object]:
    if text.startswith("["):
        try:
            parsed = json.loads(text)
        except ValueError:
            parsed = None  # a glob may begin with a bracket
        if isinstance(parsed, list):
            return parsed
    return [part.strip() for part in text.split(",") if part.strip()]


def _typed(value: Any, key: Key) -> Any:
    if key.type in (bool, int) and type(value) is key.type:
        return value
    if key.type is float and type(value) in (int, float):
        return float(value)
    if (key.type is str or key.choices) and isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        if key.type == Texts and all(isinstance(item, str) for item in value):
            return tuple(value)
        if key.type == Levels and _are_levels(value):
            return tuple(float(item) for item in value)
    shown = "this" if key.secret else _show(value)
    raise ValueError(f"{shown} is no {TYPES.get(key.type, 'text')}")


def _path(value: str | Path, key: Key, base: Path) -> Path | None:
    if str(value) == "" and key.default is None:
        return None
    if str(value) == "" or "\0" in str(value):
        raise ValueError(f"{_show(str(value))} is no path")
    return absolute(value, base)


def _are_levels(value: list[Any] | tuple[Any, ...]) -> bool:
    """Whether it is three numbers that get better one by one, in either direction, or none."""
    if len(value) not in (0, 3):
        return False
    if not all(type(item) in (int, float) and 0 <= item < math.inf for item in value):
        return False
    return list(value) in (sorted(value), sorted(value, reverse=True))


def _check_bounds(value: object, key: Key) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is no finite number")
    if isinstance(value, int | float):
        low, high = key.low, key.high
        if (low is not None and value < low) or (high is not None and value > high):
            bounds = f"at least {low:g}" if high is None else f"{low:g} to {high:g}"
            raise ValueError(f"{value} is out of range ({bounds})")
    if key.choices and value not in key.choices:
        raise ValueError(f"{_show(value)} is none of {', '.join(key.choices)}")


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
