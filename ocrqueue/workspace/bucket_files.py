"""Files in object storage: each is one object, which appears whole or not at all.

There are no locks, no links and no folders in a bucket. What two may write is written once
(`If-None-Match: *`), or only over what was seen (`If-Match`).
"""

import errno
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any, Self

from ocrqueue.model.errors.operator import Overtaken, StorageAway
from ocrqueue.model.place import BucketPath
from ocrqueue.workspace import buckets
from ocrqueue.workspace.descriptors import LONGEST
from ocrqueue.workspace.files import FolderEntry

STEADY = frozenset({"workspace.json", "document.json", "secret.json"})  # rarely written
STEADY_S = 10.0  # for so long they are remembered: each page asks for them
MOST_STEADY = 100
_AT_ONCE = 1000  # objects are removed with one request


@dataclass(slots=True, kw_only=True)
class BucketFiles:
    """See `Files`."""

    below: BucketPath
    # What may be written over, by key: an ETag, or None where there is nothing; {} says nothing.
    _seen: dict[str, str | None] | None = None
    _steady: dict[str, tuple[float, bytes | None]] = field(default_factory=dict)

    def read(self, place: PurePath, *, most: int = LONGEST) -> bytes:
        """See `Files`; the steady ones are remembered for a moment, also where there is none."""
        key, now = self._key(place), time.monotonic()
        until, known = self._steady.get(key, (0.0, None))
        if now > until:
            known = self._read(key, place, most)
            if place.name in STEADY:
                while len(self._steady) >= MOST_STEADY:
                    self._steady.pop(next(iter(self._steady)))
                self._steady[key] = now + STEADY_S, known
        if known is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(place))
        return known

    def sha256(self, place: PurePath) -> str:
        return hashlib.sha256(self.read(place)).hexdigest()

    def write(self, place: PurePath, content: bytes, *, mode: int = 0o666) -> None:
        """See `Files`; who may read it is for the bucket's policy to say."""
        del mode
        key = self._key(place)
        try:
            self._put(key, place, content, self._mode(key))
        except (FileExistsError, FileNotFoundError, Overtaken):
            if not self._is(key, place, content):  # else only an answer was lost
                raise Overtaken(f"{place} was written by somebody else meanwhile") from None

    def write_once(self, place: PurePath, content: bytes) -> bool:
        """See `Files`.

        Where an answer was lost, and it was written all the same, that is not noticed: who writes
        once looks at what there is, and finds his own.
        """
        try:
            self._put(self._key(place), place, content, "create")
        except FileExistsError:
            return False
        return True

    def exists(self, place: PurePath) -> bool:
        return self._version(self._key(place), place) is not None

    def is_taken(self, place: PurePath) -> bool:
        return self.exists(place) or any(True for _ in self._objects(place, most=1))

    def remove(self, place: PurePath, *others: str) -> None:
        """See `Files`; it is one request."""
        places = [place, *(place.with_name(name) for name in others)]
        self._remove([self._key(one) for one in places], place)

    def remove_folder(self, place: PurePath) -> None:
        keys = [one["path"] for one in self._objects(place)]
        for start in range(0, len(keys), _AT_ONCE):
            self._remove(keys[start : start + _AT_ONCE], place)

    def remove_empty(self, place: PurePath) -> None:
        """See `Files`: there is nothing to remove."""
        del place

    def listed(self, place: PurePath) -> Sequence[FolderEntry]:
        import obstore  # noqa: PLC0415 - an extra

        key = self._key(place)
        found = self._ask(place, lambda: obstore.list_with_delimiter(self._store, key))
        files = [_listed(one["path"], one["size"]) for one in found["objects"]]
        folders = [_listed(path, None) for path in found["common_prefixes"]]
        return sorted((*files, *folders), key=lambda entry: entry.name)

    def filed(self, place: PurePath, ending: str) -> Iterator[tuple[str, str]]:
        above = self._key(place).count("/")
        for one in self._objects(place):
            if one["path"].count("/") == above + 2 and one["path"].endswith(ending):
                yield one["path"].rpartition("/")[2], one["e_tag"]

    def unfinished(self, place: PurePath, pattern: str) -> Iterator[PurePath]:
        """See `Files`: nothing is ever half there."""
        del place, pattern
        yield from ()

    def stamp(self, place: PurePath) -> str:
        if (version := self._version(self._key(place), place)) is not None:
            return version
        told = [f"{one['path']} {one['e_tag']}" for one in self._objects(place)]
        return hashlib.sha256("\n".join(told).encode()).hexdigest() if told else ""

    def locked(self, place: PurePath) -> AbstractContextManager[None]:
        """See `Files`: there is no lock; who could cross another takes a turn."""
        del place
        return nullcontext()

    def turn(self, *places: PurePath) -> Self:
        own = replace(self, _seen={}, _steady={})
        for place in places:
            own.exists(place)
        return own

    def _ask(self, place: PurePath, act: Callable[[], Any]) -> Any:
        try:
            return buckets.ask(place, act)
        except StorageAway:
            self._steady.clear()  # so that the next look at the mark is one
            raise

    @property
    def _store(self) -> Any:
        return buckets.store(self.below.bucket)

    def _key(self, place: PurePath) -> str:
        if not place.is_relative_to(self.below):
            raise OSError(errno.EINVAL, f"not below {self.below}", str(place))
        return buckets.key_of(place)

    def _read(self, key: str, place: PurePath, most: int) -> bytes | None:
        import obstore  # noqa: PLC0415 - an extra

        def got() -> tuple[str | None, bytes | None]:
            one = obstore.get(self._store, key)
            is_small = one.meta["size"] <= most
            return one.meta["e_tag"], bytes(one.bytes()) if is_small else None

        with suppress(FileNotFoundError):
            version, content = self._ask(place, got)
            if content is None:
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(place))
            self._saw(key, version)
            return bytes(content)
        self._saw(key, None)
        return None

    def _version(self, key: str, place: PurePath) -> str | None:
        import obstore  # noqa: PLC0415 - an extra

        version = None
        with suppress(FileNotFoundError):
            version = str(self._ask(place, lambda: obstore.head(self._store, key)["e_tag"]))
        self._saw(key, version)
        return version

    def _put(self, key: str, place: PurePath, content: bytes, mode: Any) -> None:
        import obstore  # noqa: PLC0415 - an extra

        self._steady.pop(key, None)
        # In one request: parts of one that is broken off would stay, and be paid for.
        how: Any = {"mode": mode, "use_multipart": False}
        put = self._ask(place, lambda: obstore.put(self._store, key, content, **how))
        if self._seen is not None:
            self._seen[key] = put["e_tag"]

    def _is(self, key: str, place: PurePath, content: bytes) -> bool:
        if self._seen is not None:
            self._seen.pop(key, None)
        return self._read(key, place, LONGEST) == content

    def _mode(self, key: str) -> Any:
        if self._seen is None or key not in self._seen:
            return "overwrite"
        version = self._seen[key]
        return "create" if version is None else {"e_tag": version}

    def _saw(self, key: str, version: str | None) -> None:
        if self._seen is not None:
            self._seen.setdefault(key, version)

    def _remove(self, keys: Sequence[str], place: PurePath) -> None:
        import obstore  # noqa: PLC0415 - an extra

        for key in keys:
            self._steady.pop(key, None)
            if self._seen is not None:
                self._seen[key] = None
        with suppress(FileNotFoundError):
            self._ask(place, lambda: obstore.delete(self._store, [*keys]))

    def _objects(self, place: PurePath, most: int = 1000) -> Iterator[Any]:
        import obstore  # noqa: PLC0415 - an extra

        with buckets.asking(place):
            for chunk in obstore.list(self._store, self._key(place), chunk_size=most):
                yield from chunk


def _listed(path: str, size: int | None) -> FolderEntry:
    name = path.rpartition("/")[2]
    return (
        FolderEntry(name=name, is_file=False) if size is None else FolderEntry(name=name, size=size)
    )
