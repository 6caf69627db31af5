"""Where a checkpoint lies on this disk, and whether it may be loaded; looks at files only.

A checkpoint is code as far as mlx-vlm is concerned: it runs the Python file that `model_file` in
config.json names, and trusts the classes that `auto_map` names. So what needs Python of its own is
refused unless the user trusts it. What is loaded without trust is a view that holds data only:
Python that lies in the folder and that nothing needs, as in most repositories, stays outside.
"""

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ocrqueue.backends.deepseek_mlx import models
from ocrqueue.backends.deepseek_mlx.models import Profile
from ocrqueue.model.errors.page import BackendUnavailable

DATA = (".json", ".safetensors", ".txt", ".model", ".tiktoken", ".jinja")
CONFIG = "config.json"
CODE_KEYS = ("model_file", "auto_map")
LARGEST_JSON = 64 << 20  # bytes; a tokenizer has some 20 MB
NOT_INSTALLED = "mlx-vlm is not installed: pip install '.[mlx]' in a checkout of ocrqueue"
UNTRUSTED = (
    "which would run here: if you trust it, set `trust_model_code = true` (--trust-model-code)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A model on this disk that may be loaded."""

    folder: Path
    profile: Profile
    trusted: bool  # its Python may run


def find(model: str, revision: str, *, trusted: bool) -> Checkpoint:
    """Return the checkpoint that `model` means: a folder, or a repository in the local cache.

    Raises:
        BackendUnavailable: it is not on this disk, incomplete, of an unknown kind, or brings
            Python that is not trusted.
    """
    folder = folder_of(model, revision)
    profile = profile_of(model, config_in(folder))
    if absent := missing_in(folder):
        rest = f"; the rest comes with `{pull(model, revision)}`" if is_repository(model) else ""
        message = f"{model} is incomplete: {', '.join(absent)} missing in {folder}{rest}"
        raise BackendUnavailable(message)
    if not trusted and (code := code_needed_by(folder)):
        message = f"{model} needs code of its own ({', '.join(code[:3])}), {UNTRUSTED}"
        raise BackendUnavailable(message)
    return Checkpoint(folder=folder, profile=profile, trusted=trusted)


@contextmanager
def loadable(found: Checkpoint) -> Iterator[Path]:
    """Yield the folder to load: a view without any code, unless the checkpoint is trusted.

    A view also where mlx-vlm calls this kind of model otherwise than the checkpoint does.
    """
    config = config_in(found.folder)
    named = {**config, "model_type": models.kind_of(config)}  # as mlx-vlm calls it
    if found.trusted and named == config:
        yield found.folder
        return
    with TemporaryDirectory(prefix="ocrqueue-model-") as name:
        view = Path(name)
        for file in sorted(found.folder.iterdir()):
            if file.suffix == ".json" and not found.trusted:
                (view / file.name).write_text(json.dumps(_without_code(_json(file))), "utf-8")
            elif file.is_file() and (found.trusted or file.suffix in DATA):
                (view / file.name).symlink_to(file.resolve())
        (view / CONFIG).unlink()
        told = named if found.trusted else _without_code(named)
        (view / CONFIG).write_text(json.dumps(told), "utf-8")
        yield view


def folder_of(model: str, revision: str) -> Path:
    """Return where a model lies: the folder that is named, or the one in the local cache.

    Raises:
        BackendUnavailable: it is not on this disk.
    """
    folder = Path(model).expanduser()
    if folder.is_absolute() and folder.is_dir():
        return folder
    if not is_repository(model):
        raise BackendUnavailable(f"there is no model folder {model}")
    return _cached(model, revision)


def cached_at(cache: Path, repository: str) -> Path:
    """Return where the cache keeps all that it has of a repository."""
    return cache / f"models--{repository.replace('/', '--')}"


def is_repository(model: str) -> bool:
    """Return whether a name can be one of the hub, `owner/name`, and is no path."""
    return model.count("/") == 1 and not model.startswith((".", "/", "~"))


def pull(repository: str, revision: str) -> str:
    """Return the command that fetches a model."""
    at = ("--revision", revision) if revision else ()
    return shlex.join(("ocrqueue", "models", "pull", repository, *at))


def _cached(repository: str, revision: str) -> Path:
    """Return where Hugging Face's cache keeps a repository; never downloads."""
    try:
        from huggingface_hub import constants  # noqa: PLC0415 - only installed with the extra mlx
    except ImportError as error:
        raise BackendUnavailable(NOT_INSTALLED) from error
    kept = cached_at(Path(constants.HF_HUB_CACHE), repository)
    reference = kept / "refs" / (revision or "main")
    commit = reference.read_text().strip() if reference.is_file() else revision
    folder = kept / "snapshots" / commit
    if commit and folder.is_dir():
        return folder
    named = f"{repository} ({revision})" if revision else repository
    message = (
        f"the model {named} is not on this disk (looked for in {kept.parent}); to fetch it: "
        f"`{pull(repository, revision)}`"
    )
    if Path(repository).is_dir():  # beside the documents anybody may have put it
        message += f"; for the folder of that name say ./{repository}"
    raise BackendUnavailable(message)


def config_in(folder: Path) -> dict[str, Any]:
    """Return the model's configuration.

    Raises:
        BackendUnavailable: there is none, or it is none.
    """
    config = _json(folder / CONFIG)
    if not isinstance(config, dict):
        raise BackendUnavailable(f"{folder / CONFIG} holds no configuration")
    return config


def profile_of(model: str, config: dict[str, Any]) -> Profile:
    """Return how this kind of model is used.

    Raises:
        BackendUnavailable: we do not know this kind.
    """
    kind = models.kind_of(config)
    if kind not in models.PROFILES:
        known = ", ".join(models.PROFILES)
        message = f"{model}: no profile for model type {kind!r:.60} (known: {known})"
        raise BackendUnavailable(message)
    return models.PROFILES[kind]


def weight_map_in(folder: Path) -> dict[str, str]:
    """Return which file each tensor is in; empty where the weights are not split.

    Raises:
        BackendUnavailable: the index is no index.
    """
    index = folder / "model.safetensors.index.json"
    if not index.exists():
        return {}
    told = _json(index)
    pairs = told.get("weight_map") if isinstance(told, dict) else None
    if not isinstance(pairs, dict):
        raise BackendUnavailable(f"{index} is no index of weights")
    return {str(tensor): str(name) for tensor, name in pairs.items()}


def missing_in(folder: Path) -> list[str]:
    """Return the files of weights that should be there and are not, or are empty.

    Raises:
        BackendUnavailable: the index is no index.
    """
    if shards := sorted(set(weight_map_in(folder).values())):
        return [name for name in shards if not _has_content(folder / name)]
    weights = any(_has_content(file) for file in folder.glob("*.safetensors"))
    return [] if weights else ["*.safetensors"]


def _has_content(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


def code_needed_by(folder: Path) -> list[str]:
    """Return what the configurations ask to be run, of this folder or of another repository.

    Raises:
        BackendUnavailable: a configuration cannot be read.
    """
    return [
        f"{file.name}: {asked}"
        for file in sorted(folder.glob("*.json"))
        for asked in _asked(_json(file))
    ]


def python_in(folder: Path) -> list[str]:
    """Return the Python files that lie in the folder, needed or not."""
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*.py"))


def _asked(value: Any) -> Iterator[str]:
    """Yield the code that a configuration asks for.

    An `auto_map` that names a file of its own folder is no need: mlx-vlm has classes of its own for
    each kind of model, and the view drops it.
    """
    for holder in _tables(value):
        if "model_file" in holder:
            yield f"model_file {holder['model_file']}"
        names = json.dumps(holder.get("auto_map", ""))
        if "--" in names:
            yield f"auto_map {names}"


def _tables(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _tables(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _tables(inner)


def _without_code(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_code(v) for k, v in value.items() if k not in CODE_KEYS}
    return [_without_code(v) for v in value] if isinstance(value, list) else value


def _json(file: Path) -> Any:
    try:
        if file.stat().st_size > LARGEST_JSON:
            raise BackendUnavailable(f"{file} is too large for a configuration")
        return json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise BackendUnavailable(f"{file} cannot be read: {error}") from error
