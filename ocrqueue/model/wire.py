"""The version of what crosses a process or lies on disk: plain JSON, no pickle."""

from collections.abc import Mapping
from typing import Any

WIRE_VERSION = 1


def require_version(wire: Mapping[str, Any]) -> None:
    """Refuse what another version wrote.

    Raises:
        ValueError: the version is not ours.
    """
    if wire.get("version") != WIRE_VERSION:
        message = f"written by another version ({wire.get('version')!r})"
        raise ValueError(message)
