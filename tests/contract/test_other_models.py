"""Other kinds of model than DeepSeek-OCR, by their profile alone, through mlx-vlm's real loader.

The models are tiny and were never trained. So this proves that a checkpoint of the kind is loaded,
that prompt and picture reach it, and that its words come back; and nothing about how it reads.
"""

import importlib
import time
from hashlib import shake_128
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ocrqueue.backends.deepseek_mlx.backend import DeepseekMlx, check
from ocrqueue.backends.deepseek_mlx.models import PROFILES, Tried
from ocrqueue.model.document import Task
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.settings.engines import MlxSettings
from tests.support import blank_models
from tests.support.tiny_model import needs_mlx

pytestmark = needs_mlx
TOKENS = 12


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the model is asked, which it is asked nevertheless."""
    mlx_vlm = importlib.import_module("mlx_vlm")  # not everywhere
    heard: list[dict[str, Any]] = []
    real = mlx_vlm.stream_generate

    def noted(model: Any, processor: Any, prompt: str, **options: Any) -> Any:
        heard.append({"prompt": prompt, **options})
        return real(model, processor, prompt, **options)

    monkeypatch.setattr(mlx_vlm, "stream_generate", noted)
    return heard


def candidate(folder: Path, **options: Any) -> MlxSettings:
    """Return a model that is not trusted and needs no trust."""
    return MlxSettings(model=str(folder), max_tokens=TOKENS, **options)


def noise(side: int, seed: int) -> PageImage:
    pixels = shake_128(bytes([seed])).digest(side * side * 3)
    return PageImage(width=side, height=side, mode=ImageMode.RGB, pixels=pixels, dpi=150, ink=0.5)


def read(backend: DeepseekMlx, task: Task, image: PageImage) -> Any:
    ask = {
        Task.PAGE: backend.page_to_markdown,
        Task.TABLE: backend.table_to_markdown,
        Task.FORMULA: backend.formula_to_latex,
    }
    return ask[task](image, deadline=time.monotonic() + 60)


@pytest.mark.parametrize("kind", blank_models.CONFIGS)
def test_a_model_of_another_kind_is_asked_in_its_own_words(
    tmp_path: Path, asked: list[dict[str, Any]], kind: str
) -> None:
    """Each task has its prompt; the picture arrives as it is; the reply is what it said."""
    blank_models.write(tmp_path, kind)
    assert check(candidate(tmp_path)) == []
    backend = DeepseekMlx(candidate(tmp_path))

    replies = {task: read(backend, task, noise(112, 1)) for task in Task}
    backend.close()

    assert PROFILES[kind].tried is Tried.RUNS
    for question, task in zip(asked[-len(Task) :], Task, strict=True):  # after the warm-up
        words = PROFILES[kind].prompts[task]
        assert question["prompt"] == f"<|User|><image>{words}<|Assistant|>"
        (picture,) = question["image"]
        assert isinstance(picture, Image.Image)
        assert picture.tobytes() == noise(112, 1).pixels
    for reply in replies.values():
        assert (reply.tokens, reply.finish_reason) == (TOKENS, "length")
        assert reply.raw


@pytest.mark.parametrize("kind", blank_models.CONFIGS)
def test_what_it_says_depends_on_the_picture(tmp_path: Path, kind: str) -> None:
    """The same again for the same, something else for another; more tokens for a larger one."""
    blank_models.write(tmp_path, kind)
    backend = DeepseekMlx(candidate(tmp_path))

    said = [read(backend, Task.PAGE, noise(*which)) for which in ((112, 1), (112, 2), (112, 1))]
    larger = read(backend, Task.PAGE, noise(168, 1))
    backend.close()

    assert said[0].raw == said[2].raw != said[1].raw
    assert larger.prompt_tokens - said[0].prompt_tokens == (6 * 6) - (4 * 4)


def test_its_prompt_and_guard_follow_the_settings(
    tmp_path: Path, asked: list[dict[str, Any]]
) -> None:
    """A profile is what holds where nothing is said; a resolution it does not know is told."""
    blank_models.write(tmp_path, "glm_ocr")
    backend = DeepseekMlx(candidate(tmp_path, prompt="Read.", no_repeat_ngram=2))

    reply = read(backend, Task.PAGE, noise(112, 1))
    backend.close()
    (problem,) = check(candidate(tmp_path, resolution="base"))

    assert asked[-1]["prompt"] == "<|User|><image>Read.<|Assistant|>"
    assert any(len(one.get("logits_processors", ())) == 1 for one in asked)
    assert reply.tokens == TOKENS
    assert "no resolution 'base' (known: none: the model chooses)" in problem
