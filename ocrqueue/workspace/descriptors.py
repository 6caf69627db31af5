"""Opens what lies below a folder by descriptors: no link is followed, no pipe is waited for.

Whoever prepares a folder for us can put links, pipes and second names of other files into it, as a
zip, a tar or a shared drive brings them. So every file of a workspace and of an output folder is
opened here: from `below`, which the user named and which may be a link, through folders that are
none.
"""

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

LONGEST = 1 << 28  # bytes of a file that is read whole
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_ON_THE_WAY = os.O_DIRECTORY | os.O_CLOEXEC | getattr(os, "O_PATH", os.O_RDONLY)
_LINK = "a link, which is not followed"
_NO_FOLDER = "a link, or no folder, is on the way"
_NO_FILE = "not a file"
_TOO_LARGE = "larger than any file of ours"
_SECOND_NAME = "a second name of another file"


@contextmanager
def folder(path: Path, *, below: Path) -> Iterator[int]:
    """Yield the descriptor of a folder.

    Raises:
        OSError: it is not there, or a link is on the way.
    """
    handle = _descend(path, below, _enter)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def made_folder(path: Path, *, below: Path) -> Iterator[int]:
    """Yield the descriptor of a folder, which is made if needed.

    Raises:
        OSError: it cannot be made, or a link is on the way.
    """
    try:
        handle = _descend(path, below, _make)
    except FileNotFoundError:  # what the user named is not there yet
        below.mkdir(parents=True, exist_ok=True)
        handle = _descend(path, below, _make)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def listed(path: Path, *, below: Path) -> Iterator[Iterator["os.DirEntry[str]"]]:
    """Yield what lies in a folder.

    Raises:
        OSError: it is not there, or a link is on the way.
    """
    with folder(path, below=below) as handle, os.scandir(handle) as entries:
        yield entries


def names(path: Path, *, below: Path) -> list[str]:
    """Return what the things in a folder are called, sorted; none where it cannot be listed."""
    with contextlib.suppress(OSError), listed(path, below=below) as entries:
        return sorted(entry.name for entry in entries)
    return []


def read(path: Path, *, below: Path, most: int = LONGEST) -> bytes:
    """Return what is in a file.

    Raises:
        OSError: it cannot be read, is no plain file, or has more than `most` bytes.
    """
    with to_read(path, below=below) as stream:
        size = os.fstat(stream.fileno()).st_size  # so much is allocated
        content = stream.read(min(size, most) + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, _TOO_LARGE, str(path))
    return content


def to_read(path: Path, *, below: Path) -> BufferedReader:
    """Return a file, opened to be read.

    Raises:
        OSError: it cannot be read, or is no plain file.
    """
    path.lstat()  # most files that are asked for are not there, which is told at once
    with folder(path.parent, below=below) as parent:
        return os.fdopen(_open(path, parent, os.O_RDONLY), "rb")


def to_append(path: Path, *, below: Path) -> BinaryIO:
    """Return a file, made if needed, opened to be written at its end.

    Raises:
        OSError: it cannot be written, is no plain file, or has another name elsewhere.
    """
    with made_folder(path.parent, below=below) as parent:
        handle = _open(path, parent, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    if os.fstat(handle).st_nlink > 1:
        os.close(handle)
        raise OSError(errno.EMLINK, _SECOND_NAME, str(path))
    return os.fdopen(handle, "ab")


@contextmanager
def locked(path: Path, *, below: Path, operation: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Hold the lock of a file, which is made if needed and never written.

    Raises:
        OSError: it cannot be opened, or is no plain file.
        BlockingIOError: another process has it, and the operation says not to wait.
    """
    with made_folder(path.parent, below=below) as parent:
        handle = _open(path, parent, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(handle, operation)
        yield
    finally:
        os.close(handle)


def mark(path: Path, *, below: Path) -> None:
    """Make an empty file where there is nothing of that name.

    Raises:
        OSError: it cannot be made.
    """
    with made_folder(path.parent, below=below) as parent, contextlib.suppress(FileExistsError):
        os.close(_open(path, parent, os.O_WRONLY | os.O_CREAT | os.O_EXCL))


def remove(path: Path, *others: str, below: Path) -> None:
    """Remove a file, or a link, if it is there, and others of its folder by their names.

    Raises:
        OSError: one is a folder, or may not be removed.
    """
    names = [name for name in (path.name, *others) if os.path.lexists(path.with_name(name))]
    if not names:
        return
    with contextlib.suppress(FileNotFoundError), folder(path.parent, below=below) as parent:
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=parent)


def remove_empty(path: Path, *, below: Path) -> None:
    """Remove a folder in which nothing lies.

    Raises:
        OSError: something does, or it may not be removed.
    """
    with folder(path.parent, below=below) as parent:
        os.rmdir(path.name, dir_fd=parent)


def exists(path: Path, *, below: Path) -> bool:
    """Return whether there is a plain file."""
    with contextlib.suppress(OSError), folder(path.parent, below=below) as parent:
        return stat.S_ISREG(os.stat(path.name, dir_fd=parent, follow_symlinks=False).st_mode)
    return False


def _descend(path: Path, below: Path, step: Callable[[str, int], int]) -> int:
    """Return the descriptor of a folder, entered name by name."""
    known = below.parts
    names = path.parts[len(known) :]
    if path.parts[: len(known)] != known or ".." in names:
        raise OSError(errno.EINVAL, f"not below {below}", str(path))
    handle = os.open(below, _ON_THE_WAY if names else _FOLDER)
    for name in names:
        try:
            inner = step(name, handle)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from error
        finally:
            os.close(handle)
        handle = inner
    return handle


def _enter(name: str, parent: int) -> int:
    try:
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):  # systems differ
            raise OSError(error.errno, _NO_FOLDER) from error
        raise


def _make(name: str, parent: int) -> int:
    try:
        return _enter(name, parent)
    except FileNotFoundError:
        with contextlib.suppress(FileExistsError):  # another process was quicker
            os.mkdir(name, dir_fd=parent)
        return _enter(name, parent)


def _open(path: Path, parent: int, flags: int) -> int:
    """Return the descriptor of a plain file in a folder."""
    try:
        handle = os.open(path.name, flags | _FILE, 0o666, dir_fd=parent)
    except OSError as error:
        why = _LINK if error.errno == errno.ELOOP else error.strerror
        raise OSError(error.errno, why, str(path)) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, _NO_FILE, str(path))
    return handle
