"""Fetches a model from the Hugging Face hub into its local cache; nothing else here uses a network.

The library of the hub begins a file anew in every process (since its release 1.18), and the weights
are one file of some gigabytes. So the weights come by way of `hub_files`, which goes on where they
ended; the library does the rest. Only data is fetched, no Python, unless the user trusts it.
"""

import fcntl
import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from glob import escape
from pathlib import Path, PurePosixPath
from typing import IO, Any, Self

from huggingface_hub import HfApi, constants, errors, hf_hub_download, hf_hub_url, snapshot_download
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import build_hf_headers, disable_progress_bars, logging

from ocrqueue.backends.deepseek_mlx import checkpoint, hub_errors
from ocrqueue.backends.deepseek_mlx.verify import Tell, actual
from ocrqueue.model.errors.operator import (
    HubUnreachable,
    ModelBusy,
    ModelDamaged,
    ModelTooLarge,
    UsageError,
)
from ocrqueue.model.errors.page import BackendUnavailable

ANSWER_S = 30.0  # the hub's longest answer to a question; bytes of a file have limits of their own
MAIN = "main"
SHA256 = re.compile(r"[0-9a-f]{64}")
STEP = 1 << 20  # bytes; the library's own 10 MB are what a cut would cost
MB = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFile:
    """A file as the hub lists it."""

    name: str
    size: int
    sha256: str  # "" of a small one, which the library fetches


def pull(repository: str, revision: str, *, trusted: bool, tell: Tell) -> Path:
    """Fetch what is missing of a model; return its folder, which is called as its commit.

    `trusted`: its Python too.

    Raises:
        HubUnreachable: there is no network, or what answers is not the hub.
        ModelNotFound: the hub has no such model or revision.
        ModelForbidden: it does not give it to us.
        ModelTooLarge: the disk has no room.
        ModelDamaged: what arrived is something else than was announced.
        ModelBusy: another process fetches it.
        UsageError: it is no model that we know how to use.
    """
    # Telemetry would ask the hub which variables of our environment to look at, tell it what was
    # found, and break every fetch for a day where a login page had answered instead.
    constants.HF_HUB_DISABLE_TELEMETRY = True
    logging.set_verbosity_error()
    disable_progress_bars()
    named = f"{repository} ({revision})" if revision else repository
    with hub_errors.explained(named):
        commit, files = _listed(repository, revision or MAIN)
        files = [file for file in files if is_wanted(file.name, trusted=trusted)]
        _check_kind(repository, commit, files)
        folder = checkpoint.cached_at(Path(constants.HF_HUB_CACHE), repository)
        _check_room(folder, files)
        meter = DownloadMeter(total=sum(file.size for file in files), tell=tell)
        for file in files:
            if file.sha256:
                fetch(hf_hub_url(repository, file.name, revision=commit), file, folder, meter)
        snapshot = snapshot_download(
            repository,
            revision=revision or MAIN,
            allow_patterns=[escape(file.name) for file in files],
        )
        meter.finish()
    return Path(snapshot)


def is_wanted(name: str, *, trusted: bool) -> bool:
    """Return whether a file of a repository is fetched: data at its top, and trusted Python."""
    path = PurePosixPath(name)
    if path.suffix == ".py":
        return trusted
    return path.suffix in checkpoint.DATA and len(path.parts) == 1


def _listed(repository: str, revision: str) -> tuple[str, list[HubFile]]:
    """Return the commit and its files."""
    try:
        info = HfApi().model_info(
            repository, revision=revision, files_metadata=True, timeout=ANSWER_S
        )
        files = [
            HubFile(name=one.rfilename, size=one.size or 0, sha256=_sha256(one.lfs))
            for one in info.siblings or ()
        ]
    except errors.HFValidationError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = (
            f"what answers at {hub_errors.hub()} is not the model hub: a login page or a proxy?"
        )
        raise HubUnreachable(message) from error
    return str(info.sha), files


def _sha256(told: Any) -> str:
    sha256 = str(told["sha256"]) if told else ""
    return sha256 if SHA256.fullmatch(sha256) else ""


def _check_kind(repository: str, commit: str, files: Sequence[HubFile]) -> None:
    """Refuse what we could not use before gigabytes of it are fetched."""
    names = {file.name for file in files}
    if "config.json" not in names or not any(name.endswith(".safetensors") for name in names):
        message = f"{repository} is no model for mlx-vlm: it has no config.json or no *.safetensors"
        raise UsageError(message)
    kept = Path(hf_hub_download(repository, "config.json", revision=commit))
    try:
        config = json.loads(kept.read_bytes())
        checkpoint.profile_of(repository, config if isinstance(config, dict) else {})
    except (BackendUnavailable, ValueError, RecursionError) as error:
        raise UsageError(f"{repository} is no model for us: {error}") from error


def _check_room(folder: Path, files: Sequence[HubFile]) -> None:
    needed = sum(still_to_come(file, folder) for file in files if file.sha256)
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    free = shutil.disk_usage(there).free
    if needed > free:
        message = f"{needed / MB:,.0f} MB are to come, and {free / MB:,.0f} MB are free in {there}"
        raise ModelTooLarge(message)


@dataclass(slots=True, kw_only=True)
class DownloadMeter:
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


def fetch(url: str, file: HubFile, folder: Path, meter: DownloadMeter) -> None:
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


def _fill(url: str, file: HubFile, stream: IO[bytes], meter: DownloadMeter) -> None:
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
            tqdm_class=partial(meter.begin, file.name),
        )
        stream.flush()
        if actual(Path(stream.name), file.sha256, lambda _: None) == file.sha256:
            return
    stream.truncate(0)
    raise ModelDamaged(f"{file.name} has another SHA-256 than {hub_errors.hub()} says")


def _lock(stream: IO[bytes], name: str) -> None:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ModelBusy(f"another process fetches {name}") from error


def _blob(folder: Path, file: HubFile) -> Path:
    return folder / "blobs" / file.sha256


def _part(folder: Path, file: HubFile) -> Path:
    return folder / "blobs" / f"{file.sha256}.incomplete"
