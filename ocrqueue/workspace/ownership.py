"""Whose a workspace is: looked at before the first write into it."""

import contextlib
import os
import secrets
import stat
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from ocrqueue.model.address import ID
from ocrqueue.model.errors.operator import WorkspaceUnusable
from ocrqueue.model.place import BucketPath, Place
from ocrqueue.model.wire import WIRE_VERSION
from ocrqueue.workspace import storage
from ocrqueue.workspace.atomic import encode
from ocrqueue.workspace.files import json_in, write_json
from ocrqueue.workspace.folder_files import FolderFiles
from ocrqueue.workspace.storage import MARK

_seen: dict[Place, str] = {}  # the ids that this process has read: a drive may go


def take(place: Place, desk: Path, *, folders: Sequence[str], files: Sequence[str]) -> None:
    """Make a workspace: its folder, readable by its owner alone, and its mark; or find it made.

    Raises:
        WorkspaceUnusable: it is a link, or belongs to somebody else.
        OSError: it cannot be made or written.
        StorageAway: the bucket cannot be asked.
    """
    if not os.path.lexists(desk):
        desk.mkdir(parents=True, exist_ok=True, mode=0o700)
    mark(place, folders=folders, files=files)


def require(place: Place) -> None:
    """Refuse what is no workspace of this user.

    Raises:
        WorkspaceUnusable: it is none, is a link, or belongs to somebody else.
        StorageAway: the bucket cannot be asked.
    """
    with contextlib.suppress(OSError, ValueError):  # ValueError: a NUL in the path
        if is_marked(place):
            return
    is_there = isinstance(place, BucketPath) or os.path.lexists(place)
    raise WorkspaceUnusable(f"{place} is {'no workspace of ocrqueue' if is_there else 'not there'}")


def require_there(place: Place) -> None:
    """Refuse to make a folder anew where the workspace is away with its drive.

    Raises:
        FileNotFoundError: it is.
    """
    if isinstance(place, Path):
        (place / MARK).lstat()


def mark(root: Place, *, folders: Sequence[str], files: Sequence[str]) -> None:
    """Mark a place as a workspace, with an id; one that was copied from another gets a new one.

    Raises:
        WorkspaceUnusable: as `is_marked`.
        OSError: it cannot be written.
    """
    told = {"version": WIRE_VERSION, "id": secrets.token_hex(8), "path": str(root)}
    if isinstance(root, BucketPath):
        storage.of_workspace(root).write_once(root / MARK, encode(told))
        return
    known = _read(root) if is_marked(root, folders=folders, files=files) else None
    if known is None or _is_copy(root, known):
        write_json(FolderFiles(below=root.parent), root / MARK, told)


def id_of(root: Place) -> str:
    """Return the id of a workspace; "": it has none, as of an earlier version, or is not there.

    That of one in a bucket depends on its address too: a copy of it is another workspace.
    """
    told = str(_read(root).get("id"))
    if not ID.fullmatch(told):
        return ""
    return told if isinstance(root, Path) else sha256(f"{told} {root}".encode()).hexdigest()[:16]


def last_id_of(root: Place) -> str:
    """Return the same as it was when the workspace was last seen by this process."""
    if root in _seen and isinstance(root, BucketPath):
        return _seen[root]  # asking costs a request, and a long time while it is away
    if found := id_of(root):
        _seen[root] = found
    return found or _seen.get(root, "")


def _read(root: Place) -> Mapping[str, Any]:
    return json_in(storage.of_workspace(root), root / MARK) or {}


def _is_copy(root: Path, known: Mapping[str, Any]) -> bool:
    """Return whether the workspace whose mark this was lies where it lay, beside this one."""
    before = Path(str(known.get("path")))
    if before == root or not id_of(root) or id_of(before) != id_of(root):
        return False
    return not before.samefile(root)


def is_marked(root: Place, *, folders: Sequence[str] = (), files: Sequence[str] = ()) -> bool:
    """Return whether a place has the mark of a workspace.

    `folders` and `files` are what will be written to in it: that too is looked at, so that the user
    is told before anything is done.

    Raises:
        WorkspaceUnusable: something belongs to somebody else, or is a link or no such thing.
        OSError: the folder is not there.
    """
    if isinstance(root, BucketPath):
        return bool(_read(root))
    _require(root, stat.S_ISDIR)
    for name in folders:
        _require_if_there(root / name, stat.S_ISDIR)
    for name in files:
        _require_if_there(root / name, stat.S_ISREG)
    return _require_if_there(root / MARK, stat.S_ISREG)


def _require_if_there(path: Path, is_right: Callable[[int], bool]) -> bool:
    try:
        _require(path, is_right)
    except FileNotFoundError:
        return False
    return True


def _require(path: Path, is_right: Callable[[int], bool]) -> None:
    found = path.lstat()
    if not is_right(found.st_mode):
        kind = "a folder" if is_right is stat.S_ISDIR else "a file"
        why = "is a link" if stat.S_ISLNK(found.st_mode) else f"is not {kind}"
        raise WorkspaceUnusable(f"the workspace cannot be used: {path} {why}")
    if os.getuid() != 0 and found.st_uid not in (os.getuid(), 0):
        raise WorkspaceUnusable(f"the workspace cannot be used: {path} belongs to another user")
