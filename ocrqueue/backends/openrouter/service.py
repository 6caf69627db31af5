"""The service that settings mean: where it is, which models are asked, and for how much; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from ocrqueue.backends.openrouter import prices
from ocrqueue.backends.openrouter.prices import Price
from ocrqueue.settings import secrets
from ocrqueue.settings.engines import OpenRouterSettings
from ocrqueue.settings.secrets import Proxy

HOST = "openrouter.ai"
MAY_OMIT = frozenset({"temperature", "max_tokens", "stream_options", "reasoning", "user"})
FORBIDDEN = (":online",)  # variants that send what is asked to a search engine as well


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A server, and what its settings spell, taken apart."""

    settings: OpenRouterSettings
    base_url: str  # of its address the part before `/chat/completions`
    host: str
    is_openrouter: bool  # it speaks OpenRouter's API, not only what OpenAI made known
    models: tuple[str, ...]  # in the order in which they are asked
    prices: Mapping[str, Price]
    max_price: Price
    proxy: Proxy | None  # on the way to another machine
    omit: frozenset[str]  # what it is not told of a request

    @property
    def is_own(self) -> bool:
        """Whether pages stay on this machine: a way to OpenRouter only begins here."""
        return not self.settings.is_remote


def read(settings: OpenRouterSettings) -> Service:
    """Return the service that the settings mean.

    Raises:
        ValueError: they make no sense; the message names the one.
    """
    base_url = settings.base_url.strip()
    host = _host(base_url, is_here=settings.is_here)
    is_known = host == HOST or host.endswith(f".{HOST}")
    is_openrouter = settings.api == "openrouter" or (settings.api == "auto" and is_known)
    plain = OpenRouterSettings()
    settings = replace(settings, max_tokens=settings.max_tokens or plain.max_tokens)
    if not is_openrouter:  # the lists that come along are OpenRouter's
        settings = replace(
            settings,
            fallbacks="" if settings.fallbacks == plain.fallbacks else settings.fallbacks,
            prices="" if settings.prices == plain.prices else settings.prices,
        )
    return Service(
        settings=settings,
        base_url=base_url.rstrip("/"),
        host=host,
        is_openrouter=is_openrouter,
        models=_models(settings),
        prices=prices.parse_prices(settings.prices),
        max_price=prices.parse_price(settings.max_price),
        proxy=None if settings.is_here else secrets.proxy(settings.proxy),
        omit=_omitted(settings),
    )


def _omitted(settings: OpenRouterSettings) -> frozenset[str]:
    """Return the parameters that are left out; max_tokens stays where pages cost money."""
    names = frozenset(filter(None, (name.strip() for name in settings.omit.split(","))))
    if unknown := names - MAY_OMIT:
        message = f"`omit` names {min(unknown)!r}; it may name {', '.join(sorted(MAY_OMIT))}"
        raise ValueError(message)
    if "max_tokens" in names and settings.is_remote:
        message = "`omit` must not name max_tokens where pages cost money: a reply has no end then"
        raise ValueError(message)
    return names


def _host(base_url: str, *, is_here: bool) -> str:
    """Return the host of an address that pages may be sent to; `is_here`: it is this machine."""
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if not base_url.startswith(("http://", "https://")) or not host or not base_url.isascii():
        raise ValueError("base_url is no address such as https://openrouter.ai/api/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("base_url holds more than host and path (a key belongs into a key_file)")
    if parts.scheme == "http" and not is_here:
        raise ValueError(f"base_url must begin with https: pages would go to {host} unencrypted")
    return host


def _models(settings: OpenRouterSettings) -> tuple[str, ...]:
    named = (model.strip() for model in f"{settings.model},{settings.fallbacks}".split(","))
    models = tuple(dict.fromkeys(filter(None, named)))
    if not models:
        raise ValueError("no model is named")
    for model in models:
        if model.endswith(FORBIDDEN) or not model.isprintable():
            raise ValueError(f"{model!r} is no model that pages may be sent to")
    return models
