"""Which checkpoints may be loaded: judged from their files, without mlx."""

import json
from pathlib import Path
from typing import Any

import pytest

from ocrqueue.backends.deepseek_mlx import checkpoint
from ocrqueue.cli import options
from ocrqueue.model.errors.page import BackendUnavailable


def make(folder: Path, **config: Any) -> Path:
    """Write a folder that looks like a model."""
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "deepseekocr", **config}))
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def find(folder: Path, *, trusted: bool = False) -> checkpoint.Checkpoint:
    return checkpoint.find(str(folder), "", trusted=trusted)


def test_a_folder_with_weights_of_a_known_kind_is_found(tmp_path: Path) -> None:
    """Data alone needs no trust."""
    found = find(make(tmp_path / "m"))

    assert (found.folder, found.trusted) == (tmp_path / "m", False)
    assert found.profile.size == "gundam"


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"model_file": "evil.py"}, "model_file evil.py"),
        ({"text_config": {"model_file": "evil.py"}}, "model_file evil.py"),
        ({"auto_map": {"AutoModel": "somebody/else--code.Model"}}, "auto_map"),
    ],
)
def test_a_configuration_that_asks_for_code_is_refused(
    tmp_path: Path, config: dict[str, Any], told: str
) -> None:
    """The reason names what would run, and how to allow it."""
    folder = make(tmp_path / "m", **config)

    with pytest.raises(BackendUnavailable, match=f"{told}.*trust_model_code"):
        find(folder)
    assert find(folder, trusted=True).trusted


def test_what_is_loaded_without_trust_holds_no_code(tmp_path: Path) -> None:
    """An `auto_map` is dropped, what it names and any Python is left out; all data is there."""
    left = {"AutoModel": "modeling.Model"}
    folder = make(tmp_path / "m", auto_map=left)
    (folder / "sub").mkdir()
    for name in ("modeling.py", "sub/helper.py"):
        (folder / name).write_text("raise SystemExit")
    (folder / "tokenizer_config.json").write_text(json.dumps({"a": {"auto_map": left}, "b": 1}))
    (folder / "weights.bin").write_bytes(b"a pickle")

    with checkpoint.loadable(find(folder)) as view:
        names = sorted(path.name for path in view.iterdir())
        config = json.loads((view / "config.json").read_text())
        tokenizer = json.loads((view / "tokenizer_config.json").read_text())
        weights = (view / "model.safetensors").read_bytes()

    assert names == ["config.json", "model.safetensors", "tokenizer_config.json"]
    assert (config, tokenizer) == ({"model_type": "deepseekocr"}, {"a": {}, "b": 1})
    assert weights == b"weights"
    assert not view.exists()


@pytest.mark.parametrize("trusted", [True, False])
def test_the_makers_checkpoint_is_called_as_the_loader_calls_it(
    tmp_path: Path, *, trusted: bool
) -> None:
    """In a view; what lies on the disk stays as it is, and Python is there if it is trusted."""
    told = {"model_type": "deepseek_vl_v2", "architectures": ["DeepseekOCRForCausalLM"]}
    folder = make(tmp_path / "m", **told)
    (folder / "modeling.py").write_text("raise SystemExit")

    with checkpoint.loadable(find(folder, trusted=trusted)) as view:
        seen = json.loads((view / "config.json").read_text())
        names = {path.name for path in view.iterdir()}

    assert seen == {**told, "model_type": "deepseekocr"}
    assert names - {"modeling.py"} == {"config.json", "model.safetensors"}
    assert ("modeling.py" in names) is trusted
    assert json.loads((folder / "config.json").read_text()) == told


def test_an_incomplete_model_is_refused(tmp_path: Path) -> None:
    """A shard that the index names and that is missing or empty is told by name."""
    folder = make(tmp_path / "m")
    index = {"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "one.safetensors").write_bytes(b"weights")
    (folder / "two.safetensors").write_bytes(b"")

    with pytest.raises(BackendUnavailable, match=r"incomplete: two\.safetensors"):
        find(folder)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "cannot be read"),
        ('{"model_type": "llama"}', "no profile for model type 'llama'"),
        ("{}", "no profile for model type ''"),
    ],
)
def test_a_folder_that_is_no_model_of_ours_is_refused(
    tmp_path: Path, content: str, told: str
) -> None:
    """Broken and unknown configurations are told apart."""
    folder = make(tmp_path / "m")
    (folder / "config.json").write_text(content)

    with pytest.raises(BackendUnavailable, match=told):
        find(folder)


@pytest.mark.parametrize("model", ["./nowhere", "nowhere", "/nowhere/at/all"])
def test_a_folder_that_is_not_there_is_told(model: str) -> None:
    """What cannot be a repository is not looked for in the cache."""
    with pytest.raises(BackendUnavailable, match="no model folder"):
        checkpoint.find(model, "", trusted=False)


def test_a_repository_is_found_in_the_local_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its branch leads to a commit; another branch is not there, and nothing is fetched."""
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    kept = tmp_path / "models--us--m"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("c0ffee\n")
    (kept / "snapshots").mkdir()
    folder = make(kept / "snapshots" / "c0ffee")

    assert checkpoint.find("us/m", "", trusted=False).folder == folder
    assert checkpoint.find("us/m", "c0ffee", trusted=False).folder == folder
    with pytest.raises(BackendUnavailable, match=r"us/m \(other\) is not on this disk"):
        checkpoint.find("us/m", "other", trusted=False)


def test_a_folder_beside_the_documents_is_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`owner/name` is what was fetched; the message says how to mean a folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some").mkdir()
    make(tmp_path / "some" / "model")

    with pytest.raises(BackendUnavailable, match=r"not on this disk.*say \./some/model"):
        checkpoint.find("some/model", "", trusted=True)

    assert options.as_model("some/model") == "some/model"
    assert options.as_model("./some/model") == str(tmp_path / "some" / "model")
