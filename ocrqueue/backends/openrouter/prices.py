"""What a request may cost at most and what it did cost, in whole micro-USD; pure.

A price of 1 USD for a million tokens is one micro-USD a token, so nothing needs to be scaled.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from ocrqueue.backends.openrouter.wire import table
from ocrqueue.model.gate import MICRO

PIXELS_A_TOKEN = 700  # at least: the thriftiest cut of images in use is 750 pixels a token
MOST_TOKENS = Decimal(10_000_000)  # of one answer; what is more is no count of tokens
DEAREST = Decimal(100_000)  # micro-USD a token; what is more is no price


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a model costs."""

    prompt: Decimal  # micro-USD a token, which is USD for a million
    completion: Decimal
    request: Decimal = Decimal(0)  # micro-USD a request, its image included

    @property
    def is_free(self) -> bool:
        """Whether it costs nothing."""
        return not (self.prompt or self.completion or self.request)


FREE = Price(prompt=Decimal(0), completion=Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the server says a request took; None where it does not say."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: Decimal | None = None


def parse_price(text: str) -> Price:
    """Return the price that `PROMPT/COMPLETION` spells, in USD for a million tokens.

    Raises:
        ValueError: it is none.
    """
    match [_number(part.strip()) for part in text.split("/")]:
        case [Decimal() as prompt, Decimal() as completion]:
            return Price(prompt=prompt, completion=completion)
    raise ValueError(f"{text!r} is no price such as 0.25/1.50 (USD for a million tokens in/out)")


def parse_prices(text: str) -> Mapping[str, Price]:
    """Return the prices that `MODEL=PROMPT/COMPLETION, ...` spells.

    Raises:
        ValueError: a part is none.
    """
    prices = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        model, is_there, price = part.rpartition("=")
        if not is_there or not model.strip():
            raise ValueError(f"{part!r} is no MODEL=PROMPT/COMPLETION")
        prices[model.strip()] = parse_price(price)
    return prices


def listed_price(pricing: Mapping[str, object]) -> Price | None:
    """Return the price that `/models` tells, in USD a token there; None where it tells none."""
    sides = [_number(pricing.get(side), DEAREST / MICRO) for side in ("prompt", "completion")]
    extras = [_number(pricing.get(side) or 0) for side in ("request", "image")]
    match [None if usd is None else usd * MICRO for usd in (*sides, *extras)]:
        case [Decimal() as prompt, Decimal() as completion, Decimal() as each, Decimal() as image]:
            return Price(prompt=prompt, completion=completion, request=each + image)
    return None


def most_prompt_tokens(text: str, side_px: int, image_tokens: int) -> int:
    """Return more tokens than any model makes of a text and an image with that long side."""
    of_image = max(image_tokens, math.ceil(side_px**2 / PIXELS_A_TOKEN))
    return len(text.encode()) + of_image  # a token is a byte at least


def estimate(price: Price, prompt_tokens: int, completion_tokens: int) -> int:
    """Return what so many tokens cost, rounded up."""
    tokens = price.prompt * prompt_tokens + price.completion * completion_tokens
    return math.ceil(tokens + price.request)


def cost_of(usage: Usage, price: Price | None) -> int | None:
    """Return what a request did cost: as the server says, else by its tokens, else None."""
    if usage.cost_usd is not None:
        return math.ceil(round(usage.cost_usd * MICRO, 3))  # the dust of a float is no money
    if price is None or usage.prompt_tokens is None or usage.completion_tokens is None:
        return None
    return estimate(price, usage.prompt_tokens, usage.completion_tokens)


def read_usage(wire: Mapping[str, object]) -> Usage:
    """Return what an answer's `usage` tells; numbers that make no sense are left out."""
    cost = _number(wire.get("cost"))
    if cost is not None and wire.get("is_byok") is True:
        # With a key of the user's own at the provider, `cost` is only OpenRouter's fee.
        of_provider = _number(table(wire, "cost_details").get("upstream_inference_cost"))
        cost = None if of_provider is None else cost + of_provider
    return Usage(
        prompt_tokens=_count(wire.get("prompt_tokens")),
        completion_tokens=_count(wire.get("completion_tokens")),
        cost_usd=cost,
    )


def _number(value: object, most: Decimal = DEAREST) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 <= number <= most else None


def _count(value: object) -> int | None:
    count = _number(value, MOST_TOKENS)
    return None if count is None else int(count)
