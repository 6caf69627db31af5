"""What the settings are, for a person: one row per value, and the documentation of all keys."""

import inspect
import json
import re
from dataclasses import MISSING, dataclass
from pathlib import Path

from ocrqueue.settings.engines import Candidate
from ocrqueue.settings.keys import DEFAULT, Key, keys_of
from ocrqueue.settings.schema import KEYS, SECTIONS, Settings
from ocrqueue.settings.schema_remote import Rule

MASK = "***"
# All up to the last @, for a password may hold one, and the parameter of the same name.
_URL_PASSWORD = re.compile(r"(?<=://)([^:/@]*:)?.+(?=@)|([?&]password=)[^&]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One setting as `ocrqueue config` prints it; secrets are masked."""

    key: str
    value: str  # as TOML
    origin: str
    comment: str


def describe(settings: Settings) -> tuple[Row, ...]:
    """Return one row per setting, in the order of configs/default.toml."""
    return tuple(
        Row(
            key=name,
            value=as_toml(redacted(name, value)),
            origin=settings.origins.get(name, DEFAULT),
            comment=key.comment,
        )
        for name, key, value in settings.values()
    )


def redacted(name: str, value: object) -> object:
    """Return the value of a setting with its secret parts masked."""
    if not isinstance(value, str) or not value:
        return value
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


def as_markdown() -> str:
    """Return the table of all keys for docs/configuration.md."""
    lines = []
    for section, kind in SECTIONS.items():
        lines += [f"### `[{section}]`", "", str(kind.__doc__), ""]
        lines += ["| key | default | allowed | meaning |", "|---|---|---|---|"]
        lines += [*map(_line, keys_of(kind).values()), ""]
    lines += ["### `[[backends.candidates]]`", "", str(Candidate.__doc__), ""]
    lines += ["| key | default | meaning |", "|---|---|---|"]
    lines.append("| `name` | (needed) | What a route calls it. |")
    for key in keys_of(Candidate).values():
        default = "(needed)" if key.default is MISSING else f"`{as_toml(key.default)}`"
        lines.append(f"| `{key.name}` | {default} | {key.comment} |")
    lines += ["", "### `[[rules]]`", "", inspect.cleandoc(str(Rule.__doc__)), ""]
    lines += ["| key | meaning |", "|---|---|"]
    lines += [f"| `{key.name}` | {key.comment} |" for key in keys_of(Rule).values()]
    return "\n".join(lines) + "\n"


def _line(key: Key) -> str:
    comment = key.comment.replace("|", "\\|").replace("<", "\\<")
    allowed = ", ".join(key.choices)
    if key.low is not None:
        allowed = f"{key.low:g} " + ("or more" if key.high is None else f"to {key.high:g}")
    return f"| `{key.name}` | `{as_toml(key.default)}` | {allowed} | {comment} |"
