"""The tiny DeepSeek-OCR that knows twelve pages by heart, and the marker for tests that load it."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from ocrqueue.model.document import PageSize
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.engines import MlxSettings
from ocrqueue.settings.schema import RenderSettings

BACKEND = "deepseek-mlx"
TINY = Path(__file__).resolve().parents[1] / "data" / "tiny-deepseekocr"
CHECKPOINT = TINY / "checkpoint"
PDF = TINY / "pages.pdf"
NAMES = (
    *("report", "invoice", "formula", "letter", "umlaut", "code", "two_column", "big_table"),
    *("figure", "continued", "empty", "loop"),
)
EXACT = NAMES[:-1]  # the last one runs in circles
TABLES = ("invoice", "big_table")  # become pipe tables
OTHERWISE = {*TABLES, "formula", "figure"}  # their Markdown is not what the model says plainly
FREE = "Free OCR."

needs_mlx = [
    pytest.mark.mlx,
    pytest.mark.skipif(
        importlib.util.find_spec("mlx_vlm") is None, reason="mlx-vlm has no wheel here"
    ),
]
needs_tiny = needs_mlx


def candidate(**options: Any) -> MlxSettings:
    """Return the backend with the tiny model, trusted: its SAM is a smaller one than mlx-vlm's."""
    plain: dict[str, Any] = {"trust_model_code": True, "resolution": "tiny", "max_tokens": 2000}
    return MlxSettings(model=str(CHECKPOINT), **{**plain, **options})


def said(name: str, *, grounded: bool) -> str:
    """Return what the model says about a page."""
    ending = "grounded.txt" if grounded else "md"
    return (TINY / "expected" / f"{name}.{ending}").read_text("utf-8")


def images(*names: str, dpi: int = 150) -> dict[str, PageImage]:
    """Return pages as our own renderer draws them."""
    with Renderer(RenderSettings(timeout_s=30, memory_mb=1024)) as renderer:
        return {
            name: renderer.page(
                PDF, NAMES.index(name) + 1, PageSize(dpi=dpi, max_side_px=3400), mode=ImageMode.RGB
            )
            for name in names or NAMES
        }
