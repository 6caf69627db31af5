"""Whose a workspace is: looked at before the first write into it."""

import os
import secrets
import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ocrqueue.model.address import ID
from ocrqueue.model.errors.operator import WorkspaceUnusable
from ocrqueue.model.wire import WIRE_VERSION
from ocrqueue.workspace.atomic import read_json, write_json

MARK = "workspace.json"  # makes a folder a workspace
_seen: dict[Path, str] = {}  # the ids that this process has read: a drive may go


def mark(root: Path, *, folders: Sequence[str], files: Sequence[str]) -> None:
    """Mark a folder as a workspace, with an id; one that was copied from another gets a new one.

    Raises:
        WorkspaceUnusable: as `is_marked`.
        OSError: it cannot be written.
    """
    known = _read(root) if is_marked(root, folders=folders, files=files) else None
    if known is None or _is_copy(root, known):
        told = {"version": WIRE_VERSION, "id": secrets.token_hex(8), "path": os.fspath(root)}
        write_json(root / MARK, told, below=root.parent)


def id_of(root: Path) -> str:
    """Return the id of a workspace; "": it has none, as of an earlier version, or is not there."""
    told = str(_read(root).get("id"))
    return told if ID.fullmatch(told) else ""


def last_id_of(root: Path) -> str:
    """Return the same as it was when the workspace was last seen by this process."""
    if found := id_of(root):
        _seen[root] = found
    return found or _seen.get(root, "")


def _read(root: Path) -> Mapping[str, Any]:
    return read_json(root / MARK, below=root.parent) or {}


def _is_copy(root: Path, known: Mapping[str, Any]) -> bool:
    """Return whether the workspace whose mark this was lies where it lay, beside this one."""
    before = Path(str(known.get("path")))
    if before == root or not id_of(root) or id_of(before) != id_of(root):
        return False
    return not before.samefile(root)


def is_marked(root: Path, *, folders: Sequence[str] = (), files: Sequence[str] = ()) -> bool:
    """Return whether a folder has the mark of a workspace.

    `folders` and `files` are what will be written to in it: that too is looked at, so that the user
    is told before anything is done.

    Raises:
        WorkspaceUnusable: something belongs to somebody else, or is a link or no such thing.
        OSError: the folder is not there.
    """
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
        message = f"the workspace cannot be used: {path} {why}"
        raise WorkspaceUnusable(message)
    if os.getuid() != 0 and found.st_uid not in (os.getuid(), 0):
        message = f"the workspace cannot be used: {path} belongs to another user"
        raise WorkspaceUnusable(message)
