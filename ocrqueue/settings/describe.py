"""What the settings are, for a person: one row per value."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from ocrqueue.settings.keys import DEFAULT
from ocrqueue.settings.schema import KEYS, Settings

MASK = "***"
HOOK = "on_done.url"  # the path of one may be its secret
_PATH = re.compile(r"^([a-z]*://[^/?#]*).*", re.DOTALL)
# All up to the last @, for a password may hold one, and the parameter of the same name.
_URL_PASSWORD = re.compile(r"(?<=://)([^:/@]*:)?.+(?=@)|([?&]password=)[^&]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One setting as `ocrqueue config` prints it; secrets are masked."""

    key: str
    value: str  # as TOML
    origin: str


def describe(settings: Settings) -> tuple[Row, ...]:
    """Return one row per setting, in the order of configs/default.toml."""
    return tuple(
        Row(
            key=name,
            value=as_toml(redacted(name, value)),
            origin=settings.origins.get(name, DEFAULT),
        )
        for name, _, value in settings.values()
    )


def redacted(name: str, value: object) -> object:
    """Return the value of a setting with its secret parts masked."""
    if not isinstance(value, str) or not value:
        return value
    if name == HOOK:
        return _PATH.sub(rf"\1/{MASK}", value)
    if "://" in value:
        return _URL_PASSWORD.sub(lambda m: (m[1] or m[2] or "") + MASK, value)
    return MASK if name in KEYS and KEYS[name].secret else value


def as_toml(value: object) -> str:
    """Return a value the way TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + ", ".join(as_toml(item) for item in value) + "]"
    if value is None or isinstance(value, str | Path):
        return json.dumps(str(value or ""), ensure_ascii=False)
    return str(value)
