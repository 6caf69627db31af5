"""Sends one request and returns its answer, or what is wrong with it; never raises for either.

Below the comfortable client on purpose: nothing here follows a redirection, takes a cookie, goes
through a proxy that the settings do not name, asks for compression or logs a body.
"""

import ssl
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

import httpcore2

from ocrqueue.backends.base import OnTokens, tell_nobody
from ocrqueue.backends.openrouter import error_policy, failure
from ocrqueue.backends.openrouter.deadline import Network
from ocrqueue.backends.openrouter.failure import Failure
from ocrqueue.backends.openrouter.response import LOOPED, Completion, Listener
from ocrqueue.backends.openrouter.service import Service
from ocrqueue.backends.openrouter.wire import json_of
from ocrqueue.settings.secrets import Proxy, Secret

MOST_BYTES = 8 << 20  # of an answer; a page of 8000 tokens, streamed, has some 2 MB
CONNECT_S = 10.0
WRITE_S = 60.0
KEEP_S = 30.0
MODELS = "/models"
LINGER_S = 0.2  # for the end of an answer whose page has come
_OK = 200
_AS_IT_IS = "identity"
_PLAIN_HEADERS = (
    ("user-agent", "ocrqueue"),
    ("accept", "text/event-stream, application/json"),
    ("accept-encoding", _AS_IT_IS),
)

_BROKEN = (
    httpcore2.NetworkError,
    httpcore2.TimeoutException,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
    httpcore2.ProxyError,
)


class Client:
    """Keeps one connection to one service."""

    def __init__(self, service: Service, key: Secret | None, proxy: Proxy | None = None) -> None:
        """Take what requests need; nothing is connected yet.

        Raises:
            OSError: the file with certificates cannot be read.
        """
        settings, is_encrypted = service.settings, service.base_url.startswith("https:")
        self._base_url, self._is_openrouter = service.base_url, service.is_openrouter
        self.on_tokens: OnTokens = tell_nobody
        self._key = key
        timeouts = {"connect": CONNECT_S, "pool": CONNECT_S, "write": WRITE_S}
        self._extensions = {"timeout": {**timeouts, "read": settings.idle_s}}
        self._network = Network()
        own = settings.ca_file
        trusted = ssl.create_default_context(cafile=own) if own else httpcore2.default_ssl_context()
        self._has_left = False  # anything of the page in hand
        self._pool = httpcore2.ConnectionPool(
            ssl_context=trusted if is_encrypted else None,
            proxy=httpcore2.Proxy(proxy.url, proxy.login) if proxy else None,
            network_backend=self._network,
            max_connections=1,
            keepalive_expiry=KEEP_S,
        )

    def ask(
        self, body: bytes, deadline: float, leaves: Callable[[], None] = lambda: None
    ) -> Completion | Failure:
        """Send a request for a page; `deadline` is an instant of `time.monotonic()`.

        `leaves` is called when the server was reached and the page begins to leave.
        """
        self._network.deadline, self._has_left = deadline, False
        url, size = f"{self._base_url}/chat/completions", str(len(body))
        headers = [*self._headers(), ("content-type", "application/json"), ("content-length", size)]

        def content() -> Iterator[bytes]:  # asked for once the head was sent
            self._has_left = True
            leaves()
            yield body

        try:
            with self._pool.stream(
                "POST", url, headers=headers, content=content(), extensions=self._extensions
            ) as response:
                return self._answer(response)
        except _BROKEN as error:
            return self._failure(error)

    def look(self, path: str, deadline: float) -> tuple[int, object]:
        """Return the status and the JSON of what a service tells without a page.

        No status (0): it could not be reached, or broke off. OpenRouter's list of models is for
        all, and goes without the key.
        """
        self._network.deadline, self._has_left = deadline, False
        is_public = path == MODELS and self._is_openrouter
        url, headers = self._base_url + path, [*_PLAIN_HEADERS] if is_public else self._headers()
        with (
            suppress(*_BROKEN),
            self._pool.stream("GET", url, headers=headers, extensions=self._extensions) as response,
        ):
            return response.status, json_of(self._whole(response))
        return 0, None

    def close(self) -> None:
        """Close the connection; asking again opens one."""
        self._pool.close()

    def _headers(self) -> list[tuple[str, str]]:
        headers = [*_PLAIN_HEADERS]
        if self._key is not None:
            headers.append(("authorization", f"Bearer {self._key.reveal()}"))
        return headers

    def _answer(self, response: httpcore2.Response) -> Completion | Failure:
        now, pairs = datetime.now(UTC), response.headers
        headers = {name.decode("latin-1").lower(): told.decode("latin-1") for name, told in pairs}
        if response.status != _OK:
            wire = json_of(self._whole(response))
            return error_policy.failure_of(wire, status=response.status, headers=headers, now=now)
        if headers.get("content-encoding", _AS_IT_IS) != _AS_IT_IS:
            return failure.COMPRESSED  # a few bytes of it may be gigabytes
        return self._heard(response, Listener(now))

    def _heard(self, response: httpcore2.Response, listener: Listener) -> Completion | Failure:
        """Listen to the answer; where it breaks off, what was said may be whole all the same."""
        broken: Failure | None = None
        pieces, size, began = response.iter_stream(), 0, time.monotonic()
        try:
            for piece in pieces:
                size += len(piece)
                listener.feed(piece)
                self.on_tokens(listener.tokens, listener.tokens / (time.monotonic() - began), 0)
                if listener.is_over:
                    break
                if size > MOST_BYTES:
                    return failure.TOO_LARGE
        except _BROKEN as error:
            broken = self._failure(error)
        heard = listener.end()
        if isinstance(heard, Failure):
            return broken or heard
        if broken is None and heard.finish_reason != LOOPED:
            self._network.deadline = min(self._network.deadline, time.monotonic() + LINGER_S)
            with suppress(*_BROKEN):
                deque(pieces, 0)  # its last bytes, so that the connection can be used again
        return heard

    def _whole(self, response: httpcore2.Response) -> bytes:
        """Return a body as far as it comes and may be long."""
        found = bytearray()
        with suppress(*_BROKEN):
            for piece in response.iter_stream():
                found += piece
                if len(found) > MOST_BYTES:
                    break
        return bytes(found)

    def _failure(self, error: Exception) -> Failure:
        if not self._has_left:
            if isinstance(error, httpcore2.ProxyError):
                return failure.NO_PROXY
            return failure.UNTRUSTED if _is_distrust(error) else failure.NO_CONNECTION
        if self._network.is_late:
            return failure.LATE
        match error:
            case httpcore2.WriteTimeout():
                return failure.UNSENT
            case httpcore2.ReadTimeout():
                return failure.SILENT
            case _:
                return failure.CUT


def _is_distrust(error: BaseException | None) -> bool:
    """Whether a connection failed because the server is not who it says; told in the context."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None
