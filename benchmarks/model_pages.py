"""Which model and which pages the benchmarks of the MLX worker read; imports nothing of mlx."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ocrqueue.model.document import PageSize
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.schema import RenderSettings

TINY = Path(__file__).resolve().parents[1] / "tests" / "data" / "tiny-deepseekocr"
DPI = 200
READABLE = 11  # of the tiny model's twelve pages: the last one runs in circles


def add_arguments(parser: argparse.ArgumentParser, *, resolution: str) -> None:
    """Add the options that say what is read; by default the tiny model reads its own pages."""
    tiny = "the tiny one of the tests"
    parser.add_argument(
        "--model", type=Path, default=TINY / "checkpoint", metavar="DIR", help=f"[{tiny}]"
    )
    parser.add_argument("--pdf", type=Path, default=TINY / "pages.pdf", help=f"[of {tiny}]")
    parser.add_argument("--pages", type=int, default=READABLE, help=f"the first N [{READABLE}]")
    parser.add_argument("--resolution", default=resolution, help=f"[{resolution}]")
    parser.add_argument("--max-tokens", type=int, default=2000, help="of a page [2000]")
    parser.add_argument(
        "--lease", type=Path, metavar="FILE", help="lease on computing with MLX [the machine's]"
    )


def flags(given: argparse.Namespace) -> dict[str, Any]:
    """Return the settings with which a worker reads what the options say."""
    own = {
        "model": given.model.resolve(),
        "resolution": given.resolution,
        "max_tokens": given.max_tokens,
        "trust_model_code": "true",
    }
    own |= {"lease_file": given.lease.resolve()} if given.lease else {}
    settings = {f"backends__deepseek-mlx__{name}": value for name, value in own.items()}
    return {**settings, "reading__route": "deepseek-mlx", "render__dpi": DPI}


def repeated(given: argparse.Namespace) -> Sequence[str]:
    """Return the same options again, for a program that this one starts."""
    names = ("model", "pdf", "pages", "resolution", "max_tokens", "lease")
    values = ((name, getattr(given, name)) for name in names)
    return [f"--{name.replace('_', '-')}={value}" for name, value in values if value is not None]


def draw(pdf: Path, pages: int) -> list[PageImage]:
    """Return the first pages as workers draw them, in memory."""
    with Renderer(RenderSettings()) as renderer:
        return [
            renderer.page(pdf, number, PageSize(dpi=DPI, max_side_px=3400), mode=ImageMode.RGB)
            for number in range(1, pages + 1)
        ]
