"""Fetches a model from the Hugging Face hub into its local cache; nothing else here uses a network.

The library of the hub begins a file anew in every process (since its release 1.18), and the weights
are one file of some gigabytes. So the weights come by way of `hub_files`, which goes on where they
ended; the library does the rest. Only data is fetched, no Python, unless the user trusts it.
"""

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path, PurePosixPath
from typing import Any

from huggingface_hub import HfApi, constants, errors, hf_hub_download, hf_hub_url, snapshot_download
from huggingface_hub.utils import disable_progress_bars, logging

from ocrqueue.backends.deepseek_mlx import checkpoint, hub_errors, hub_files
from ocrqueue.backends.deepseek_mlx.hub_files import HubFile, Meter
from ocrqueue.backends.deepseek_mlx.inspection import Tell
from ocrqueue.errors import BackendUnavailable, HubUnreachable, ModelTooLarge, UsageError

ANSWER_S = 30.0  # the hub's longest answer to a question; bytes of a file have limits of their own
MAIN = "main"
SHA256 = re.compile(r"[0-9a-f]{64}")
MB = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """A model that is on this disk now."""

    folder: Path
    commit: str
    size: int  # bytes of all its files


def pull(repository: str, revision: str, *, trusted: bool, tell: Tell) -> Pulled:
    """Fetch what is missing of a model; `trusted`: its Python too.

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
        folder = Path(constants.HF_HUB_CACHE) / f"models--{repository.replace('/', '--')}"
        _check_room(folder, files)
        meter = Meter(total=sum(file.size for file in files), tell=tell)
        for file in files:
            if file.sha256:
                hub_files.fetch(
                    hf_hub_url(repository, file.name, revision=commit), file, folder, meter
                )
        snapshot = snapshot_download(
            repository,
            revision=revision or MAIN,
            allow_patterns=[escape(file.name) for file in files],
        )
        meter.finish()
    return Pulled(folder=Path(snapshot), commit=Path(snapshot).name, size=meter.total)


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
    except (BackendUnavailable, ValueError) as error:
        message = f"{repository} is no model for us: {error}"
        raise UsageError(message) from error


def _check_room(folder: Path, files: Sequence[HubFile]) -> None:
    needed = sum(hub_files.still_to_come(file, folder) for file in files if file.sha256)
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    free = shutil.disk_usage(there).free
    if needed > free:
        message = f"{needed / MB:,.0f} MB are to come, and {free / MB:,.0f} MB are free in {there}"
        raise ModelTooLarge(message)
