"""Sends one request and returns its answer, or what is wrong with it; never raises for either.

Below the comfortable client on purpose: nothing here follows a redirection, takes a cookie, goes
through a proxy that the settings do not name, asks for compression or logs a body.
"""

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpcore2

from ocrqueue.backends.base import OnTokens, tell_nobody
from ocrqueue.backends.openrouter import error_policy, failure
from ocrqueue.backends.openrouter.deadline import Deadline, Network
from ocrqueue.backends.openrouter.failure import Failure
from ocrqueue.backends.openrouter.response import LOOPED, Completion, Listener
from ocrqueue.backends.openrouter.service import Service
from ocrqueue.backends.openrouter.wire import json_of
from ocrqueue.settings.secrets import Proxy, Secret

MOST_BYTES = 8 << 20  # of an answer; a page of 8000 tokens, streamed, has some 2 MB
MOST_ERROR_BYTES = 256 << 10
MOST_TOLD_BYTES = 32 << 20  # of what is told without a page: the list of models
CONNECT_S = 10.0
WRITE_S = 60.0
KEEP_S = 30.0
MODELS = "/models"
LINGER_S = 0.2  # for the end of an answer whose page has come, so that the connection can be kept
MOST_LAST_PIECES = 100
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
        self._deadline = Deadline()
        self._has_left = False  # anything of the page in hand
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_trust(settings.ca_file) if is_encrypted else None,
            proxy=httpcore2.Proxy(proxy.url, proxy.login) if proxy else None,
            network_backend=Network(self._deadline),
            max_connections=1,
            keepalive_expiry=KEEP_S,
        )

    def ask(
        self, body: bytes, deadline: float, leaves: Callable[[], None] = lambda: None
    ) -> Completion | Failure:
        """Send a request for a page; `deadline` is an instant of `time.monotonic()`.

        `leaves` is called when the server was reached and the page begins to leave.
        """
        self._deadline.at, self._has_left = deadline, False
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
        self._deadline.at, self._has_left = deadline, False
        is_public = path == MODELS and self._is_openrouter
        url, headers = self._base_url + path, [*_PLAIN_HEADERS] if is_public else self._headers()
        with (
            suppress(*_BROKEN),
            self._pool.stream("GET", url, headers=headers, extensions=self._extensions) as response,
        ):
            return response.status, json_of(self._whole(response, MOST_TOLD_BYTES))
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
        now, headers = datetime.now(UTC), _headers_of(response)
        if response.status != _OK:
            wire = json_of(self._whole(response, MOST_ERROR_BYTES))
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
                if self._deadline.is_over:  # much may have come at once, and is looked at here
                    return failure.LATE
        except _BROKEN as error:
            broken = self._failure(error)
        heard = listener.end()
        if isinstance(heard, Failure):
            return broken or heard
        if broken is None and heard.finish_reason != LOOPED:
            self._linger(pieces)
        return heard

    def _linger(self, pieces: Iterator[bytes]) -> None:
        """Take the last bytes of an answer, so that its connection can be used again."""
        self._deadline.at = min(self._deadline.at, time.monotonic() + LINGER_S)
        with suppress(*_BROKEN):
            for _ in zip(pieces, range(MOST_LAST_PIECES), strict=False):
                pass

    def _whole(self, response: httpcore2.Response, most: int) -> bytes:
        """Return a body as far as it comes and may be long."""
        pieces: list[bytes] = []
        size = 0
        with suppress(*_BROKEN):
            for piece in response.iter_stream():
                pieces.append(piece)
                size += len(piece)
                if size > most:
                    break
        return b"".join(pieces)

    def _failure(self, error: Exception) -> Failure:
        if not self._has_left:
            if isinstance(error, httpcore2.ProxyError):
                return failure.NO_PROXY
            return failure.UNTRUSTED if _is_distrust(error) else failure.NO_CONNECTION
        if self._deadline.is_over:
            return failure.LATE
        match error:
            case httpcore2.WriteTimeout():
                return failure.UNSENT
            case httpcore2.ReadTimeout():
                return failure.SILENT
            case _:
                return failure.CUT


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    if ca_file:
        return ssl.create_default_context(cafile=ca_file)
    return httpcore2.default_ssl_context()


def _is_distrust(error: BaseException | None) -> bool:
    """Whether a connection failed because the server is not who it says; told in the context."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


def _headers_of(response: httpcore2.Response) -> Mapping[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
    }
