"""Where folders lie on this machine that others call by another name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from ocrqueue.settings.keys import Source, convert, keys_for, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A folder that several machines see, and where it lies on this one.

    Jobs call it by its name: a word, the same on all machines, or the path under which the machine
    that queues pages sees it.
    """

    name: str = setting("", 'Such as "scans", or "/Volumes/Scans" for a machine that has no name.')
    path: Path | None = setting(None, "Where it lies on this machine.")


def root_of(entry: Mapping[str, Any], source: Source) -> Root:
    """Return the root that a table of the configuration spells; `source` says where it stands.

    Raises:
        ValueError: it is none; the message says why.
    """
    keys = keys_for(Root, entry)
    if missing := [name for name in keys if not entry.get(name)]:
        raise ValueError(f"it has no {missing[0]}")
    return Root(**{name: convert(value, keys[name], source) for name, value in entry.items()})


def name_of(path: Path, roots: Sequence[Root]) -> tuple[str, PurePath] | None:
    """Return how others call the root below which something lies, and its path there; else None."""
    for root in roots:
        if root.path is not None and path != root.path and path.is_relative_to(root.path):
            return root.name, path.relative_to(root.path)
    return None


def place_of(path: str, roots: Sequence[Root]) -> tuple[Path, PurePath] | None:
    """Return the root here, and the path below it, of what another machine sees at this path."""
    for root in roots:
        named = PurePath(root.name)
        if root.path is not None and named.is_absolute() and PurePath(path).is_relative_to(named):
            return root.path, PurePath(path).relative_to(named)
    return None
