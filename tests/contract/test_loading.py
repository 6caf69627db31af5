"""Checkpoints as their makers publish them, and those that would give damaged text."""

import importlib
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ocrqueue.backends.deepseek_mlx.backend import DeepseekMlx, check
from ocrqueue.model.errors.page import BackendUnavailable
from tests.support import tiny_model
from tests.support.tiny_model import CHECKPOINT, said

pytestmark = tiny_model.needs_tiny


def copied(folder: Path) -> Path:
    """Return a copy of the tiny model."""
    return Path(shutil.copytree(CHECKPOINT, folder, ignore=shutil.ignore_patterns("*.pyc")))


def change(file: Path, **told: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), **told}), "utf-8")


def backend_of(folder: Path) -> DeepseekMlx:
    return DeepseekMlx(replace(tiny_model.candidate(), model=str(folder)))


def as_made(weights: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield weights as DeepSeek publishes them: PyTorch's order, each expert alone."""
    for name, numbers in weights.items():
        if "switch_mlp" in name:
            for number, expert in enumerate(numbers):
                own = name.replace("switch_mlp", f"experts.{number}")
                yield own.removeprefix("language_model."), expert
        elif name == "language_model.lm_head.weight":
            yield "lm_head.weight", numbers
        elif name.startswith("language_model."):
            yield name.removeprefix("language_model."), numbers
        elif numbers.ndim == 4 and not name.endswith("pos_embed"):
            yield f"model.{name}", numbers.transpose(0, 3, 1, 2)
        else:
            yield f"model.{name.replace('view_separator', 'view_seperator')}", numbers


def test_the_makers_own_checkpoint_is_read(tmp_path: Path) -> None:
    """Its configuration names another kind of model, and its architecture ours."""
    mx: Any = importlib.import_module("mlx.core")
    folder = copied(tmp_path / "made")
    change(folder / "config.json", model_type="deepseek_vl_v2")
    weights = folder / "model.safetensors"
    made = {name: mx.contiguous(n) for name, n in as_made(mx.load(str(weights)))}
    mx.eval(made)
    mx.save_safetensors(str(weights), made)
    image = tiny_model.images("umlaut")["umlaut"]

    assert check(replace(tiny_model.candidate(), model=str(folder))) == []
    backend = backend_of(folder)
    reply = backend.page_to_markdown(image, deadline=time.monotonic() + 60)
    backend.close()

    assert any(".experts.3." in name for name in made)
    assert reply.raw == said("umlaut", grounded=True)


def test_a_tokenizer_that_loses_spaces_is_refused(tmp_path: Path) -> None:
    """As transformers 5.12 to 5.17 build the real one; the message names the cure."""
    folder = copied(tmp_path / "lossy")
    split = {"type": "Split", "pattern": {"Regex": r"\s"}, "behavior": "Removed", "invert": False}
    letters = json.loads((folder / "tokenizer.json").read_text("utf-8"))["pre_tokenizer"]
    both = {"type": "Sequence", "pretokenizers": [split, letters]}
    change(folder / "tokenizer.json", pre_tokenizer=both)

    with pytest.raises(BackendUnavailable, match=r"'Twowords.*pip install 'transformers>="):
        backend_of(folder).load(deadline=time.monotonic() + 60)
