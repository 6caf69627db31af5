"""Which inputs commands of this user named: their records bear a mark that only he can make.

A record names the file to be read, and whoever made the workspace has chosen it. So a record leads
to a file only where its mark says that a command named this very file, and whether its pages may
leave. The mark is made with a key in the user's state folder, which no workspace brings along.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from ocrqueue.workspace.atomic import encode, write_whole_once
from ocrqueue.workspace.files import json_in
from ocrqueue.workspace.folder_files import FolderFiles

STATE = Path("~/.local/state/ocrqueue")
KEY = "inputs.json"
KEY_BYTES = 32


def mark(source: str, *, may_leave: bool) -> str:
    """Return the mark of an input; "" where the user's state folder cannot be used."""
    try:
        key = _key()
    except (OSError, RuntimeError, ValueError):  # RuntimeError: he has no home
        return ""
    told = b"%d %s" % (may_leave, os.fsencode(source))
    return hmac.new(key, told, hashlib.sha256).hexdigest()


def is_right(told: str, source: str, *, may_leave: bool) -> bool:
    """Return whether a mark is the one of this input, made by this user."""
    right = mark(source, may_leave=may_leave)
    return bool(right) and hmac.compare_digest(right.encode(), os.fsencode(told))


def _key() -> bytes:
    """Return the key of this user, made at its first use.

    Raises:
        OSError: it can be neither read nor made, or belongs to somebody else.
        ValueError: it is no key of ours.
    """
    folder = STATE.expanduser()
    place = folder / KEY
    if not os.path.lexists(place):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = {"key": secrets.token_hex(KEY_BYTES)}
        write_whole_once(place, encode(fresh), below=folder, mode=0o600)
    if os.getuid() not in (0, place.lstat().st_uid):
        raise PermissionError(f"{place} belongs to another user")
    key = bytes.fromhex(str((json_in(FolderFiles(below=folder), place) or {}).get("key")))
    if len(key) != KEY_BYTES:
        raise ValueError(f"{place} holds no key")
    return key
