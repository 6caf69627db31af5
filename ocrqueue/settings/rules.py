"""Rules for folders: who reads their files, and whether their pages may leave this machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ocrqueue.settings.keys import Key, Raw, about, convert, keys_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What holds for the files of a folder, or for those whose path matches a glob.

    With both, it holds for files that are meant by both. Of all rules that hold for a file, one
    that forbids wins over those that allow, and the first one that names a route gives it.
    """

    folder: Path | None = field(
        default=None, metadata=about("All files below this folder, however they are reached.")
    )
    glob: str = field(
        default="", metadata=about('Such as "*.tiff" or "**/private/**", as for --include.')
    )
    allow_remote: bool | None = field(
        default=None, metadata=about("May their pages leave this machine?")
    )
    route: tuple[str, ...] = field(
        default=(), metadata=about("Backends in the order they may try their pages.")
    )


# A rule says something or nothing: a key that is there is never empty.
RULE_KEYS: Mapping[str, Key] = {
    name: replace(key, type=bool) if name == "allow_remote" else key
    for name, key in keys_of(Rule).items()
}


def rule_of(entry: Mapping[str, Any], *, origin: str, base: Path) -> Rule:
    """Return the rule that a table of the configuration spells.

    Raises:
        ValueError: it is none; the message says why.
    """
    if unknown := [name for name in entry if name not in RULE_KEYS]:
        message = f"unknown key {unknown[0]} (known: {', '.join(RULE_KEYS)})"
        raise ValueError(message)
    if not entry.get("folder") and not entry.get("glob"):
        message = "it names neither a folder nor a glob"
        raise ValueError(message)
    if "allow_remote" not in entry and not entry.get("route"):
        message = "it says nothing: neither allow_remote nor a route"
        raise ValueError(message)
    values = {
        name: convert(Raw(value=value, origin=origin, base=base), RULE_KEYS[name])
        for name, value in entry.items()
    }
    return Rule(**values)
