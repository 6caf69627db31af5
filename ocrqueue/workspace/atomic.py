"""Writing files whole: a reader sees all or nothing, also after a crash or on a full disk."""

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TEMPORARY = ".tmp-"


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the object in a file; None if it is missing or torn."""
    try:
        wire = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return wire if isinstance(wire, dict) else None


def write_json(path: Path, wire: Mapping[str, Any]) -> None:
    """Write an object whole, replacing what was there.

    Raises:
        OSError: the disk is full or may not be written.
    """
    write_whole(path, encode(wire))


def write_json_once(path: Path, wire: Mapping[str, Any]) -> bool:
    """Write an object whole unless the file exists; return whether it was written.

    Raises:
        OSError: the disk is full or may not be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _write_temporary(path, encode(wire))
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError:
        return _rename_once(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return True


def write_whole(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Write a file so that a reader sees all of it or none, in a folder that is made if needed.

    Raises:
        OSError: the disk is full or may not be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _write_temporary(path, content, mode)
    try:
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def encode(wire: Mapping[str, Any]) -> bytes:
    """Return JSON that keeps names which are not UTF-8 (lone surrogates are escaped)."""
    return json.dumps(wire, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def _write_temporary(path: Path, content: bytes, mode: int = 0o666) -> Path:
    temporary = path.parent / f"{TEMPORARY}{path.name[:100]}-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        with open(temporary, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as stream:
            stream.write(content)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _rename_once(temporary: Path, path: Path) -> bool:
    """Do without hard links, as on FAT and some shares: look and rename, one process at a time."""
    with _folder_lock(path.parent):
        if path.exists():
            return False
        temporary.replace(path)
    return True


@contextlib.contextmanager
def _folder_lock(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a share without locks: two at once are very rare
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
