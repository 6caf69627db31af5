"""The way to a server: names that nobody knows, proxies, and what has left when it ends early."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ocrqueue.backends.openrouter import failure, service
from ocrqueue.backends.openrouter.client import Client
from ocrqueue.backends.openrouter.failure import Failure
from ocrqueue.backends.openrouter.response import Completion
from ocrqueue.settings.engines import OpenRouterSettings
from ocrqueue.settings.secrets import proxy
from tests.support import fault_server as fs
from tests.support.fault_server import Answer, FaultServer, Move
from tests.support.remote import FREE, GOOD, TEXT, Runs

FAR = "https://reader.example/v1"


@pytest.fixture
def silent_resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A system whose resolver does not answer."""
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(60) and [])
    yield
    over.set()


def asked(
    url: str, seconds: float = 20.0, leaves: Callable[[], None] = lambda: None, **given: Any
) -> Completion | Failure:
    """Return what a server says to an empty request."""
    there = service.read(OpenRouterSettings(base_url=url, api="plain", **given))
    client = Client(there, None, there.proxy)
    try:
        return client.ask(b"{}", time.monotonic() + seconds, leaves)
    finally:
        client.close()


@pytest.mark.usefixtures("silent_resolver")
def test_a_name_is_looked_up_within_the_pages_time() -> None:
    """The system would try for half a minute; the page has not left, and is not to blame."""
    left: list[bool] = []
    began = time.monotonic()
    told = asked(FAR, 0.2, lambda: left.append(True))

    assert told is failure.NO_CONNECTION
    assert time.monotonic() - began < 5
    assert left == []


def test_the_next_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a name has an address of a kind that the network does not carry."""
    with FaultServer([GOOD]) as server, socket.create_server(("127.0.0.1", 0)) as closed:
        dead = closed.getsockname()[1]
        closed.close()
        known = [(2, 1, 6, "", ("127.0.0.2", dead)), (2, 1, 6, "", ("127.0.0.1", server.port))]
        with monkeypatch.context() as two:
            two.setattr(socket, "getaddrinfo", lambda *_, **__: known)
            told = asked(f"http://localhost:{server.port}/v1")

    assert isinstance(told, Completion)
    assert told.text == TEXT


def test_pages_go_through_the_proxy_that_is_named_and_no_other(
    run: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of the environment only where the settings say so; a server of this machine by none."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with FaultServer([fs.plain(407, b"")]) as way:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@127.0.0.1:{way.port}")
        here = run(FREE, api="plain", prices="", fallbacks="", proxy="environment")
        assert here.read().text == TEXT
        assert way.requests == []

        assert asked(FAR, proxy="environment") is failure.NO_PROXY
        (request,) = way.requests
        assert request.line == "CONNECT reader.example:443 HTTP/1.1"
        assert request.headers["proxy-authorization"] == "Basic bWU6c2VjcmV0"

        with monkeypatch.context() as nowhere:
            nowhere.setattr(socket, "getaddrinfo", lambda *_, **__: [])
            assert asked(FAR) is failure.NO_CONNECTION
        assert len(way.requests) == 1


@pytest.mark.parametrize("spelled", ["proxy:3128", "socks5://x:1", "http://:1", "http://x/path"])
def test_a_proxy_that_is_none_is_refused(spelled: str) -> None:
    """Without repeating it: it may hold a password."""
    with pytest.raises(ValueError, match="no address such as") as caught:
        proxy(f"{spelled}")

    assert spelled not in str(caught.value)
    assert "secret" not in repr(proxy("http://me:secret@x:1"))


@pytest.mark.parametrize(
    ("answer", "left"),
    [(Answer(moves=[Move.CLOSE]), True), (GOOD, True), (None, False)],
    ids=["broken off", "answered", "nobody listens"],
)
def test_a_page_has_left_once_its_bytes_are_under_way(answer: Answer | None, *, left: bool) -> None:
    """What comes after that does not matter; before it nothing was told to anybody."""
    heard: list[bool] = []
    with FaultServer([answer or GOOD]) as server:
        if answer is None:
            server.end()
        asked(server.url, leaves=lambda: heard.append(True))

    assert bool(heard) is left
