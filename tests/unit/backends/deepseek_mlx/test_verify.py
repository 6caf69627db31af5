"""What is said about the files of a model: headers, shards, checksums; nothing is loaded."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from ocrqueue.backends.deepseek_mlx import models, safetensors_header, verify
from ocrqueue.model.finding import Finding
from tests.support.hub import git_sha1

INDEX = "model.safetensors.index.json"


def packed(sizes: Mapping[str, int], *, gap: int = 0) -> bytes:
    """Return a file of weights with tensors of these sizes, `gap` bytes before each."""
    header, at = {"__metadata__": {"format": "mlx"}}, 0
    for name, size in sizes.items():
        at += gap
        header[name] = {"dtype": "U8", "shape": [size], "data_offsets": [at, at + size]}  # type: ignore[dict-item]
        at += size
    told = json.dumps(header).encode()
    return len(told).to_bytes(8, "little") + told + bytes(at)


def make(folder: Path, shards: Mapping[str, Mapping[str, int]]) -> Path:
    """Write a model of several files of weights."""
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "glm_ocr", "quantization": {"bits": 8}}')
    (folder / "tokenizer.json").write_text("{}")
    for name, sizes in shards.items():
        (folder / name).write_bytes(packed(sizes))
    tensors = {tensor: name for name, sizes in shards.items() for tensor in sizes}
    (folder / INDEX).write_text(json.dumps({"weight_map": tensors}))
    return folder


def look(folder: Path) -> dict[str, Finding]:
    found = verify.look("m", folder, trusted=False)
    return {finding.what: finding for finding in found}


SHARDS = {"one.safetensors": {"a": 10, "b": 20}, "two.safetensors": {"c": 5}}


def test_a_whole_model_is_fine(tmp_path: Path) -> None:
    """It is told of what kind it is, and what we have tried of that kind."""
    found = look(make(tmp_path / "m", SHARDS))

    assert [finding.problem for finding in found.values()] == [""] * 4
    tried = models.PROFILES["glm_ocr"].tried
    assert found["kind"].note == f"glm_ocr, 8 bits a weight, {tried}"
    assert found["weights"].note.startswith("2 files, 3 tensors")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (packed({"a": 10})[:-4], "4 bytes are missing at its end"),
        (packed({"a": 10}) + b"more", "4 bytes too many"),
        (packed({"a": 10, "b": 2}, gap=3), "has a gap before a"),
        (b"", "no header"),
        ((1 << 40).to_bytes(8, "little") + b"{}", "no header"),
        ((2).to_bytes(8, "little") + b"[]", "a header that makes no sense"),
        ((11).to_bytes(8, "little") + b'{"a": "bc"}', "a header that makes no sense"),
        ((4).to_bytes(8, "little") + b"\xff\xfe{}", "a header that makes no sense"),
    ],
)
def test_torn_weights_are_told(tmp_path: Path, content: bytes, told: str) -> None:
    """What cannot be weights, or not all of them, is seen without reading the tensors."""
    file = tmp_path / "x.safetensors"
    file.write_bytes(content)

    assert told in safetensors_header.read(file).problem


def test_a_shard_without_its_tensor_is_told(tmp_path: Path) -> None:
    """Shards of two conversions do not fit together, though each is whole."""
    folder = make(tmp_path / "m", SHARDS)
    (folder / "two.safetensors").write_bytes(packed({"other": 5}))

    assert "two.safetensors has no c" in look(folder)["weights"].problem


def test_a_missing_shard_is_told(tmp_path: Path) -> None:
    """By name, with how to get it."""
    folder = make(tmp_path / "m", SHARDS)
    (folder / "two.safetensors").unlink()

    found = look(folder)["weights"]

    assert (found.problem, found.remedy) == ("missing: two.safetensors", verify.FETCH)


@pytest.mark.parametrize("index", ["{", "[]", '{"weight_map": 3}'])
def test_an_index_that_is_none_is_told(tmp_path: Path, index: str) -> None:
    """It ends the look: nobody knows which weights there should be."""
    folder = make(tmp_path / "m", SHARDS)
    (folder / INDEX).write_text(index)

    assert INDEX in look(folder)["files"].problem


def test_files_are_compared_with_what_the_hub_calls_them(tmp_path: Path) -> None:
    """A link of the cache is named after its content: a SHA-256, or what git calls it."""
    blobs, folder = tmp_path / "blobs", tmp_path / "snapshot"
    blobs.mkdir()
    folder.mkdir()
    large, small = packed({"a": 10}), b"{}"
    for name, content, checksum in (
        ("model.safetensors", large, hashlib.sha256(large).hexdigest()),
        ("config.json", small, git_sha1(small)),
    ):
        (blobs / checksum).write_bytes(content)
        (folder / name).symlink_to(Path("../blobs") / checksum)
    seen: list[tuple[str, int, int]] = []

    fine = verify.compare(folder, lambda *told: seen.append(told))
    (folder / "model.safetensors").resolve().write_bytes(large[:-1] + b"x")
    wrong = verify.compare(folder, lambda *_: None)

    assert (fine.problem, fine.note) == ("", "2 files are what the hub has")
    both = len(large) + len(small)
    assert seen == [("config.json", len(small), both), ("model.safetensors", both, both)]
    assert wrong.problem == "not what the hub has: model.safetensors"
    assert str((folder / "model.safetensors").resolve()) in wrong.remedy


def test_a_folder_fetched_as_one_has_its_checksums_beside_it(tmp_path: Path) -> None:
    """The hub's own command leaves them in `.cache`; without them nothing is claimed."""
    folder = make(tmp_path / "m", SHARDS)
    unknown = verify.compare(folder, lambda *_: None)
    notes = folder / ".cache" / "huggingface" / "download"
    notes.mkdir(parents=True)
    (notes / "config.json.metadata").write_text(f"{'0' * 40}\n{'1' * 40}\n1700000000.0\n")

    known = verify.compare(folder, lambda *_: None)

    assert unknown.note.startswith("none here to compare with")
    assert known.problem == "not what the hub has: config.json"
