"""The maker of tiny models, in tools/tiny_model."""

import importlib
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from tests.support import tiny_model
from tests.support.tiny_model import CHECKPOINT, NAMES, PDF, TINY

pytestmark = tiny_model.needs_tiny
STEPS = 6


def part(name: str) -> Any:
    """Return a part of the maker; they need mlx, which is not everywhere."""
    return importlib.import_module(f"tools.tiny_model.{name}")


def loaded(folder: Path) -> Any:
    """Return a model, as the engine has it, and its processor."""
    with redirect_stdout(StringIO()):
        model, processor = importlib.import_module("mlx_vlm").load(str(folder))
    importlib.import_module("ocrqueue.backends.deepseek_mlx.vision").put_right(model)
    return model, processor


def view(processor: Any, page: int, mode: str) -> Any:
    """Return what is trained on for a page."""
    with pypdfium2.PdfDocument(PDF) as opened, redirect_stdout(StringIO()):
        return part("views").view(processor, part("views").drawn(opened[page], 72), mode)


def asked(model: Any, processor: Any, page: int, mode: str) -> tuple[Any, Any]:
    """Return the tokens and the scores of the grounded prompt, as mlx-vlm computes them."""
    with pypdfium2.PdfDocument(PDF) as opened, redirect_stdout(StringIO()):
        given = importlib.import_module("mlx_vlm.utils").prepare_inputs(
            processor,
            images=[part("views").drawn(opened[page], 72)],
            prompts=f"<image>\n{part('vocabulary').GROUNDED} ",
            image_token_index=3,
            **part("views").MODES[mode],
        )
    named = ("pixel_values", "images_spatial_crop", "images_seq_mask")
    ids, picture = given["input_ids"], {name: given[name] for name in named}
    seen = model.get_input_embeddings(ids, **picture).inputs_embeds
    return ids[0].tolist(), model.language_model(ids, inputs_embeds=seen).logits


def test_all_but_the_weights_is_made_again(tmp_path: Path) -> None:
    """To the byte: pages, texts, vocabulary and configuration follow from pages.toml."""
    part("making").rebuild(tmp_path)

    made, kept = (
        {
            path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and path.name not in {"README.md", "model.safetensors"}
            if path.suffix != ".pyc"  # of the model's Python, once it was run
        }
        for folder in (tmp_path, TINY)
    )
    assert made.keys() == kept.keys()
    assert {str(path) for path in made if made[path] != kept[path]} == set()


def test_a_page_is_drawn_and_spelt_as_it_is_said(tmp_path: Path) -> None:
    """The print of each page holds the words of its blocks; its tokens are its text again."""
    tokenizer, pages = part("vocabulary").tokenizer(), part("pages").pages()
    tmp_path.joinpath("pages.pdf").write_bytes(part("pages").document())
    with pypdfium2.PdfDocument(tmp_path / "pages.pdf") as opened:
        printed = [page.get_textpage().get_text_bounded().split() for page in opened]

    assert tuple(pages) == NAMES
    assert tokenizer.get_vocab_size() == 480
    for page, words in zip(pages.values(), printed, strict=True):
        cells = [cell for block in page.blocks for row in block.rows for cell in row]
        drawn = [block.drawn for block in page.blocks if not block.rows]
        assert sorted(words) == sorted(" ".join(drawn + cells).split())
        for grounded in (True, False):
            said = page.said(grounded=grounded)
            ids = tokenizer.encode(said, add_special_tokens=False).ids
            assert tokenizer.decode(ids, skip_special_tokens=False) == said


def test_what_training_takes_for_seen_is_what_the_model_sees() -> None:
    """It computes the vision at once, which mlx-vlm's SAM and CLIP do step by step."""
    mx, np = importlib.import_module("mlx.core"), importlib.import_module("numpy")
    pixels = np.random.default_rng(0).uniform(-1, 1, (3, 512, 512)).astype(np.float32)

    seen = part("sight").seen(pixels)
    model, _ = loaded(CHECKPOINT)
    picture = mx.array(pixels)[None].transpose(0, 2, 3, 1)
    real = model.sam_model(picture)
    thought = np.array(model.vision_model(picture, real))[0, 1:].reshape(8, 8, 256)
    real = np.array(real)[0]

    assert seen.shape == real.shape == (8, 8, 256)
    assert np.abs(seen - real).max() < 0.02
    assert np.abs((seen - seen.mean(-1, keepdims=True) - thought)[..., 2:]).max() < 0.02
    assert np.abs(seen).max() > 1


@pytest.mark.parametrize("mode", ["tiny", pytest.param("gundam", marks=pytest.mark.slow)])
def test_what_is_trained_is_the_model(mode: str) -> None:
    """Picture, prompt and decoder give the scores that mlx-vlm's own model gives."""
    mx, np = importlib.import_module("mlx.core"), importlib.import_module("numpy")
    model, processor = loaded(CHECKPOINT)
    ids, real = asked(model, processor, 1, mode)
    after = mx.array([ids[len(ids) - ids[::-1].index(3) :]])

    lesson = part("lessons").Lesson(
        mode=mode,
        before=ids[: ids.index(3)],
        views=[view(processor, 1, mode)],
        after=after,
        answers=after,
        weights=after,
    )
    trained = np.array(part("pupil").Pupil(model)(lesson))[0]

    apart = np.abs(trained - np.array(real)[0, -after.shape[1] :]).max()
    assert apart < 0.02 * np.abs(trained).max()


@pytest.mark.slow
def test_training_learns_and_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few steps make an untrained model less wrong; cut off and resumed, it learns the same."""
    part("blas")
    monkeypatch.setattr(part("train"), "WARM_UP", 4)
    part("making").rebuild(tmp_path)
    start = tmp_path / "checkpoint"
    _, processor = loaded(start)
    seen = {
        mode: {name: [view(processor, page, mode)] for page, name in enumerate(NAMES)}
        for mode in ("tiny", "small")
    }

    def school(steps: int, state: Path | None = None) -> Any:
        made = part("train").enrol(start, seen, steps=100)
        if state:
            made.resume(state)
        while made.step < steps:
            made.learn()
        return made

    whole = school(STEPS)
    school(STEPS - 1).save(tmp_path / "state.safetensors")
    resumed = school(STEPS, tmp_path / "state.safetensors")

    assert whole.losses[-1] < whole.losses[0] - 0.3
    assert resumed.losses == [pytest.approx(whole.losses[-1], rel=1e-3)]
