"""Sockets that keep a deadline: no server can hold us longer, however slowly it drips.

The timeouts of an HTTP library hold for one read each, so a byte a second never meets one, and for
no look at a name at all: where no resolver answers, the system gives up after half a minute.
"""

import math
import queue
import ssl
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpcore2


@dataclass(slots=True)
class Deadline:
    """Until when anything may take: an instant of `time.monotonic()`."""

    at: float = math.inf

    @property
    def is_over(self) -> bool:
        """Whether it has passed."""
        return time.monotonic() >= self.at

    def shortened(self, timeout: float | None, kind: type[Exception]) -> float | None:
        """Return the timeout, or what is left where that is less.

        Raises:
            Exception: of the given kind; nothing is left.
        """
        left = self.at - time.monotonic()
        if left <= 0:
            raise kind
        if math.isinf(left):
            return timeout
        return left if timeout is None else min(timeout, left)


class Network(httpcore2.NetworkBackend):
    """Makes connections that keep the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        """Share the deadline with who sets it."""
        self._deadline = deadline
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address of a host that answers.

        Nothing can interrupt the look at a name, so it is left behind when the time is over.
        """
        timeout = self._deadline.shortened(timeout, httpcore2.ConnectTimeout)
        made: queue.SimpleQueue[httpcore2.NetworkStream | Exception] = queue.SimpleQueue()
        way = host, port, timeout, local_address, socket_options

        def connect() -> None:
            try:
                made.put(self._sockets.connect_tcp(*way))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                made.put(error)
            except (OSError, UnicodeError) as error:  # a name that cannot even be asked for
                made.put(httpcore2.ConnectError(str(error)))

        threading.Thread(target=connect, daemon=True, name="connection").start()
        try:
            found = made.get(timeout=self._deadline.shortened(None, httpcore2.ConnectTimeout))
        except queue.Empty:
            raise httpcore2.ConnectTimeout from None
        if isinstance(found, Exception):
            raise found
        return _Stream(found, self._deadline)


class _Stream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        timeout = self._deadline.shortened(timeout, httpcore2.ReadTimeout)
        return self._inner.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        timeout = self._deadline.shortened(timeout, httpcore2.WriteTimeout)
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        timeout = self._deadline.shortened(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
