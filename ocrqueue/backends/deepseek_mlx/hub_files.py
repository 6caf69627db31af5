"""Lets large files come from the hub: each goes on where it ended, in whatever process that was.

A file comes to lie under its SHA-256 where the library of the hub looks for it, once it has that
SHA-256; until then it is `*.incomplete` beside that place.
"""

import fcntl
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from huggingface_hub import constants
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import build_hf_headers

from ocrqueue.backends.deepseek_mlx import hub_errors
from ocrqueue.backends.deepseek_mlx.inspection import Tell
from ocrqueue.errors import ModelBusy, ModelDamaged

STEP = 1 << 20  # bytes; the library's own 10 MB are what a cut would cost


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFile:
    """A file as the hub lists it."""

    name: str
    size: int
    sha256: str  # "" of a small one, which the library fetches


@dataclass(slots=True, kw_only=True)
class Meter:
    """Counts what is there of all files, whoever fetched it."""

    total: int
    tell: Tell
    whole: int = 0  # bytes of the files that are done
    name: str = ""
    part: int = 0  # bytes of the file that is being fetched

    def begin(self, name: str, **told: Any) -> Self:
        """Begin a file, or go on with it; the library calls this for a bar of progress."""
        self.name, self.part = name, int(told.get("initial") or 0)
        self.update(0)
        return self

    def update(self, more: float | None = 1) -> None:
        """Count bytes that came, as a bar of progress does."""
        self.part += int(more or 0)
        self.tell(self.name, self.whole + self.part, self.total)

    def end(self, size: int) -> None:
        """Note that a file is whole."""
        self.whole, self.part = self.whole + size, 0

    def finish(self) -> None:
        """Say that all is there."""
        self.tell(self.name, self.total, self.total)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""


def still_to_come(file: HubFile, folder: Path) -> int:
    """Return how many bytes are not on this disk yet."""
    if _blob(folder, file).exists():
        return 0
    part = _part(folder, file)
    return file.size - (part.stat().st_size if part.exists() else 0)


def fetch(url: str, file: HubFile, folder: Path, meter: Meter) -> None:
    """Fetch a file of weights to where the library looks for it, if it is not there."""
    blob, part = _blob(folder, file), _part(folder, file)
    if not blob.exists():
        blob.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as stream:
            _lock(stream, file.name)
            if not blob.exists():  # who had the lock before may have been through
                _fill(url, file, stream, meter)
                part.replace(blob)
    meter.end(file.size)


def _fill(url: str, file: HubFile, stream: IO[bytes], meter: Meter) -> None:
    """Let the rest of a file come; what was there of it and was wrong comes once more."""
    constants.DOWNLOAD_CHUNK_SIZE = STEP
    begun = stream.tell()
    for already in dict.fromkeys((begun if begun <= file.size else 0, 0)):
        stream.truncate(already)
        stream.seek(already)
        http_get(
            url,
            stream,
            resume_size=already,
            expected_size=file.size,
            headers={**build_hf_headers(), "Accept-Encoding": "identity"},
            tqdm_class=_bars(meter, file.name),
        )
        stream.flush()
        if _is_right(Path(stream.name), file.sha256):
            return
    stream.truncate(0)
    message = f"{file.name} has another SHA-256 than {hub_errors.hub()} says"
    raise ModelDamaged(message)


def _bars(meter: Meter, name: str) -> Callable[..., Meter]:
    return lambda **told: meter.begin(name, **told)


def _is_right(path: Path, sha256: str) -> bool:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == sha256


def _lock(stream: IO[bytes], name: str) -> None:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        message = f"another process fetches {name}"
        raise ModelBusy(message) from error


def _blob(folder: Path, file: HubFile) -> Path:
    return folder / "blobs" / file.sha256


def _part(folder: Path, file: HubFile) -> Path:
    return folder / "blobs" / f"{file.sha256}.incomplete"
