"""Which requests the dashboard answers: it has no login, so other web pages must not steer it."""

import ipaddress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What decides about a request: its method and headers; "" where there is no such header."""

    method: str
    changes: bool  # whether this address may change the queue
    host: str
    origin: str = ""
    fetch_site: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a request is not answered."""

    status: HTTPStatus
    reason: str


def refusal(asked: Asked, own_host: str) -> Refusal | None:
    """Return why the request is refused, or None.

    The order of the headers is that of Go's `http.CrossOriginProtection`: browsers say
    `Sec-Fetch-Site`, older ones at least `Origin`; who says neither is no browser.
    """
    if not _is_us(asked.host, own_host):
        reason = "this dashboard is not called by that name (see dashboard.host)"
        return Refusal(status=HTTPStatus.FORBIDDEN, reason=reason)
    if asked.method in READING:
        if asked.changes:
            reason = "this changes the queue: it takes a POST"
            return Refusal(status=HTTPStatus.METHOD_NOT_ALLOWED, reason=reason)
        return None
    if _is_foreign(asked):
        reason = "another web page may not change the queue"
        return Refusal(status=HTTPStatus.FORBIDDEN, reason=reason)
    return None


def _is_us(host: str, own_host: str) -> bool:
    """Return whether the name cannot have been pointed at us by somebody else (DNS rebinding)."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name in {"localhost", own_host.lower()} or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_foreign(asked: Asked) -> bool:
    if asked.fetch_site:
        return asked.fetch_site not in {"same-origin", "none"}
    return bool(asked.origin) and asked.origin.partition("://")[2] != asked.host
