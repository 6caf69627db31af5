"""Which requests the dashboard answers: other web pages must not steer it."""

import ipaddress
from http import HTTPStatus
from urllib.parse import urlsplit

from werkzeug.datastructures import Headers

READING = frozenset({"GET", "HEAD", "OPTIONS"})


def refusal(
    method: str, headers: Headers, own_host: str, *, changes: bool
) -> tuple[str, HTTPStatus] | None:
    """Return why the request is not answered, or None; `changes`: its address may change the queue.

    The order of the headers is that of Go's `http.CrossOriginProtection`: browsers say
    `Sec-Fetch-Site`, older ones at least `Origin`; who says neither is no browser.
    """
    if not _is_us(headers.get("Host", ""), own_host):
        reason = "this dashboard is not called by that name (see dashboard.host)"
        return reason, HTTPStatus.FORBIDDEN
    if method in READING:
        told = "this changes the queue: it takes a POST", HTTPStatus.METHOD_NOT_ALLOWED
        return told if changes else None
    if _is_foreign(headers):
        return "another web page may not change the queue", HTTPStatus.FORBIDDEN
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


def _is_foreign(headers: Headers) -> bool:
    if site := headers.get("Sec-Fetch-Site"):
        return site not in {"same-origin", "none"}
    origin = headers.get("Origin", "")
    return bool(origin) and origin.partition("://")[2] != headers.get("Host")
