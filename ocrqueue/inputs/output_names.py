"""What the output of an input is called: safe names, and when two names are too alike."""

import hashlib
import os
import unicodedata
from pathlib import PurePath

from ocrqueue.inputs.walk import EXTENSIONS

MAX_NAME_BYTES = 200  # leaves room below the usual 255 for our own endings
_OUR_ENDINGS = (".md", ".json", ".pages", ".assets")
_HASH_DIGITS = 8


def output_candidates(relative: PurePath, source: PurePath) -> list[PurePath]:
    """Return the names a document's output may take, the best first, without an ending.

    `sub/name`, then `sub/name.pdf`, then `sub/name.pdf-` and a hash of the source's path: no two
    inputs share the last one. All are safe to join to the output folder.
    """
    parts = [part for part in relative.parts if part not in ("", ".", "..", relative.anchor)]
    *folders, name = parts or ["document"]
    folder = PurePath(*(_safe_folder(part) for part in folders))
    path = PurePath(name)
    stem = path.stem if path.suffix.lower() in EXTENSIONS else name
    tail = "-" + _hash(os.fsencode(str(source)))
    unique = _safe(name, MAX_NAME_BYTES - len(tail)) + tail
    names = dict.fromkeys((_safe(stem), _safe(name), unique))
    return [folder / one for one in names]


def collision_key(path: PurePath | str) -> str:
    """Return what two paths have in common if some file system takes them for the same.

    Capital and small letters, and the Unicode forms of one letter, make no difference.
    """
    text = unicodedata.normalize("NFD", str(path)).casefold()
    return unicodedata.normalize("NFC", text)


def _safe_folder(part: str) -> str:
    """Return a name that no output of ours can have: a folder `a.md` would bar the file `a.md`."""
    return _safe(part + "_" if part.lower().endswith(_OUR_ENDINGS) else part)


def _safe(part: str, limit: int = MAX_NAME_BYTES) -> str:
    odd = {char for char in part if unicodedata.category(char) in ("Cc", "Zl", "Zp")} | {"/"}
    visible = "".join("_" if char in odd else char for char in part)
    encoded = os.fsencode(visible)
    if len(encoded) <= limit:
        return visible
    tail = "-" + _hash(os.fsencode(part))
    return _cut(encoded, limit - len(tail)) + tail


def _cut(encoded: bytes, limit: int) -> str:
    """Cut at a whole letter: no byte that continues one may come after the cut."""
    while limit and encoded[limit] & 0xC0 == 0x80:  # noqa: PLR2004 - UTF-8's own bits
        limit -= 1
    return os.fsdecode(encoded[:limit])


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_HASH_DIGITS]
