"""Files below a folder of this machine: by descriptors, whole, no link followed."""

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Self

from ocrqueue.workspace import atomic, descriptors
from ocrqueue.workspace.files import FolderEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderFiles:
    """See `Files`. Cheap to make; opens nothing."""

    below: Path  # which the user named, and which may be a link
    needed: Path | None = None  # nothing is written while this is away with its drive

    def read(self, place: PurePath, *, most: int = descriptors.LONGEST) -> bytes:
        return descriptors.read(_local(place), below=self.below, most=most)

    def sha256(self, place: PurePath) -> str:
        with descriptors.to_read(_local(place), below=self.below) as stream:
            if os.fstat(stream.fileno()).st_size > descriptors.LONGEST:
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(place))
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def write(self, place: PurePath, content: bytes, *, mode: int = 0o666) -> None:
        atomic.write_whole(_local(place), content, below=self._ground(), mode=mode)

    def write_once(self, place: PurePath, content: bytes) -> bool:
        return atomic.write_whole_once(_local(place), content, below=self._ground())

    def exists(self, place: PurePath) -> bool:
        return descriptors.exists(_local(place), below=self.below)

    def is_taken(self, place: PurePath) -> bool:
        return os.path.lexists(_local(place))

    def remove(self, place: PurePath, *others: str) -> None:
        descriptors.remove(_local(place), *others, below=self.below)

    def remove_folder(self, place: PurePath) -> None:
        folder = _local(place)
        with (
            contextlib.suppress(FileNotFoundError),
            descriptors.folder(folder.parent, below=self.below) as parent,
        ):
            shutil.rmtree(folder.name, dir_fd=parent)

    def remove_empty(self, place: PurePath) -> None:
        descriptors.remove_empty(_local(place), below=self.below)

    def listed(self, place: PurePath) -> Sequence[FolderEntry]:
        with contextlib.suppress(OSError), self._entries(place) as entries:
            return sorted(map(_listed, entries), key=lambda entry: entry.name)
        return ()

    def filed(self, place: PurePath, ending: str) -> Iterator[tuple[str, str]]:
        for begin in descriptors.names(_local(place), below=self.below):
            with contextlib.suppress(OSError), self._entries(place / begin) as entries:
                yield from sorted(
                    (entry.name, _stamp(entry.stat(follow_symlinks=False)))
                    for entry in entries
                    if entry.name.endswith(ending)
                )

    def unfinished(self, place: PurePath, pattern: str) -> Iterator[PurePath]:
        yield from _local(place).glob(f"{pattern}{atomic.TEMPORARY}*")

    def stamp(self, place: PurePath) -> str:
        with contextlib.suppress(OSError):
            return _stamp(_local(place).lstat())
        return ""

    def locked(self, place: PurePath) -> AbstractContextManager[None]:
        return descriptors.locked(_local(place), below=self._ground(), operation=fcntl.LOCK_EX)

    def turn(self, *places: PurePath) -> Self:
        """See `Files`: whoever writes has the lock."""
        del places
        return self

    def _entries(self, place: PurePath) -> AbstractContextManager[Iterator["os.DirEntry[str]"]]:
        return descriptors.listed(_local(place), below=self.below)

    def _ground(self) -> Path:
        """Return what writers may make folders below.

        Raises:
            FileNotFoundError: the mark is away with its drive.
        """
        if self.needed is not None:
            self.needed.lstat()
        return self.below


def _local(place: PurePath) -> Path:
    if isinstance(place, Path):
        return place
    raise OSError(errno.EINVAL, "no path of this machine", str(place))


def _stamp(found: os.stat_result) -> str:
    """Return what is another one for each file that ever was called so: each is written anew."""
    return f"{found.st_ino} {found.st_mtime_ns} {found.st_size}"


def _listed(entry: "os.DirEntry[str]") -> FolderEntry:
    if not entry.is_file(follow_symlinks=False):
        return FolderEntry(name=entry.name, is_file=False)
    try:
        return FolderEntry(name=entry.name, size=entry.stat(follow_symlinks=False).st_size)
    except FileNotFoundError:  # removed meanwhile
        return FolderEntry(name=entry.name, is_file=False)
