"""What the model sees of each page: in each resolution, drawn in many ways."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import mlx.core as mx
import numpy as np
import numpy.typing as npt
import pypdfium2
from mlx_vlm.utils import prepare_inputs
from PIL import Image, ImageChops

from tools.tiny_model import sight, vocabulary

MODES: Mapping[str, Mapping[str, int | bool]] = {
    "tiny": {"cropping": False, "image_size": 512, "base_size": 512},
    "small": {"cropping": False, "image_size": 640, "base_size": 640},
    "base": {"cropping": False, "image_size": 1024, "base_size": 1024},
    "gundam": {"cropping": True, "image_size": 640, "base_size": 1024},
}
Features = npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The features of one picture of a page."""

    whole: Features  # rows, columns, numbers
    tiles: Features | None  # tile, rows, columns, numbers; in the mode gundam
    across: int  # tiles in a row


def views(processor: Any, document: bytes, mode: str) -> list[list[View]]:
    """Return each page's views in a mode."""
    with pypdfium2.PdfDocument(document) as opened:
        return [
            [view(processor, picture, mode) for picture in _pictures(page, mode, number)]
            for number, page in enumerate(opened)
        ]


def view(processor: Any, picture: Image.Image, mode: str) -> View:
    """Return what the model sees of a picture."""
    given = prepare_inputs(
        processor,
        images=[picture],
        prompts=f"{vocabulary.IMAGE}\n{vocabulary.FREE} ",
        image_token_index=vocabulary.CONTROL.index(vocabulary.IMAGE),
        **MODES[mode],
    )
    tiles, whole = given["pixel_values"]
    across, down = (int(count) for count in given["images_spatial_crop"][0].tolist())
    return View(
        whole=_features(whole)[0],
        tiles=_features(tiles) if across * down > 1 else None,
        across=across,
    )


def drawn(page: Any, dpi: int) -> Image.Image:
    """Return the page as a picture."""
    picture: Image.Image = page.render(scale=dpi / 72).to_pil()
    return picture.convert("RGB")


def compressed(picture: Image.Image, quality: int) -> Image.Image:
    """Return the picture as JPEG leaves it."""
    file = BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def grainy(picture: Image.Image, deviation: float, seed: int) -> Image.Image:
    """Return the picture with noise."""
    plain = np.asarray(picture).astype(np.float32)
    noise = np.random.default_rng(seed).normal(0, deviation, plain.shape)
    return Image.fromarray(np.clip(plain + noise, 0, 255).astype(np.uint8))


def turned(picture: Image.Image, degrees: float) -> Image.Image:
    """Return the picture as a crooked scan."""
    return picture.rotate(degrees, Image.Resampling.BICUBIC, fillcolor="white")


def _pictures(page: Any, mode: str, number: int) -> Iterator[Image.Image]:
    plain = drawn(page, 144)
    yield from (drawn(page, dpi) for dpi in (72, 100, 125, 150, 200))
    yield compressed(plain, 60)
    yield grainy(plain, 12, number)
    yield turned(plain, 0.4)
    yield turned(plain, -0.5)
    yield ImageChops.offset(plain, 3, 4)
    yield drawn(page, 240)
    if mode != "gundam":
        yield from (drawn(page, dpi) for dpi in (85, 110, 175, 300))
        yield compressed(plain, 30)
        yield grainy(plain, 25, 50 + number)
        yield ImageChops.offset(plain, -4, -2)
        yield ImageChops.offset(plain, 8, -7)


def _features(pixels: mx.array) -> Features:
    pictures = np.array(pixels.astype(mx.float32))
    return np.stack([sight.seen(picture) for picture in pictures]).astype(np.float16)
