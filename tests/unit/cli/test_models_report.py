"""`models` without a hub: which model is meant, what is listed, what comes next."""

import json
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from ocrqueue.backends import deepseek_mlx
from ocrqueue.cli import models_report
from ocrqueue.model.errors.operator import NotReady
from ocrqueue.settings.load import load
from ocrqueue.settings.schema import Settings
from tests.unit.backends.deepseek_mlx import test_verify as some

OWN = "us/own"
DEFAULT = "mlx-community/DeepSeek-OCR-8bit"
HUB = "ocrqueue.backends.deepseek_mlx.download"


def chosen(*lines: str, folder: Path) -> Settings:
    file = folder / "own.toml"
    entry = ["[[backends.candidates]]", 'name = "deepseek-mlx"', *lines]
    file.write_text("\n".join(entry))
    return load(file, {}, {})


@pytest.fixture(name="cache")
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def keep(cache: Path, model: str) -> Path:
    """Put a whole model into the cache."""
    kept = cache / f"models--{model.replace('/', '--')}"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("c0ffee")
    (kept / "snapshots").mkdir()
    return some.make(kept / "snapshots" / "c0ffee", some.SHARDS)


def test_a_pinned_revision_is_that_of_its_model(tmp_path: Path) -> None:
    """Another model named on the command line has revisions of its own."""
    own = chosen(f'model = "{OWN}"', 'revision = "v1"', folder=tmp_path)

    meant = [
        models_report.subject_of(own, *asked)
        for asked in [(None, None), (OWN, None), (None, "v2"), (DEFAULT, None), (str(tmp_path), "")]
    ]

    assert [(one.model, one.revision, one.configured) for one in meant] == [
        (OWN, "v1", True),
        (OWN, "v1", True),
        (OWN, "v2", False),
        (DEFAULT, "", False),
        (str(tmp_path), "", False),
    ]
    assert [one.is_folder for one in meant] == [False] * 4 + [True]


def test_the_list_says_what_is_here(
    cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of it, a part, or nothing; a configured model that nobody knows comes first."""
    own = models_report.subject_of(chosen(f'model = "{OWN}"', folder=tmp_path), None, None)
    keep(cache, OWN)
    (keep(cache, DEFAULT) / "two.safetensors").unlink()

    models_report.show(own, as_json=True)
    rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    models_report.show(own, as_json=False)
    lines = capsys.readouterr().out.splitlines()

    first, second, third = rows[:3]
    assert (first["model"], first["here"], first["configured"], first["bits"]) == (
        *(OWN, "yes", True, 8),
    )
    assert (second["model"], second["here"], second["configured"]) == (DEFAULT, "part", False)
    assert (third["here"], third["folder"]) == ("no", "")
    assert lines[1].split()[:2] == ["*", OWN]
    assert len(lines) == len(rows) + 1


def test_a_folder_needs_no_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is looked at in place; a repository says which package is missing."""
    monkeypatch.setitem(sys.modules, HUB, None)
    monkeypatch.delattr(
        deepseek_mlx, "download", raising=False
    )  # where another test has imported it
    folder = some.make(tmp_path / "model", some.SHARDS)
    plain = chosen(folder=tmp_path)

    models_report.pull(models_report.subject_of(plain, str(folder), None), as_json=False)

    told = capsys.readouterr().out
    assert "ok     weights: 2 files" in told
    with pytest.raises(NotReady, match="pip install"):
        models_report.pull(models_report.subject_of(plain, OWN, None), as_json=False)


def test_what_is_wrong_ends_with_an_exit_code(
    cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model that is not here, and one of which a file was changed, each with its remedy."""
    own = models_report.subject_of(chosen(f'model = "{OWN}"', folder=tmp_path), None, None)
    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            models_report.verify(own, as_json=True)
        told = json.loads(capsys.readouterr().out)
        assert (ended.value.code, told["ready"], told["next"]) == (6, False, "")
        wrong = [one for one in told["findings"] if one["problem"]]
        assert ["ocrqueue models pull" in one["remedy"] for one in wrong] == [True]
        if not cache.exists():
            folder = keep(cache, OWN)
            blob = tmp_path / ("0" * 40)
            blob.write_bytes((folder / "tokenizer.json").read_bytes())
            (folder / "tokenizer.json").unlink()
            (folder / "tokenizer.json").symlink_to(blob)


@pytest.mark.mlx
@pytest.mark.skipif(find_spec("mlx_vlm") is None, reason="mlx-vlm has no wheel here")
def test_what_comes_next_can_be_typed(
    cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For the configured model, another one, and one revision of it."""
    keep(cache, OWN)
    own = models_report.subject_of(chosen(f'model = "{OWN}"', folder=tmp_path), None, None)
    said = []
    other = replace(own, configured=False)
    for subject in (own, other, replace(other, revision="main")):
        models_report.verify(subject, as_json=True)
        said.append(json.loads(capsys.readouterr().out)["next"])

    assert said[0].endswith("run FOLDER -o OUT --route deepseek-mlx,tesseract")
    assert said[1].endswith(f"run FOLDER -o OUT --backend deepseek-mlx --model {OWN}")
    assert said[2].endswith(f'model = "{OWN}", revision = "main"')
