"""The body of a request: one page image, our prompt, plain parameters, and nothing else; pure."""

import base64
import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from PIL import Image

from ocrqueue.backends.openrouter.retry_policy import SMALLER, Plan
from ocrqueue.backends.openrouter.service import Service
from ocrqueue.model.page import ImageMode, PageImage

USER = "ocrqueue"  # the same for everybody: it tells nobody apart
MOST_BYTES = 4_500_000  # of the base64 text
QUALITY = 85  # print stays crisp; below it, letters ring


def body(service: Service, plan: Plan, *, prompt: str, image: PageImage) -> bytes:
    """Return the JSON of a request."""
    content = [
        {"type": "text", "text": prompt},
        {"type": "image_url", "image_url": {"url": data_url(image, plan.side_px)}},
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
        wire |= _openrouter(service)
    wire = {name: value for name, value in wire.items() if name not in service.omit}
    if service.settings.max_completion_tokens:
        wire["max_completion_tokens"] = wire.pop("max_tokens", plan.room)
    return json.dumps(wire, ensure_ascii=False).encode()


def _openrouter(service: Service) -> Mapping[str, Any]:
    """Return what only OpenRouter understands: cheap, and only where nothing is kept.

    See https://openrouter.ai/docs/guides/routing/provider-selection
    """
    most = service.max_price
    return {
        "reasoning": {"effort": service.settings.reasoning, "exclude": True},
        "provider": {
            "data_collection": "deny",
            "zdr": True,
            "max_price": {"prompt": float(most.prompt), "completion": float(most.completion)},
        },
        "user": USER,
    }


def data_url(image: PageImage, side_px: int) -> str:
    """Return the page as a `data:` address whose long side has at most `side_px` pixels."""
    while len(text := base64.b64encode(_jpeg(image, side_px)).decode("ascii")) > MOST_BYTES:
        side_px = int(side_px * SMALLER)
    return f"data:image/jpeg;base64,{text}"


def _jpeg(image: PageImage, side_px: int) -> bytes:
    shown = Image.frombytes(image.mode.value, (image.width, image.height), image.pixels)
    if (share := side_px / max(shown.size)) < 1:
        width, height = (max(1, round(side * share)) for side in shown.size)
        shown = shown.resize((width, height), Image.Resampling.LANCZOS)
    file = BytesIO()
    subsampling = {} if image.mode is ImageMode.GREY else {"subsampling": 0}  # thin coloured print
    # Not optimised: for that the encoder wants a page in one buffer, and fails on a noisy one.
    shown.save(file, "JPEG", quality=QUALITY, **subsampling)
    return file.getvalue()
