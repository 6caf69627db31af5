"""The tables of all settings in docs/configuration.md, from the code."""

import inspect
from dataclasses import MISSING

from ocrqueue.settings.describe import as_toml
from ocrqueue.settings.engines import Candidate
from ocrqueue.settings.keys import Key, keys_of
from ocrqueue.settings.schema import SECTIONS
from ocrqueue.settings.schema_remote import Rule
from ocrqueue.settings.schema_roots import Root


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
    for section, kind in (("rules", Rule), ("roots", Root)):
        lines += ["", f"### `[[{section}]]`", "", inspect.cleandoc(str(kind.__doc__)), ""]
        lines += ["| key | meaning |", "|---|---|"]
        lines += [f"| `{key.name}` | {key.comment} |" for key in keys_of(kind).values()]
    return "\n".join(lines) + "\n"


def _line(key: Key) -> str:
    comment = key.comment.replace("|", "\\|").replace("<", "\\<")
    allowed = ", ".join(key.choices)
    if key.low is not None:
        allowed = f"{key.low:g} " + ("or more" if key.high is None else f"to {key.high:g}")
    return f"| `{key.name}` | `{as_toml(key.default)}` | {allowed} | {comment} |"
