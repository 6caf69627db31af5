"""What there is to say about a model on this disk before anything of it is loaded.

Looks at files only: the kind, the weights, the tokenizer, code it needs, and, where what fetched it
has left them, the checksums of the hub.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ocrqueue.backends.deepseek_mlx import checkpoint, models, safetensors_header
from ocrqueue.model.errors.page import BackendUnavailable
from ocrqueue.model.finding import Finding

FETCH = "Fetch it again: ocrqueue models pull"
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json")
GB = 1e9
SHOWN = 3  # names in a message
CHECKSUM = re.compile(r"[0-9a-f]{64}|[0-9a-f]{40}")
SHA256_LETTERS = 64
STEP = 4 << 20  # bytes

Tell = Callable[[str, int, int], None]  # (file, bytes looked at in all, bytes in all)


def look(model: str, folder: Path, *, trusted: bool) -> Iterator[Finding]:
    """Yield a finding for each thing that loading the model needs."""
    try:
        config = checkpoint.config_in(folder)
        yield _kind(model, config)
        yield _weights(folder, checkpoint.weight_map_in(folder))
        yield _tokenizer(folder)
        yield _code(folder, trusted=trusted)
    except BackendUnavailable as error:
        yield Finding(what="files", problem=str(error), remedy=FETCH)


def compare(folder: Path, tell: Tell) -> Finding:
    """Compare every file with the checksum that the hub gave it; reads all of them."""
    known = {file: told for file in _files(folder) if (told := expected(file))}
    if not known:
        note = "none here to compare with: the folder did not come from the hub's cache"
        return Finding(what="checksums", note=note)
    total, seen = sum(file.stat().st_size for file in known), 0
    wrong = []
    for file, told in known.items():

        def count(more: int, name: str = file.name) -> None:
            nonlocal seen
            seen += more
            tell(name, seen, total)

        if actual(file, told, count) != told:
            wrong.append(file)
    if wrong:
        names = ", ".join(file.name for file in wrong)
        remedy = f"Delete {', '.join(str(file.resolve()) for file in wrong)}. {FETCH}"
        problem = f"not what the hub has: {names}"
        return Finding(what="checksums", problem=problem, remedy=remedy)
    return Finding(what="checksums", note=f"{len(known)} files are what the hub has")


def bits_of(config: dict[str, Any]) -> int | None:
    """Return the bits of a weight, as a conversion to MLX notes them; None: not quantised."""
    told = config.get("quantization") or config.get("quantization_config") or {}
    bits = told.get("bits") if isinstance(told, dict) else None
    return bits if isinstance(bits, int) else None


def size_of(folder: Path) -> int:
    """Return the bytes of the files that a model in this folder is loaded from."""
    return sum(file.stat().st_size for file in _files(folder))


def _kind(model: str, config: dict[str, Any]) -> Finding:
    try:
        profile = checkpoint.profile_of(model, config)
    except BackendUnavailable as error:
        remedy = "`ocrqueue models list` shows models of the known kinds."
        return Finding(what="kind", problem=str(error), remedy=remedy)
    bits = bits_of(config)
    quantised = f"{bits} bits a weight" if bits else "not quantised"
    note = f"{models.kind_of(config)}, {quantised}, {profile.tried}"
    return Finding(what="kind", note=note)


def _weights(folder: Path, weight_map: dict[str, str]) -> Finding:
    if absent := checkpoint.missing_in(folder):
        more = f" and {len(absent) - SHOWN} more" if len(absent) > SHOWN else ""
        problem = f"missing: {', '.join(absent[:SHOWN])}{more}"
        return Finding(what="weights", problem=problem, remedy=FETCH)
    names = sorted(set(weight_map.values())) or [f.name for f in folder.glob("*.safetensors")]
    read = {name: safetensors_header.read(folder / name) for name in names}
    problems = [one.problem for one in read.values() if one.problem]
    lost = [tensor for tensor, name in weight_map.items() if tensor not in read[name].tensors]
    if lost and not problems:
        problems = [f"{weight_map[lost[0]]} has no {lost[0]}, which the index names"]
    if problems:
        return Finding(what="weights", problem="; ".join(problems), remedy=FETCH)
    tensors = sum(len(one.tensors) for one in read.values())
    size_gb = sum(one.size for one in read.values()) / GB
    files = "1 file" if len(read) == 1 else f"{len(read)} files"
    return Finding(what="weights", note=f"{files}, {tensors:,} tensors, {size_gb:.2f} GB")


def _tokenizer(folder: Path) -> Finding:
    for name in TOKENIZERS:
        if (folder / name).is_file():
            return Finding(what="tokenizer", note=name)
    return Finding(what="tokenizer", problem=f"none of {', '.join(TOKENIZERS)}", remedy=FETCH)


def _code(folder: Path, *, trusted: bool) -> Finding:
    needed, there = checkpoint.code_needed_by(folder), checkpoint.python_in(folder)
    if needed and not trusted:
        problem = f"it needs code of its own ({', '.join(needed[:SHOWN])}), {checkpoint.UNTRUSTED}"
        remedy = "Read that code first, or choose another model: ocrqueue models list"
        return Finding(what="code", problem=problem, remedy=remedy)
    if needed:
        return Finding(what="code", note=f"it runs code of its own, trusted: {', '.join(needed)}")
    if there:
        return Finding(what="code", note=f"needs none; never run: {', '.join(there[:SHOWN])}")
    return Finding(what="code", note="needs none, brings none")


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file())


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
