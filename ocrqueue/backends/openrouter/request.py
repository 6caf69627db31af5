"""The body of a request: one page image, our prompt, plain parameters, and nothing else; pure."""

import base64
import json
import math
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from PIL import Image

from ocrqueue.backends.openrouter.prices import Price
from ocrqueue.backends.openrouter.retry_policy import Plan
from ocrqueue.backends.openrouter.service import Service
from ocrqueue.model.page import ImageMode, PageImage

USER = "ocrqueue"  # the same for everybody: it tells nobody apart
MOST_BYTES = 4_500_000  # of the base64 text
QUALITIES = (88, 85)  # print stays crisp down to the second; below it, letters ring
SMALLER = 0.7  # a side of the second try, as a share of the first's


def body(service: Service, plan: Plan, *, prompt: str, picture: str, effort: str) -> bytes:
    """Return the JSON of a request; `picture` is a `data:` address."""
    content = [
        {"type": "text", "text": prompt},
        {"type": "image_url", "image_url": {"url": picture}},
    ]
    wire: dict[str, Any] = {
        "model": plan.models[0],
        "messages": [{"role": "user", "content": content}],
        "temperature": plan.temperature,
        "max_tokens": plan.room,
        "stream": True,
        "stream_options": {"include_usage": True},  # only then most servers tell, at the end
    }
    if service.is_openrouter:
        wire |= _openrouter(service.max_price, effort)
    wire = {name: value for name, value in wire.items() if name not in service.omit}
    if service.settings.max_completion_tokens:
        wire["max_completion_tokens"] = wire.pop("max_tokens", plan.room)
    return json.dumps(wire, ensure_ascii=False).encode()


def _openrouter(most: Price, effort: str) -> Mapping[str, Any]:
    """Return what only OpenRouter understands: cheap, and only where nothing is kept.

    See https://openrouter.ai/docs/guides/routing/provider-selection
    """
    return {
        "reasoning": {"effort": effort, "exclude": True},
        "provider": {
            "data_collection": "deny",
            "zdr": True,
            "max_price": {"prompt": float(most.prompt), "completion": float(most.completion)},
        },
        "user": USER,
    }


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
