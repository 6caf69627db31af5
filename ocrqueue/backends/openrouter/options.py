"""What a user can set about this backend, and what is wrong with what was set; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ocrqueue.backends.openrouter import prices
from ocrqueue.backends.openrouter.endpoint import Api, Endpoint, endpoint
from ocrqueue.backends.openrouter.prices import Price
from ocrqueue.settings.candidates import BackendsSettings, Candidate

MAX_TOKENS = 8000
EFFORTS = ("none", "minimal", "low", "medium", "high")  # of reasoning, the cheapest first
FORBIDDEN = (":online",)  # variants that send what is asked to a search engine as well
SIDES_PX = (256, 4096)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRouterOptions:
    """Which models read, where, and for how much."""

    name: str = "openrouter"
    models: tuple[str, ...]  # in the order in which they are asked
    endpoint: Endpoint
    prices: Mapping[str, Price] = field(default_factory=dict)
    max_price: Price
    allow_free: bool = False
    reasoning: str = "minimal"
    prompt: str = ""  # for a page; "": our own
    temperature: float = 0.0
    max_tokens: int = MAX_TOKENS
    side_px: int = 2048
    image_tokens: int = 6000
    idle_s: float = 60.0
    key_file: str = ""
    ca_file: str = ""


KNOWN: Mapping[str, str | int | float | bool] = {
    "base_url": "",
    "api": "auto",
    "fallbacks": "",
    "prices": "",
    "max_price": "0.60/3.20",
    "allow_free": False,
    "reasoning": "minimal",
    "prompt": "",
    "side_px": 2048,
    "image_tokens": 6000,
    "idle_s": 60.0,
    "key_file": "",
    "ca_file": "",
}


def read(candidate: Candidate) -> OpenRouterOptions:
    """Return the candidate's options.

    Raises:
        ValueError: one of them makes no sense; the message names it.
    """
    if unknown := [name for name in candidate.options if name not in KNOWN]:
        message = f"unknown option {unknown[0]} (known: {', '.join(KNOWN)})"
        raise ValueError(message)
    given = {**KNOWN, **candidate.options}
    there = endpoint(
        str(given["base_url"]), _one_of(given, "api", tuple(Api)), is_local=candidate.is_here
    )
    if not there.is_openrouter:
        given |= _without_openrouters(candidate)
    return OpenRouterOptions(
        name=candidate.name,
        models=_models(candidate.model, str(given["fallbacks"])),
        endpoint=there,
        prices=prices.parse_prices(str(given["prices"])),
        max_price=prices.parse_price(str(given["max_price"])),
        allow_free=bool(given["allow_free"]),
        reasoning=_one_of(given, "reasoning", EFFORTS),
        prompt=str(given["prompt"]),
        temperature=candidate.temperature,
        max_tokens=candidate.max_tokens or MAX_TOKENS,
        side_px=int(_within(given, "side_px", *SIDES_PX)),
        image_tokens=int(_within(given, "image_tokens", 0, 1_000_000)),
        idle_s=_within(given, "idle_s", 0.01, 3600),
        key_file=str(given["key_file"]),
        ca_file=str(given["ca_file"]),
    )


def price_of(options: OpenRouterOptions, model: str, listed: Price | None = None) -> Price | None:
    """Return what a model costs: as the service lists it, else as the user wrote, else None.

    A server of this machine costs nothing, unless the user says what it does.
    """
    if listed is not None:
        return listed
    known = options.prices.get(model)
    return prices.FREE if known is None and options.endpoint.is_own else known


def objection(options: OpenRouterOptions, model: str, listed: Price | None = None) -> str:
    """Return why a model may not be asked, in words; "" where it may."""
    price = price_of(options, model, listed)
    if price is not None and options.endpoint.is_own and not price.is_free:
        return (
            f"{model} has a price, but nobody watches over money on this machine: leave it out of "
            '`prices`, or say `api = "openrouter"` if pages are sent on from here'
        )
    if price is None:
        return f"the price of {model} is unknown: write it into `prices`"
    is_free = price.is_free or model.endswith(":free")
    if is_free and not options.allow_free and not options.endpoint.is_own:
        return f"{model} is free, so its provider may keep what it is shown: see `allow_free`"
    if options.endpoint.is_openrouter and not price.fits(options.max_price):
        return f"{model} costs more than `max_price`"
    return ""


def problems(options: OpenRouterOptions) -> Iterator[str]:
    """Yield why models may not be asked; where all may not, the backend cannot work."""
    for model in options.models:
        if why := objection(options, model):
            yield why


def _without_openrouters(candidate: Candidate) -> Mapping[str, str]:
    """Return nothing for each list that is the one that comes along: it is OpenRouter's."""
    come_along = {one.name: one.options for one in BackendsSettings().candidates}
    known = come_along.get(candidate.name, {})
    lists = ("fallbacks", "prices")
    return {name: "" for name in lists if candidate.options.get(name) == known.get(name)}


def _models(first: str, fallbacks: str) -> tuple[str, ...]:
    models = tuple(
        dict.fromkeys(filter(None, (m.strip() for m in f"{first},{fallbacks}".split(","))))
    )
    if not models:
        message = "no model is named"
        raise ValueError(message)
    for model in models:
        if model.endswith(FORBIDDEN) or not model.isprintable():
            message = f"{model!r} is no model that pages may be sent to"
            raise ValueError(message)
    return models


def _one_of(given: Mapping[str, object], name: str, known: tuple[str, ...]) -> str:
    value = str(given[name])
    if value not in known:
        message = f"{name}: {value!r} is none of {', '.join(known)}"
        raise ValueError(message)
    return value


def _within(given: Mapping[str, object], name: str, low: float, high: float) -> float:
    value = given[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        message = f"{name}: {value!r} is no number from {low:g} to {high:g}"
        raise ValueError(message)
    return float(value)
