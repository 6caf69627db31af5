"""The files of inputs, opened on this machine: those in a bucket are fetched, once each.

A copy lies in `STATE/sources/SHA256/NAME`; its content is hashed before it has this name. Who works
in a bucket takes the inputs of all machines from there: `PREFIX/.ocrqueue/sources/ab/SHA256`.
"""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ocrqueue.inputs import fingerprint
from ocrqueue.inputs.fingerprint import Stamp
from ocrqueue.model.document import Document
from ocrqueue.model.errors.document import FileChanging, FileUnreadable
from ocrqueue.model.place import BucketPath, Place, is_address, place_of
from ocrqueue.workspace import buckets, confirmation, paths
from ocrqueue.workspace.store import Store

KEPT = "sources"
IN_USE_S = 600.0  # what was used so lately stays, however much there is
WHOLE = 64 << 20  # bytes: what is larger is sent in parts
PART = 5 << 20  # the least that S3 takes; of the largest file 10,000 may be sent
MB = 1 << 20
LONGEST_NAME = 100  # letters, the last ones: they say of which kind a file is


def is_gone(source: str) -> bool:
    """Return whether the file of an input is no longer there; in a bucket nobody asks for it."""
    return not is_address(source) and not Path(source).exists()


def digest(source: str, *, known: tuple[str, Stamp] = ("", ())) -> tuple[str, Stamp]:
    """Return the content's SHA-256 and its stamp, as `fingerprint.digest`.

    Raises:
        FileUnreadable: it is no file, or cannot be read.
        FileChanging: it changed meanwhile.
        StorageAway: its bucket cannot be asked.
    """
    place = place_of(source)
    if not isinstance(place, BucketPath):
        return fingerprint.digest(place, known=known)
    stamp = _stamp(_meta(place))
    return known if known[0] and stamp == known[1] else _fetched(place, place.name)


def opened(source: str, sha256: str, stamp: Stamp) -> tuple[Path, Stamp]:
    """Return where a content can be opened that `digest` told, and the stamp of that file.

    Raises:
        FileUnreadable: it cannot be read.
        FileChanging: it is another one by now.
        StorageAway: its bucket cannot be asked.
    """
    place = place_of(source)
    if not isinstance(place, BucketPath):
        return place, stamp
    copy = _copy(sha256, place.name)
    if not _is_there(copy) and _fetched(place, place.name)[0] != sha256:
        raise FileChanging(f"{place.name} changed while it was looked at")
    return copy, fingerprint.digest(copy)[1]


def local(source: Place) -> Path:
    """Return where an input can be opened on this machine; what lies in a bucket is fetched.

    Raises:
        FileUnreadable: it cannot be read.
        FileChanging: it changed meanwhile.
        StorageAway: its bucket cannot be asked.
    """
    return opened(str(source), *digest(str(source)))[0] if is_address(str(source)) else Path(source)


def keep(store: Store, document: Document, stamp: Stamp) -> None:
    """Put the file of an input of this machine into the bucket in which the workspace lies, once.

    Raises:
        FileChanging: it is not the one any more of which the stamp was taken.
        FileUnreadable: it cannot be read.
        StorageAway: the bucket cannot be asked.
    """
    place, path = _in_workspace(store, document), Path(document.source)
    if place is None or is_address(document.source) or _is_kept(place, stamp[0]):
        return
    import obstore  # noqa: PLC0415 - an extra

    fingerprint.require_unchanged(path, stamp)
    bucket, key, is_large = buckets.store(place.bucket), buckets.key_of(place), stamp[0] > WHOLE

    def sent() -> None:
        with path.open("rb") as stream:
            obstore.put(bucket, key, stream, use_multipart=is_large, chunk_size=PART)

    try:
        buckets.ask(place, sent)
        fingerprint.require_unchanged(path, stamp)
    except OSError as error:
        raise FileUnreadable(f"{path.name} cannot be read: {error.strerror}") from error
    except FileChanging:
        store.files.remove(place)
        raise


def at_hand(store: Store, document: Document) -> Document:
    """Return the document with its file where this machine can open it.

    Where that is gone, or is another one by now, no file is there: the page fails, and says so.

    Raises:
        StorageAway: the bucket cannot be asked.
    """
    source = place_of(document.source)
    place = source if isinstance(source, BucketPath) else _in_workspace(store, document)
    if place is None:
        return document
    copy = _copy(document.sha256, source.name)
    with suppress(FileUnreadable):
        if not _is_there(copy):
            _fetched(place, source.name)
    if copy.exists():
        os.utime(copy, ns=(time.time_ns(), document.mtime_ns))
    return replace(document, source=str(copy), root="", below="", mounted=False)


def _in_workspace(store: Store, document: Document) -> BucketPath | None:
    """Return where the file of an input lies beside what was read of it; None: it does not."""
    if not isinstance(store.place, BucketPath) or not paths.is_sha256(document.sha256):
        return None
    return store.place / KEPT / document.sha256[:2] / document.sha256


def _is_kept(place: BucketPath, size: int) -> bool:
    """Return whether an object is there, and may be the whole file: what it holds, a hash says."""
    with suppress(FileUnreadable):
        return bool(_meta(place)["size"] == size)
    return False


def _fetched(place: BucketPath, name: str) -> tuple[str, Stamp]:
    """Fetch an object; return its SHA-256 and its stamp."""
    import obstore  # noqa: PLC0415 - an extra

    store, key = buckets.store(place.bucket), buckets.key_of(place)
    try:
        return buckets.ask(place, lambda: _copied(obstore.get(store, key), name))
    except OSError as error:
        raise FileUnreadable(f"{place.name} cannot be read: {error.strerror}") from error


def _copied(got: Any, name: str) -> tuple[str, Stamp]:
    folder, most, stamp = _folder(), buckets.cache_bytes(), _stamp(got.meta)
    if stamp[0] > most:
        raise FileUnreadable(f"{name} has {stamp[0] // MB} MB, and storage.cache_mb is less")
    _make_room(folder, most - stamp[0])
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".tmp-", delete=False) as stream:
        try:
            sha256 = _written(got, stream)
            copy = _copy(sha256, name)
            copy.parent.mkdir(mode=0o700, exist_ok=True)
            Path(stream.name).replace(copy)
        except BaseException:
            Path(stream.name).unlink(missing_ok=True)
            raise
    return sha256, stamp


def _written(got: Any, stream: Any) -> str:
    sha256 = hashlib.sha256()
    for piece in got.stream(min_chunk_size=MB):
        sha256.update(piece)
        stream.write(piece)
    stream.flush()
    return sha256.hexdigest()


def _meta(place: BucketPath) -> Any:
    try:
        return buckets.head(place)
    except OSError as error:
        raise FileUnreadable(f"{place.name} cannot be read: {error.strerror}") from error


def _stamp(meta: Any) -> Stamp:
    """Return size, time, and what changes with the content, in the places that a file has."""
    changed_ns = int(meta["last_modified"].timestamp() * 1e9)
    tag = int(hashlib.sha256(str(meta["e_tag"]).encode()).hexdigest()[:15], 16)
    return int(meta["size"]), changed_ns, tag, 0


def _copy(sha256: str, name: str) -> Path:
    return _folder() / sha256 / (name[-LONGEST_NAME:] or "document")


def _is_there(copy: Path) -> bool:
    """Return whether there is a copy, and say that it is used."""
    with suppress(OSError):
        os.utime(copy.parent)
        return copy.is_file()
    return False


def _folder() -> Path:
    folder = confirmation.STATE.expanduser() / KEPT
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _make_room(folder: Path, most: int) -> None:
    """Remove the copies that were used longest ago, until there is room."""
    found = sorted(_used(folder), reverse=True)
    total = 0
    for used, size, place in found:
        total += size
        if total > most and time.time() - used > IN_USE_S:
            shutil.rmtree(place, ignore_errors=True)


def _used(folder: Path) -> Iterator[tuple[float, int, Path]]:
    for place in folder.iterdir():
        with suppress(OSError):
            inner = [*place.iterdir()] if place.is_dir() else [place]
            yield place.stat().st_mtime, sum(one.stat().st_size for one in inner), place
