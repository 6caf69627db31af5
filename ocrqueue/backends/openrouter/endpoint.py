"""Where requests go, and what the server there understands; pure."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

HOST = "openrouter.ai"


class Api(StrEnum):
    """How much of OpenRouter's API the server speaks."""

    AUTO = "auto"  # as the host tells
    OPENROUTER = "openrouter"
    PLAIN = "plain"  # chat completions as OpenAI made them known, and no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A server, and the part of its address before `/chat/completions`."""

    base_url: str
    host: str
    is_local: bool  # the address is on this machine
    is_openrouter: bool

    @property
    def is_own(self) -> bool:
        """Whether pages stay on this machine: a way to OpenRouter only begins here."""
        return self.is_local and not self.is_openrouter

    @property
    def is_encrypted(self) -> bool:
        """Whether the server proves who it is, and nobody listens in."""
        return self.base_url.startswith("https:")

    @property
    def chat_url(self) -> str:
        """Where pages are sent."""
        return f"{self.base_url}/chat/completions"

    @property
    def models_url(self) -> str:
        """Where models and prices are listed."""
        return f"{self.base_url}/models"


def endpoint(base_url: str, api: str = Api.AUTO, *, is_local: bool) -> Endpoint:
    """Return the endpoint that an address means; `is_local`: it is on this machine.

    Raises:
        ValueError: it is no address, holds a password, or would send pages unencrypted.
    """
    base_url = base_url.strip()
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if not base_url.startswith(("http://", "https://")) or not host or not base_url.isascii():
        message = "base_url is no address such as https://openrouter.ai/api/v1"
        raise ValueError(message)
    if parts.username or parts.password or parts.query or parts.fragment:
        message = "base_url holds more than host and path (a key belongs into a key_file)"
        raise ValueError(message)
    if parts.scheme == "http" and not is_local:
        message = f"base_url must begin with https: pages would go to {host} unencrypted"
        raise ValueError(message)
    is_known = host == HOST or host.endswith(f".{HOST}")
    return Endpoint(
        base_url=base_url.rstrip("/"),
        host=host,
        is_local=is_local,
        is_openrouter=Api(api) is Api.OPENROUTER or (Api(api) is Api.AUTO and is_known),
    )
