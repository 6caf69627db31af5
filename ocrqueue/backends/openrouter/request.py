"""The body of a request: one page image, our prompt, plain parameters, and nothing else; pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ocrqueue.backends.openrouter.endpoint import Endpoint
from ocrqueue.backends.openrouter.prices import Price

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
