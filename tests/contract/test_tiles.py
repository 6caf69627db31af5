"""Into how many tiles a picture is cut for DeepSeek-OCR-2: as its makers' code does it."""

import importlib
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import pytest
from PIL import Image

from ocrqueue.backends.deepseek_mlx import questions
from ocrqueue.backends.deepseek_mlx.models import PROFILES
from ocrqueue.model.document import Task
from ocrqueue.settings.engines import MlxSettings
from tests.support.tiny_model import CHECKPOINT, needs_mlx

pytestmark = needs_mlx
WHOLE, TILE = 16 * 16, 12 * 12  # tokens of the whole page at 1024 pixels, of a tile at 768


@pytest.fixture(scope="module")
def processor() -> Any:
    """Return mlx-vlm's processor of the kind, with the vocabulary of the tiny model."""
    transformers = importlib.import_module("transformers")
    kind = importlib.import_module("mlx_vlm.models.deepseekocr_2.processing_deepseekocr")
    tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(str(CHECKPOINT))
    with redirect_stdout(StringIO()):
        return kind.DeepseekOCR2Processor(tokenizer, ((1024, 1024),), 16, 4)


def tiles(width: int, height: int) -> int:
    """Return how many deepseek-ai/DeepSeek-OCR-2 makes (process/image_process.py, 2f3699e)."""
    if max(width, height) <= 768:
        return 0
    grids = [(across, down) for across in range(1, 7) for down in range(1, 7)]
    grids = sorted((g for g in grids if 2 <= g[0] * g[1] <= 6), key=lambda g: g[0] * g[1])
    wanted = min(abs(width / height - across / down) for across, down in grids)
    best = [g for g in grids if abs(width / height - g[0] / g[1]) == wanted]
    fits = [g for g in best[1:] if width * height > 768 * 768 * g[0] * g[1] / 2]
    across, down = [*best[:1], *fits][-1]
    return across * down


@pytest.mark.parametrize(
    ("width", "height"),
    [(1654, 2339), (2339, 1654), (1700, 2200), (1500, 1400), (800, 800), (768, 700), (300, 500)],
)
def test_as_many_as_the_reference(processor: Any, width: int, height: int) -> None:
    """Two at least for a large picture, also where it is square; none for a small one."""
    question = questions.first(
        MlxSettings(), Task.PAGE, PROFILES["deepseekocr_2"], max(width, height)
    )

    told = processor(
        text=f"<image>\n{question.prompt} ",
        images=[Image.new("RGB", (width, height))],
        **question.size,
    )

    assert told["images_seq_mask"].sum().item() == TILE * tiles(width, height) + WHOLE + 1
