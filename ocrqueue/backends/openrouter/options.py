"""What a user can set about this backend, and what is wrong with what was set; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ocrqueue.backends.openrouter import prices
from ocrqueue.backends.openrouter.endpoint import Endpoint, endpoint
from ocrqueue.backends.openrouter.prices import Price
from ocrqueue.settings import engines
from ocrqueue.settings.engines import Candidate, OpenRouterSettings

EFFORTS = engines.EFFORTS
FORBIDDEN = (":online",)  # variants that send what is asked to a search engine as well


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRouterOptions:
    """Which models read, where, and for how much: the settings, taken apart."""

    name: str
    models: tuple[str, ...]  # in the order in which they are asked
    endpoint: Endpoint
    prices: Mapping[str, Price]
    max_price: Price
    allow_free: bool
    reasoning: str
    prompt: str  # for a page; "": our own
    temperature: float
    max_tokens: int
    side_px: int
    image_tokens: int
    idle_s: float
    key_file: str
    ca_file: str


def read(candidate: Candidate) -> OpenRouterOptions:
    """Return the candidate's options.

    Raises:
        ValueError: one of them makes no sense; the message names it.
    """
    if not isinstance(candidate, OpenRouterSettings):
        message = f"{candidate.name} is no backend of this kind"
        raise ValueError(message)  # noqa: TRY004 - as every other problem of a candidate
    there = endpoint(candidate.base_url, candidate.api, is_local=candidate.is_here)
    if not there.is_openrouter:
        candidate = _without_openrouters(candidate)
    return OpenRouterOptions(
        name=candidate.name,
        models=_models(candidate.model, candidate.fallbacks),
        endpoint=there,
        prices=prices.parse_prices(candidate.prices),
        max_price=prices.parse_price(candidate.max_price),
        allow_free=candidate.allow_free,
        reasoning=candidate.reasoning,
        prompt=candidate.prompt,
        temperature=candidate.temperature,
        max_tokens=candidate.max_tokens or OpenRouterSettings().max_tokens,
        side_px=candidate.side_px,
        image_tokens=candidate.image_tokens,
        idle_s=candidate.idle_s,
        key_file=str(candidate.key_file or ""),
        ca_file=str(candidate.ca_file or ""),
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


def _without_openrouters(candidate: OpenRouterSettings) -> OpenRouterSettings:
    """Return a candidate without the lists that come along: they are OpenRouter's."""
    plain = OpenRouterSettings()
    return replace(
        candidate,
        fallbacks="" if candidate.fallbacks == plain.fallbacks else candidate.fallbacks,
        prices="" if candidate.prices == plain.prices else candidate.prices,
    )


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
