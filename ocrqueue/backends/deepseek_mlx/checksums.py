"""Whether a file is the one that the hub has: what lies beside it tells its checksum.

In the hub's cache a file is a link to what is named after its checksum; a folder that was fetched
as a folder has it in `.cache/huggingface/download`. Large files have a SHA-256, small ones the
SHA-1 that git gives them.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

CHECKSUM = re.compile(r"[0-9a-f]{64}|[0-9a-f]{40}")
SHA256_LETTERS = 64
STEP = 4 << 20  # bytes


def expected(file: Path) -> str:
    """Return the checksum the hub knows the file by, or "" where nothing tells."""
    told = ""
    if file.is_symlink():
        told = file.readlink().name
    else:
        note = file.parent / ".cache" / "huggingface" / "download" / f"{file.name}.metadata"
        if note.is_file():
            told = "".join(note.read_text("utf-8", "replace").splitlines()[1:2]).strip()
    return told if CHECKSUM.fullmatch(told) else ""


def actual(file: Path, kind: str, tell: Callable[[int], None]) -> str:
    """Return the checksum of the content, of the same kind as `kind`; `tell` hears of each step."""
    if len(kind) == SHA256_LETTERS:
        digest = hashlib.sha256()
    else:
        digest = hashlib.sha1(usedforsecurity=False)
        digest.update(f"blob {file.stat().st_size}\0".encode())
    for part in _parts(file):
        digest.update(part)
        tell(len(part))
    return digest.hexdigest()


def _parts(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while part := stream.read(STEP):
            yield part
