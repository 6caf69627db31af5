"""How a workspace is named in jobs: by its id, and by the path where the producer sees it.

The id is in the workspace's mark. The path is a hint: on another machine the workspace may lie
elsewhere. A workspace of an earlier version has no id and is named by its path alone.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

ID = re.compile(r"[0-9a-f]{16}")
_ADDRESS = re.compile(rf"({ID.pattern})@(.*)", re.DOTALL)
_KEY_LENGTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Which workspace is meant."""

    id: str = ""  # "": it has none
    path: str

    @classmethod
    def of(cls, text: str) -> Self:
        """Return what a job says."""
        found = _ADDRESS.fullmatch(text)
        return cls(id=found[1], path=found[2]) if found else cls(path=text)

    def __str__(self) -> str:
        """Return it as a job says it."""
        return f"{self.id}@{self.path}" if self.id else self.path

    @property
    def key(self) -> str:
        """Return the workspace's short name in Redis, 8 hexadecimal characters."""
        named = self.path.encode(errors="surrogateescape")
        return (self.id or sha256(named).hexdigest())[:_KEY_LENGTH]
