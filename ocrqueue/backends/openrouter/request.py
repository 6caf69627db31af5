"""The body of a request: one page image, our prompt, plain parameters, and nothing else; pure."""

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image

from ocrqueue.backends.openrouter.endpoint import Endpoint
from ocrqueue.backends.openrouter.prices import Price
from ocrqueue.model.page import ImageMode, PageImage

USER = "ocrqueue"  # the same for everybody: it tells nobody apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of which model."""

    model: str
    prompt: str
    temperature: float
    max_tokens: int
    effort: str  # of reasoning
    max_price: Price


def body(request: Request, endpoint: Endpoint, picture: str) -> bytes:
    """Return the JSON of a request; `picture` is a `data:` address."""
    own = _openrouter(request) if endpoint.is_openrouter else _plain()
    return json.dumps({**_common(request, picture), **own}, ensure_ascii=False).encode()


def _common(request: Request, picture: str) -> Mapping[str, Any]:
    content = [
        {"type": "text", "text": request.prompt},
        {"type": "image_url", "image_url": {"url": picture}},
    ]
    return {
        "model": request.model,
        "messages": [{"role": "user", "content": content}],
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "stream": True,
    }


def _openrouter(request: Request) -> Mapping[str, Any]:
    """Return what only OpenRouter understands: cheap, and only where nothing is kept.

    See https://openrouter.ai/docs/guides/routing/provider-selection
    """
    price = request.max_price
    return {
        "reasoning": {"effort": request.effort, "exclude": True},
        "provider": {
            "data_collection": "deny",
            "zdr": True,
            "max_price": {"prompt": float(price.prompt), "completion": float(price.completion)},
        },
        "user": USER,
    }


def _plain() -> Mapping[str, Any]:
    """Return what makes other servers tell, at the end, how many tokens they took."""
    return {"stream_options": {"include_usage": True}}


MOST_BYTES = 4_500_000  # of the base64 text
QUALITIES = (88, 85)  # print stays crisp down to the second; below it, letters ring
SMALLER = 0.7  # a side of the second try, as a share of the first's


def data_url(image: PageImage, side_px: int) -> str:
    """Return the page as a `data:` address whose long side has at most `side_px` pixels."""
    while True:
        for quality in QUALITIES:
            text = base64.b64encode(_jpeg(image, side_px, quality)).decode("ascii")
            if len(text) <= MOST_BYTES:
                return f"data:image/jpeg;base64,{text}"
        side_px = math.floor(side_px * SMALLER)


def size(image: PageImage, side_px: int) -> tuple[int, int]:
    """Return the width and height, in pixels, that a page is sent with."""
    share = min(1.0, side_px / max(image.width, image.height))
    return max(1, round(image.width * share)), max(1, round(image.height * share))


def _jpeg(image: PageImage, side_px: int, quality: int) -> bytes:
    shown = Image.frombytes(image.mode.value, (image.width, image.height), image.pixels)
    wanted = size(image, side_px)
    if wanted != shown.size:
        shown = shown.resize(wanted, Image.Resampling.LANCZOS)
    file = BytesIO()
    subsampling = {} if image.mode is ImageMode.GREY else {"subsampling": 0}  # thin coloured print
    # Not optimised: for that the encoder wants a page in one buffer, and fails on a noisy one.
    shown.save(file, "JPEG", quality=quality, **subsampling)
    return file.getvalue()
