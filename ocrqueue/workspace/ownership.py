"""Whose a workspace is: looked at before the first write into it."""

import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

from ocrqueue.model.errors.operator import WorkspaceUnusable

MARK = "workspace.json"  # makes a folder a workspace


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
