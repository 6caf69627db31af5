"""Whose a workspace is: looked at before the first write into it."""

import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

from ocrqueue.model.errors.operator import WorkspaceUnusable

MARK = "workspace.json"  # makes a folder a workspace


def is_marked(root: Path) -> bool:
    """Return whether a folder has the mark of a workspace.

    Raises:
        WorkspaceUnusable: folder or mark belong to somebody else, or are a link or no such thing.
        OSError: it is not there.
    """
    _require(root, stat.S_ISDIR)
    return _require_if_there(root / MARK, stat.S_ISREG)


def require_ours(root: Path, *, folders: Sequence[str], files: Sequence[str]) -> None:
    """Look at what we will write to in a folder, so that the user is told before anything is done.

    Raises:
        WorkspaceUnusable: something belongs to somebody else, or is a link or no such thing.
        OSError: it is not there.
    """
    _require(root, stat.S_ISDIR)
    kinds = {**dict.fromkeys(folders, stat.S_ISDIR), **dict.fromkeys(files, stat.S_ISREG)}
    for name, kind in kinds.items():
        _require_if_there(root / name, kind)


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
