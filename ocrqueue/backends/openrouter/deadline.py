"""Sockets that keep a deadline: no server can hold us longer, however slowly it drips.

The timeouts of an HTTP library hold for one read each, so a byte a second never meets one, and for
no look at a name at all: where no resolver answers, the system gives up after half a minute.
"""

import ssl
import threading
import time
from concurrent.futures import Future
from typing import Any

import httpcore2


class Network(httpcore2.NetworkBackend):
    """Makes connections that keep a deadline."""

    def __init__(self) -> None:
        """Have no time at all, until somebody says how much."""
        self.deadline = 0.0  # an instant of `time.monotonic()`
        self._sockets = httpcore2.SyncBackend()

    @property
    def is_late(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() >= self.deadline

    def shortened(self, timeout: float | None, kind: type[Exception]) -> float:
        """Return the timeout, or what is left where that is less.

        Raises:
            Exception: of the given kind; nothing is left.
        """
        if self.is_late:
            raise kind
        left = self.deadline - time.monotonic()
        return left if timeout is None else min(timeout, left)

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *more: Any, **named: Any
    ) -> httpcore2.NetworkStream:
        """Connect to the first address of a host that answers.

        Nothing can interrupt the look at a name, so it is left behind when the time is over.
        """
        timeout = self.shortened(timeout, httpcore2.ConnectTimeout)
        made: Future[httpcore2.NetworkStream] = Future()

        def connect() -> None:
            try:
                made.set_result(self._sockets.connect_tcp(host, port, timeout, *more, **named))
            except Exception as error:  # noqa: BLE001 - raised below, in the thread that asks
                made.set_exception(error)

        threading.Thread(target=connect, daemon=True, name="connection").start()
        try:
            found = made.result(self.shortened(None, httpcore2.ConnectTimeout))
        except TimeoutError:
            raise httpcore2.ConnectTimeout from None
        except (OSError, UnicodeError) as error:  # a name that cannot even be asked for
            raise httpcore2.ConnectError(str(error)) from error
        return _Stream(found, self)


class _Stream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream, network: Network) -> None:
        self._inner = inner
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        timeout = self._network.shortened(timeout, httpcore2.ReadTimeout)
        return self._inner.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        timeout = self._network.shortened(timeout, httpcore2.WriteTimeout)
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        timeout = self._network.shortened(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._network)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
