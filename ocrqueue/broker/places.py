"""Where the server of a workspace keeps its data: in the user's state folder, not by the files.

A server runs what its data says when it loads it. So none is loaded that came with a folder: who
sends one chooses what is in it, but neither where it comes to lie nor what lies here. The truth is
in the workspace, and losing a folder of these costs nothing.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
from pathlib import Path

from ocrqueue.model.wire import WIRE_VERSION
from ocrqueue.workspace import descriptors
from ocrqueue.workspace.confirmation import STATE
from ocrqueue.workspace.files import json_in, write_json
from ocrqueue.workspace.folder_files import FolderFiles
from ocrqueue.workspace.storage import MARK

WORKSPACES = "workspaces"  # below it, a folder for the server of each
LOCK = "lock"  # held by the server that works in a folder
RECORD = "belongs-to.json"
APPENDED = "appendonlydir"  # what the server calls the folder that it loads
LOOKED_AT = 200  # folders of others, at one start


def of_workspace(workspace: Path) -> Path:
    """Return the folder for the server of a workspace, however that is spelled."""
    name = hashlib.sha256(os.fsencode(os.path.realpath(workspace))).hexdigest()[:16]
    return STATE.expanduser() / WORKSPACES / name


def is_new(data: Path) -> bool:
    """Return whether no server has worked in a folder yet."""
    return not descriptors.exists(data / RECORD, below=data)


def take_over(data: Path, workspace: Path) -> None:
    """Forget what a server knew of a workspace that was deleted since; its lock is held.

    Raises:
        OSError: the folder cannot be written.
    """
    now = {
        "version": WIRE_VERSION,
        "workspace": os.path.realpath(workspace),
        "made": _made(workspace),
    }
    known = json_in(FolderFiles(below=data), data / RECORD) or {}
    if known.get("made") and known["made"] != now["made"]:
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(data / APPENDED)
    if known != now:
        write_json(FolderFiles(below=data), data / RECORD, now)


def remove_abandoned(data: Path) -> None:
    """Remove the folders beside this one whose workspaces are gone."""
    with contextlib.suppress(OSError):
        for path in sorted(path for path in data.parent.iterdir() if path != data)[:LOOKED_AT]:
            _remove(path)


def _remove(data: Path) -> None:
    """Remove a folder unless its workspace is there, or a server works in it."""
    workspace = (json_in(FolderFiles(below=data.parent), data / RECORD) or {}).get("workspace")
    if not isinstance(workspace, str) or os.path.lexists(workspace):
        return
    at_once = fcntl.LOCK_EX | fcntl.LOCK_NB
    with (
        contextlib.suppress(OSError),
        descriptors.locked(data / LOCK, below=data.parent, operation=at_once),
    ):
        shutil.rmtree(data)


def _made(workspace: Path) -> int:
    """Return when a workspace was made: another one may lie there by now. 0: there is none."""
    try:
        return (workspace / MARK).lstat().st_mtime_ns
    except OSError:
        return 0
