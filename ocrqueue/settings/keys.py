"""How one setting is described, and how a value from TOML or from text becomes its type."""

import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeGuard, get_type_hints

OptionValue = str | int | float | bool
FLAG = "flag"  # where a value came from: the command line
Levels = tuple[float, ...]  # acceptable, target, stretch; none of them: nothing is wanted

BOOLEANS = {"true": True, "1": True, "yes": True, "on": True}
BOOLEANS |= {"false": False, "0": False, "no": False, "off": False}
_SHOWN = 60  # letters of a bad value that are repeated
ESCAPES = {"n": "\n", "t": "\t", "\\": "\\"}


def about(
    comment: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: Sequence[str] = (),
    **marks: bool,
) -> dict[str, Any]:
    """Describe a key: what it is for, its bounds (both allowed), and marks.

    Marks: `secret` values are masked when printed; `template` values may name {page}, {pages},
    {name}, and take backslash-n from a shell.
    """
    return {"comment": comment, "low": low, "high": high, "choices": tuple(choices), **marks}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One setting: its name in its section, its type and its bounds."""

    name: str
    type: Any
    default: Any
    comment: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    secret: bool = False
    template: bool = False

    @property
    def is_path(self) -> bool:
        """Whether the value is a path, with or without a value."""
        return bool(self.type == Path or self.type == Path | None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A value as it was given: where, relative to which folder, and whether only as text."""

    value: object
    origin: str
    base: Path
    text: bool = False


def keys_of(section: type[Any]) -> Mapping[str, Key]:
    """Return the keys of a section by name, in order."""
    types = get_type_hints(section)
    return {
        f.name: Key(name=f.name, type=types[f.name], default=f.default, **f.metadata)
        for f in fields(section)
        if f.metadata
    }


def convert(raw: Raw, key: Key) -> Any:
    """Return the value in the key's own type.

    Raises:
        ValueError: it is of another type or out of bounds; the message says what is allowed.
    """
    value = _from_text(raw.value, key) if isinstance(raw.value, str) and raw.text else raw.value
    typed = _typed(value, key, raw.base)
    _check_bounds(typed, key)
    return typed


def to_text(value: object, key: Key) -> str:
    """Return the text that `convert` reads back as this value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return json.dumps(value)
    if key.template:
        return str(value).replace("\\", "\\\\")
    return str(value)


def convert_option(raw: Raw, name: str, known: OptionValue | None) -> OptionValue:
    """Return a backend's own option, of the type its known value has.

    Raises:
        ValueError: it is no plain value, or of another type than the known one.
    """
    value = raw.value
    kind = type(known) if known is not None else _guess_type(value)
    typed: OptionValue = convert(raw, Key(name=name, type=kind, default=known))
    return str(_absolute(Path(str(typed)), raw.base)) if _names_path(name, typed) else typed


def located(model: str, base: Path) -> str:
    """Return a model that is spelled as a folder (`./x`, `../x`, `~/x`) as an absolute path."""
    is_folder = model.startswith(("./", "../", "~/")) or model in (".", "..")
    return os.path.normpath(_absolute(Path(model), base)) if is_folder else model


def _guess_type(value: object) -> type[Any]:
    """Take text for a number only where nothing is lost: `007` and `1.50` stay text."""
    if not isinstance(value, str):
        return type(value)
    if value in ("true", "false"):
        return bool
    number = _float_or_text(value)
    if not isinstance(number, float) or not math.isfinite(number):
        return str
    if re.fullmatch(r"0|-?[1-9]\d{0,17}", value):
        return int
    return float if repr(number) == value else str


def _names_path(name: str, value: OptionValue) -> bool:
    if not isinstance(value, str) or not value:
        return False
    return name.endswith(("_dir", "_file")) or (name.endswith("_cmd") and "/" in value)


def _from_text(text: str, key: Key) -> object:
    if key.type is bool:
        return BOOLEANS.get(text.strip().lower(), text)
    if key.type is int and re.fullmatch(r"\s*[+-]?\d{1,18}\s*", text):
        return int(text)
    if key.type is float:
        return _float_or_text(text)
    if key.type in (tuple[str, ...], Levels):
        parts = _split_list(text)
        return parts if key.type != Levels else [_as_number(part) for part in parts]
    if key.template:
        return re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[0]), text)
    return text


def _as_number(part: object) -> object:
    return _float_or_text(part) if isinstance(part, str) else part


def _float_or_text(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def _split_list(text: str) -> list[object]:
    if text.startswith("["):
        try:
            parsed = json.loads(text)
        except ValueError:
            parsed = None  # a glob may begin with a bracket
        if isinstance(parsed, list):
            return parsed
    return [part.strip() for part in text.split(",") if part.strip()]


def _typed(value: object, key: Key, base: Path) -> object:
    if key.is_path and isinstance(value, str | Path):
        return _path(value, key, base)
    if key.type in (bool, int) and type(value) is key.type:
        return value
    if key.type is float and type(value) in (int, float):
        return float(value)  # type: ignore[arg-type]
    if key.type is str and isinstance(value, str):
        return value
    if key.type == tuple[str, ...] and _is_list_of_text(value):
        return tuple(value)  # type: ignore[arg-type]
    if key.type == Levels and _are_levels(value):
        return tuple(float(item) for item in value)
    shown = "this" if key.secret else _show(value)
    message = f"{shown} is no {_type_name(key)}"
    raise ValueError(message)


def _path(value: str | Path, key: Key, base: Path) -> Path | None:
    if str(value) == "" and key.default is None:
        return None
    if str(value) == "" or "\0" in str(value):
        message = f"{_show(str(value))} is no path"
        raise ValueError(message)
    return _absolute(Path(value), base)


def _absolute(path: Path, base: Path) -> Path:
    # Path's own method fails where there is no user of that name.
    return base / os.path.expanduser(path)  # noqa: PTH111


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


def _are_levels(value: object) -> TypeGuard[Sequence[float]]:
    """Whether it is three numbers that get better one by one, in either direction, or none."""
    if not isinstance(value, list | tuple) or len(value) not in (0, 3):
        return False
    if not all(type(item) in (int, float) and 0 <= item < math.inf for item in value):
        return False
    return list(value) in (sorted(value), sorted(value, reverse=True))


def _check_bounds(value: object, key: Key) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        message = f"{value} is no finite number"
        raise ValueError(message)
    if isinstance(value, int | float) and not _within(value, key):
        message = f"{value} is out of range ({_range(key)})"
        raise ValueError(message)
    if key.choices and value not in key.choices:
        message = f"{_show(value)} is none of {', '.join(key.choices)}"
        raise ValueError(message)


def _within(value: float, key: Key) -> bool:
    return (key.low is None or value >= key.low) and (key.high is None or value <= key.high)


def _range(key: Key) -> str:
    if key.high is None:
        return f"at least {key.low:g}"
    return f"{key.low:g} to {key.high:g}"


def _type_name(key: Key) -> str:
    if key.is_path:
        return "path"
    if key.type == tuple[str, ...]:
        return "list of texts"
    if key.type == Levels:
        return "list of three numbers, each better than the one before"
    names = {bool: "true or false", int: "whole number", float: "number", str: "text"}
    return names.get(key.type, "plain value (text, number, true or false)")


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
