"""An HTTP server on a real socket that answers by a script: well, badly, slowly, or not at all.

Each POST takes the next answer of the script; the last one is repeated. What a library for servers
would never send is sent as raw bytes: short bodies, resets, cut chunks, one byte at a time.
"""

import json
import socket
import ssl
import struct
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from types import TracebackType
from typing import Any, Self

DRIP_S = 0.005  # between two pieces of an answer that drips
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: throw away what was not sent, and say so


class Move(Enum):
    """What a server may do besides sending bytes."""

    HANG = auto()  # say nothing more, until the other side goes
    RESET = auto()
    CLOSE = auto()
    DRIP = auto()  # a moment's pause


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is sent, piece by piece; the connection stays open after it."""

    moves: Sequence[bytes | Move]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was received."""

    line: str
    headers: dict[str, str]
    body: bytes = field(repr=False)
    connection: int

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class FaultServer:
    """Serves until it is left as a context."""

    def __init__(
        self, answers: Iterable[Answer] = (), *, tls: ssl.SSLContext | None = None
    ) -> None:
        """Listen; requests are taken from the start."""
        self.answers = list(answers)
        self.told: dict[str, Answer] = {}  # what GET answers, by path; else 404
        self.requests: list[Request] = []
        self.left = threading.Event()  # the other side has closed while we were still speaking
        self._tls = tls
        self._connections = 0
        self._taken = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._start(self._accept)

    @property
    def url(self) -> str:
        """What a `base_url` is to be."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/v1"

    @property
    def posts(self) -> list[Request]:
        """The requests that asked for a page."""
        return [request for request in self.requests if request.line.startswith("POST")]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def end(self) -> None:
        """Close everything; again is harmless."""
        self._closing.set()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 5).close()  # wakes up accept()
        self._socket.close()
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def _start(self, target: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # 40 ms a case
            if self._closing.is_set():
                connection.close()
                return
            self._connections += 1
            self._open.append(connection)
            self._start(self._serve, connection, self._connections)

    def _serve(self, connection: socket.socket, number: int) -> None:
        with suppress(OSError), connection:
            wrapped = (
                self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            )
            with wrapped:
                while request := _received(wrapped, number):
                    self.requests.append(request)
                    if not self._send(wrapped, self._next(request)):
                        return

    def _next(self, request: Request) -> Answer:
        if request.line.startswith("GET"):
            path = request.line.split()[1].removeprefix("/v1")
            return self.told.get(path) or plain(404, b"")
        with self._lock:
            answer = self.answers[min(self._taken, len(self.answers) - 1)]
            self._taken += 1
            return answer

    def _send(self, connection: socket.socket, answer: Answer) -> bool:
        """Send an answer; return whether the connection is still open."""
        try:
            for move in answer.moves:
                match move:
                    case bytes():
                        connection.sendall(move)
                    case Move.DRIP:
                        self._closing.wait(DRIP_S)
                    case Move.HANG:
                        _wait_for_end(connection)
                        self.left.set()
                        return False
                    case Move.RESET:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                        return False
                    case Move.CLOSE:
                        return False
        except OSError:
            self.left.set()
            return False
        return True


def head(status: int = 200, **headers: str) -> bytes:
    """Return the first lines of an answer; names of headers are given with underscores."""
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} X\r\n{named}\r\n".encode()


def plain(status: int, body: bytes, **headers: str) -> Answer:
    """Return an answer in one piece."""
    headers = {"content_type": "application/json", "content_length": str(len(body)), **headers}
    return Answer(moves=[head(status, **headers), body])


def as_json(status: int, wire: object, **headers: str) -> Answer:
    """Return an answer that is JSON."""
    return plain(status, json.dumps(wire).encode(), **headers)


def error(status: int, *, code: object = None, headers: Any = None, **metadata: object) -> Answer:
    """Return an error as OpenRouter writes it; `availability` stands beside its metadata."""
    availability = metadata.pop("availability", None)
    told: dict[str, object] = {"code": status if code is None else code, "message": "see below"}
    told |= {"metadata": metadata} if metadata else {}
    told |= {"availability": availability} if availability else {}
    return as_json(status, {"error": told}, **(headers or {}))


def chunked(*pieces: bytes | Move, status: int = 200, end: bool = True, **headers: str) -> Answer:
    """Return an answer in chunks, one for each piece; without `end` it is never told to be over."""
    headers = {"content_type": "text/event-stream", "transfer_encoding": "chunked", **headers}
    framed = [p if isinstance(p, Move) else b"%x\r\n%b\r\n" % (len(p), p) for p in pieces]
    return Answer(moves=[head(status, **headers), *framed, *([b"0\r\n\r\n"] if end else [])])


def event(wire: object) -> bytes:
    """Return one event of a stream."""
    return f"data: {json.dumps(wire)}\n\n".encode()


def said(text: str | None, finish: str | None = None) -> bytes:
    """Return the event that adds text."""
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": finish}
    return event({"id": "gen-1", "model": "m", "provider": "P", "choices": [choice]})


def used(prompt: int = 1000, completion: int = 100, cost: float | None = 0.0012) -> bytes:
    """Return the event that tells what an answer took."""
    usage = {"prompt_tokens": prompt, "completion_tokens": completion}
    return event(
        {"id": "gen-1", "choices": [], "usage": usage | ({} if cost is None else {"cost": cost})}
    )


DONE = b"data: [DONE]\n\n"


def page(
    text: str = "# A page\n\nof text.", *, finish: str = "stop", cost: float | None = 0.0012
) -> Answer:
    """Return a good answer, streamed; None: no cost is stated."""
    half = len(text) // 2
    return chunked(
        b": OPENROUTER PROCESSING\n\n",
        said(text[:half]),
        said(text[half:]),
        said("", finish),
        used(cost=cost),
        DONE,
    )


def whole(text: str | None = "# A page\n\nof text.", **choice: object) -> dict[str, Any]:
    """Return a good answer as one object."""
    first = {"finish_reason": "stop", "message": {"role": "assistant", "content": text}, **choice}
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "cost": 0.0012}
    return {"id": "gen-1", "model": "m", "choices": [first], "usage": usage}


def _received(connection: socket.socket, number: int) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    top, _, body = data.partition(b"\r\n\r\n")
    line, *rest = top.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (each.partition(":") for each in rest)
    }
    parts = [body]
    missing = int(headers.get("content-length", 0)) - len(body)
    while missing > 0:
        piece = connection.recv(65536)
        if not piece:
            return None
        parts.append(piece)
        missing -= len(piece)
    return Request(line=line, headers=headers, body=b"".join(parts), connection=number)


def _wait_for_end(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass
