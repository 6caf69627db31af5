"""Which document a file is: its content, and all that changes what is read from it."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from ocrqueue.model.document import ID_LENGTH, MOST_PAGES, Counted, Document, Reading
from ocrqueue.model.errors.document import DocumentDamaged, FileChanging, FileUnreadable

Stamp = tuple[int, ...]  # size in bytes, times of the last changes in ns, inode


def document_id(sha256: str, reading: Reading) -> str:
    """Return the id that content and reading have together."""
    identity = json.dumps([sha256, reading.identity()], sort_keys=True)
    return hashlib.sha256(identity.encode()).hexdigest()[:ID_LENGTH]


def document_of(
    path: Path, *, sha256: str, stamp: Stamp, counted: Counted, reading: Reading
) -> Document:
    """Return the document that a file of this content is.

    Raises:
        FileChanging: the file is not the one any more of which the stamp was taken.
        DocumentDamaged: it claims more pages than any document has.
    """
    require_unchanged(path, stamp)
    if counted.pages > MOST_PAGES:
        message = f"it claims {counted.pages:,} pages; a document has at most {MOST_PAGES:,}"
        raise DocumentDamaged(message)
    return Document(
        id=document_id(sha256, reading),
        sha256=sha256,
        kind=counted.kind,
        pages=counted.pages,
        source=str(path),
        size=stamp[0],
        mtime_ns=stamp[1],
        reading=reading,
        stand_in=counted.stand_in,
        attached=counted.attached,
    )


def identify(
    path: Path, reading: Reading, counted_by: Callable[[Path], Counted]
) -> tuple[Document, str | None]:
    """Return the document that a file is, and the password that opens it.

    Raises:
        DocumentError: it is none that can be read, or it changed meanwhile.
    """
    sha256, stamp = digest(path)
    counted = counted_by(path)
    document = document_of(path, sha256=sha256, stamp=stamp, counted=counted, reading=reading)
    return document, counted.password


def digest(path: Path, *, known: tuple[str, Stamp] = ("", ())) -> tuple[str, Stamp]:
    """Return the content's SHA-256 and the file's stamp.

    A file whose stamp is the known one is not read again: any change of its content changes its
    ctime.

    Raises:
        FileUnreadable: it is no file, or cannot be read.
        FileChanging: it changed meanwhile.
    """
    sha256, before = known
    try:
        if not path.is_file():  # a FIFO would block for ever
            raise FileUnreadable(f"{path.name} is not a file")
        stamp = stamp_of(path.stat())
        if sha256 and stamp == before:
            return sha256, stamp
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise FileUnreadable(f"{path.name} cannot be read: {error.strerror}") from error
    require_unchanged(path, stamp)
    return sha256, stamp


def stamp_of(found: os.stat_result) -> Stamp:
    """Return what of a file's status changes whenever its content does."""
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def stamp_at(path: Path) -> Stamp | None:
    """Return the stamp of a file now; None where there is none any more."""
    try:
        return stamp_of(path.stat())
    except OSError:
        return None


def require_unchanged(path: Path, stamp: Stamp) -> None:
    """Refuse a file that changed since its stamp was taken: it would be known as what it is not.

    Raises:
        FileChanging: it has another size, time or inode, or is gone.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise FileChanging(f"{path.name} went away while it was looked at") from error
    size, mtime_ns, _, inode = stamp
    if (found.st_size, found.st_mtime_ns, found.st_ino) != (size, mtime_ns, inode):
        raise FileChanging(f"{path.name} changed while it was looked at")
