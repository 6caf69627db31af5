"""What stands before a real S3 server and lets requests fail as networks and services do."""

import http.client
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

SLOW_S = 0.3
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: throw away what was not sent, and say so
_EXPIRED = b"<Error><Code>ExpiredToken</Code><Message>The token has expired.</Message></Error>"
_FORGOTTEN = b"<Error><Code>NoSuchUpload</Code><Message>There is no such upload.</Message></Error>"


class Fault(StrEnum):
    """What may happen to a request."""

    ERROR = "500"
    BUSY = "503"
    SLOW = "slow"
    CUT = "cut"  # half of what is sent arrives, then the connection is gone
    LOST = "lost"  # all is done, and nobody is told
    EXPIRED = "expired"  # the credentials are
    FORGOTTEN = "forgotten"  # there is no such upload in parts, or no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request."""

    method: str
    path: str
    number: int  # from 1


Choose = Callable[[Asked], Fault | None]


class FaultProxy:
    """Serves until it is left as a context; `choose` says what happens to a request."""

    def __init__(self, upstream: int, choose: Choose = lambda _: None) -> None:
        """Listen, and pass on to a port of this machine."""
        self.choose = choose
        self.asked: list[Asked] = []
        self.upstream = upstream
        self._lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def _serve(self) -> None:
                proxy.serve(self)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815 - as it asks

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self, own: BaseHTTPRequestHandler) -> None:
        """Pass a request on, or let it fail."""
        body = own.rfile.read(int(own.headers.get("Content-Length") or 0))
        with self._lock:
            one = Asked(method=own.command, path=own.path, number=len(self.asked) + 1)
            self.asked.append(one)
        match self.choose(one):
            case Fault.ERROR | Fault.BUSY as fault:
                _answer(own, int(fault), b"")
                return
            case Fault.EXPIRED:
                _answer(own, 403, _EXPIRED)
                return
            case Fault.FORGOTTEN:
                _answer(own, 404, _FORGOTTEN)
                return
            case Fault.SLOW:
                threading.Event().wait(SLOW_S)
            case Fault.CUT:
                self._send_half(own, body)
                _reset(own)
                return
            case Fault.LOST:
                self._passed_on(own, body)
                _reset(own)
                return
        status, headers, content = self._passed_on(own, body)
        own.send_response(status)
        for name, value in headers:
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                own.send_header(name, value)
        length = dict(headers).get("Content-Length") if own.command == "HEAD" else None
        own.send_header("Content-Length", length or str(len(content)))
        own.end_headers()
        own.wfile.write(content)

    def _passed_on(
        self, own: BaseHTTPRequestHandler, body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=20)
        try:
            headers = dict(own.headers.items())
            connection.request(own.command, own.path, body=body or None, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except OSError:
            return 502, [], b""
        finally:
            connection.close()

    def _send_half(self, own: BaseHTTPRequestHandler, body: bytes) -> None:
        lines = [f"{own.command} {own.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in own.headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        with socket.create_connection(("127.0.0.1", self.upstream), 5) as upstream:
            upstream.sendall(head + body[: len(body) // 2])


def _answer(own: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    own.send_response(status)
    own.send_header("Content-Length", str(len(body)))
    own.end_headers()
    if own.command != "HEAD":
        own.wfile.write(body)


def _reset(own: BaseHTTPRequestHandler) -> None:
    own.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    own.close_connection = True
    own.connection.close()
