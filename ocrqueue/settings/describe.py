"""What the settings are, for a person: one row per value, and the documentation of all keys."""

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocrqueue.settings.build import CANDIDATE_KEYS, KEYS
from ocrqueue.settings.candidates import Candidate
from ocrqueue.settings.rules import RULE_KEYS, Rule
from ocrqueue.settings.schema import SECTIONS, Settings

MASK = "***"
# All up to the last @, for a password may hold one, and the parameter of the same name.
_URL_PASSWORD = re.compile(r"(?<=://)([^:/@]*:)?.+(?=@)|([?&]password=)[^&]*")
_SECRET_NAME = re.compile(r"password|secret|token$|api_?key|credential", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One setting as `ocrqueue config` prints it; secrets are masked."""

    key: str
    value: str  # as TOML
    origin: str
    comment: str


def describe(settings: Settings) -> tuple[Row, ...]:
    """Return one row per setting, in the order of configs/default.toml."""
    return (*_plain_rows(settings), *_candidate_rows(settings), *_rule_rows(settings))


def redacted(name: str, value: object) -> object:
    """Return the value of a setting with its secret parts masked."""
    if not isinstance(value, str) or not value:
        return value
    if "://" in value:
        return _URL_PASSWORD.sub(lambda m: (m[1] or m[2] or "") + MASK, value)
    key = KEYS.get(name)
    is_secret = key.secret if key else _SECRET_NAME.search(name.rsplit(".", 1)[-1]) is not None
    return MASK if is_secret else value


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
        lines += [f"### `[{section}]`", "", str(kind.__doc__), "", *_table(section), ""]
    lines += ["### `[[backends.candidates]]`", "", str(Candidate.__doc__), ""]
    lines += ["| key | default | meaning |", "|---|---|---|"]
    for name, key in CANDIDATE_KEYS.items():
        has_default = name not in ("name", "model")
        default = f"`{as_toml(key.default)}`" if has_default else "(needed)"
        lines.append(f"| `{name}` | {default} | {key.comment} |")
    lines += ["", "### `[[rules]]`", "", inspect.cleandoc(str(Rule.__doc__)), ""]
    lines += ["| key | meaning |", "|---|---|"]
    lines += [f"| `{name}` | {key.comment} |" for name, key in RULE_KEYS.items()]
    return "\n".join(lines) + "\n"


def _table(section: str) -> Iterator[str]:
    yield from ("| key | default | allowed | meaning |", "|---|---|---|---|")
    for name, key in KEYS.items():
        if name.startswith(f"{section}."):
            comment = key.comment.replace("|", "\\|").replace("<", "\\<")
            allowed = ", ".join(key.choices) or _bounds(key.low, key.high)
            yield f"| `{key.name}` | `{as_toml(key.default)}` | {allowed} | {comment} |"


def _bounds(low: float | None, high: float | None) -> str:
    if low is None:
        return ""
    return f"{low:g} or more" if high is None else f"{low:g} to {high:g}"


def _plain_rows(settings: Settings) -> Iterator[Row]:
    for name, key in KEYS.items():
        section, _, field = name.partition(".")
        value = getattr(getattr(settings, section), field)
        yield _row(settings, name, value, key.comment)


def _candidate_rows(settings: Settings) -> Iterator[Row]:
    for candidate in settings.backends.candidates:
        values: dict[str, Any] = {n: getattr(candidate, n) for n in CANDIDATE_KEYS if n != "name"}
        for name, value in {**values, **candidate.options}.items():
            key = CANDIDATE_KEYS.get(name)
            comment = key.comment if key else "Option of this backend."
            yield _row(settings, f"backends.{candidate.name}.{name}", value, comment)


def _rule_rows(settings: Settings) -> Iterator[Row]:
    for number, rule in enumerate(settings.rules, start=1):
        for name, key in RULE_KEYS.items():
            yield _row(settings, f"rules.{number}.{name}", getattr(rule, name), key.comment)


def _row(settings: Settings, name: str, value: object, comment: str) -> Row:
    shown = as_toml(redacted(name, value))
    origin = settings.origins.get(name, "default")
    return Row(key=name, value=shown, origin=origin, comment=comment)
