"""The backend `openrouter` in front of a server with a script, and a gate that writes down."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from ocrqueue.backends.openrouter.backend import OpenRouter
from ocrqueue.model.errors.page import PageError
from ocrqueue.model.page import ImageMode, PageImage, Reply
from ocrqueue.settings.engines import OpenRouterSettings
from tests.support import fault_server as fs
from tests.support.fault_server import Answer, FaultServer
from tests.support.gates import OpenGate

KEY = "sk-or-v1-canary0canary0canary0"
FIRST, SECOND = "maker/first", "maker/second"
TEXT = "# A page\n\nof text."
GOOD = fs.page(TEXT)
FREE = fs.page(TEXT, cost=None)  # of a server of one's own
COST = 1200  # micro-USD, as `used` tells it
LOOP = "the quick brown fox jumps over the lazy dog and nobody knows why it did. "

Start = Callable[..., "Run"]


def picture(*, ink: float = 0.1, width: int = 80, height: int = 100) -> PageImage:
    """Return coloured pixels."""
    pixels = bytes(range(256)) * (width * height * 3 // 256 + 1)
    return PageImage(
        width=width,
        height=height,
        mode=ImageMode.RGB,
        pixels=pixels[: width * height * 3],
        dpi=100,
        ink=ink,
    )


def candidate(url: str, **options: Any) -> OpenRouterSettings:
    """Return two models of a service on this machine that passes for OpenRouter."""
    known: dict[str, Any] = {
        "base_url": url,
        "api": "openrouter",
        "fallbacks": SECOND,
        "prices": f"{FIRST}=0.25/1.50, {SECOND}=0.1/0.4",
        "idle_s": 5.0,
    }
    known |= {"model": FIRST, "max_tokens": 2000}
    return OpenRouterSettings(**(known | options))


@dataclass
class Run:
    """A backend in front of a server with a script."""

    server: FaultServer
    gate: OpenGate = field(default_factory=OpenGate)
    naps: list[float] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def asked(self) -> str:
        """Which models were asked, in order: 1 or 2."""
        numbers = {FIRST: "1", SECOND: "2"}
        return "".join(numbers[request.json["model"]] for request in self.server.posts)

    def made(self) -> OpenRouter:
        """Return a backend that waits for nothing, and writes down what it would have waited."""
        chosen = candidate(self.server.url, **self.options)
        backend = OpenRouter(chosen, nap=self.naps.append, chance=lambda: 1.0)
        backend.use_gate(self.gate)
        return backend

    def read(self, image: PageImage | None = None, seconds: float = 60.0) -> Reply:
        """Read one page."""
        backend = self.made()
        try:
            deadline = time.monotonic() + seconds
            return backend.page_to_markdown(image or picture(), deadline=deadline, page=7)
        finally:
            backend.close()


class Runs:
    """Starts runs, and ends their servers."""

    def __init__(self) -> None:
        self._servers: list[FaultServer] = []

    def __call__(self, *answers: Answer, **options: Any) -> Run:
        """Start a server with a script."""
        self._servers.append(FaultServer(answers))
        return Run(server=self._servers[-1], options=options)

    def end(self) -> None:
        """End all servers."""
        for server in self._servers:
            server.end()


def failure_of(backend: OpenRouter) -> PageError:
    with pytest.raises(PageError) as caught:
        backend.page_to_markdown(picture(), deadline=time.monotonic() + 60)
    return caught.value


def page_of(backend: OpenRouter) -> str | None:
    """Return which model read a page."""
    return backend.page_to_markdown(picture(), deadline=time.monotonic() + 60).model
