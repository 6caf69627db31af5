"""Writing files whole: a reader sees all or nothing, also after a crash or on a full disk.

All of it below a folder that the user named; see `descriptors` for what is not followed there.
"""

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ocrqueue.workspace import descriptors

TEMPORARY = ".tmp-"


def write_whole_once(path: Path, content: bytes, *, below: Path, mode: int = 0o666) -> bool:
    """Write a file whole unless it exists; return whether it was written.

    Raises:
        OSError: the disk is full or may not be written, or a link is on the way.
    """
    with descriptors.made_folder(path.parent, below=below) as folder:
        temporary = _write_temporary(folder, path.name, content, mode)
        try:
            os.link(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except FileExistsError:
            return False
        except OSError:
            return _rename_once(folder, temporary, path.name)
        finally:
            _remove(folder, temporary)
    return True


def write_whole(path: Path, content: bytes, *, below: Path, mode: int = 0o666) -> None:
    """Write a file so that a reader sees all of it or none, in a folder that is made if needed.

    Raises:
        OSError: the disk is full or may not be written, or a link is on the way.
    """
    with descriptors.made_folder(path.parent, below=below) as folder:
        temporary = _write_temporary(folder, path.name, content, mode)
        try:
            os.replace(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            _remove(folder, temporary)
            raise


def encode(wire: Mapping[str, Any]) -> bytes:
    """Return JSON that keeps names which are not UTF-8 (lone surrogates are escaped)."""
    return json.dumps(wire, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def _write_temporary(folder: int, name: str, content: bytes, mode: int = 0o666) -> str:
    temporary = f"{TEMPORARY}{name[:100]}-{os.getpid()}-{secrets.token_hex(4)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(temporary, flags, mode, dir_fd=folder), "wb") as stream:
            stream.write(content)
    except OSError:
        _remove(folder, temporary)
        raise
    return temporary


def _remove(folder: int, name: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def _rename_once(folder: int, temporary: str, name: str) -> bool:
    """Do without hard links, as on FAT and some shares: look and rename, one process at a time."""
    with _folder_lock(folder):
        with contextlib.suppress(FileNotFoundError):
            os.stat(name, dir_fd=folder, follow_symlinks=False)
            return False
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    return True


@contextlib.contextmanager
def _folder_lock(folder: int) -> Iterator[None]:
    handle = os.open(".", os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)  # a lock of its own
    try:
        with contextlib.suppress(OSError):  # a share without locks: two at once are very rare
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
