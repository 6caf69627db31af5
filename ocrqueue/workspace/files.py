"""The few things that are done with files, wherever a workspace and its outputs lie.

`FolderFiles` does them on this machine, `BucketFiles` in object storage; one suite of tests asks
both. What they raise is an OSError where something is not as it should be, such as a link in a
folder, and StorageAway where a bucket cannot be asked: nothing is missing then.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Protocol, Self

from ocrqueue.model.json_values import parse
from ocrqueue.workspace.atomic import encode
from ocrqueue.workspace.descriptors import LONGEST

LONGEST_JSON = 1 << 26  # bytes: the ledger of the longest document has less


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderEntry:
    """What lies in a folder under a name."""

    name: str
    size: int = 0  # bytes
    is_file: bool = True  # no link, no folder


class Files(Protocol):
    """Reads and writes files by their places, all below one; a reader sees all or nothing."""

    def read(self, place: PurePath, *, most: int = LONGEST) -> bytes:
        """Return what is in a file of at most so many bytes; a FileNotFoundError: there is none."""
        ...

    def sha256(self, place: PurePath) -> str:
        """Return the SHA-256 of a file; an OSError of EFBIG: it is larger than any of ours."""
        ...

    def write(self, place: PurePath, content: bytes, *, mode: int = 0o666) -> None:
        """Write a file whole, replacing what was there."""
        ...

    def write_once(self, place: PurePath, content: bytes) -> bool:
        """Write a file whole unless there is one; return whether it was written."""
        ...

    def exists(self, place: PurePath) -> bool:
        """Return whether there is a file, no link."""
        ...

    def is_taken(self, place: PurePath) -> bool:
        """Return whether anything has this name: a file, a link, a folder."""
        ...

    def remove(self, place: PurePath, *others: str) -> None:
        """Remove a file if it is there, and others beside it by their names."""
        ...

    def remove_folder(self, place: PurePath) -> None:
        """Remove all that lies below a place."""
        ...

    def remove_empty(self, place: PurePath) -> None:
        """Remove a folder in which nothing lies; an OSError: something does."""
        ...

    def listed(self, place: PurePath) -> Sequence[FolderEntry]:
        """Return what lies in a folder, sorted by name; nothing where it is not there."""
        ...

    def filed(self, place: PurePath, ending: str) -> Iterator[tuple[str, str]]:
        """Yield the names, sorted, and stamps of what lies in folders of a folder: `ab/abcd.json`.

        Only of what has this ending.
        """
        ...

    def unfinished(self, place: PurePath, pattern: str) -> Iterator[PurePath]:
        """Yield what killed writers left below a place."""
        ...

    def stamp(self, place: PurePath) -> str:
        """Return what changes when a file does, or what lies in a folder; "": it is not there."""
        ...

    def locked(self, place: PurePath) -> AbstractContextManager[None]:
        """Let nobody else in meanwhile, where there are locks."""
        ...

    def turn(self, *places: PurePath) -> Self:
        """Return what writes only over what was seen, of these now and of others when read.

        Else it raises Overtaken. Where there are locks, it is no other than this.
        """
        ...


def json_in(files: Files, place: PurePath) -> dict[str, Any] | None:
    """Return the object in a file; None if it is missing, torn, or none that we wrote.

    Raises:
        StorageAway: that cannot be told.
    """
    try:
        wire = parse(files.read(place, most=LONGEST_JSON))
    except (OSError, ValueError):
        return None
    return wire if isinstance(wire, dict) else None


def write_json(
    files: Files, place: PurePath, wire: Mapping[str, Any], *, mode: int = 0o666
) -> None:
    """Write an object whole, replacing what was there.

    Raises:
        OSError: the disk is full or may not be written, or a link is on the way.
        StorageAway: the bucket cannot be asked.
    """
    files.write(place, encode(wire), mode=mode)
