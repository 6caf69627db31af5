"""How far a model is with the page in hand: written by its worker once a second, for people only.

A thread of its own writes, through a client that gives up at once: a server that is away, or that
hangs, never keeps the model waiting.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ocrqueue.broker import keys, unpacking
from ocrqueue.broker.connection import Client, Unreachable, text

TELL_S = 1.0
KEPT_S = 10  # what nobody renews is old


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How far a page is."""

    document: str  # its id
    page: int
    tokens: int
    tokens_per_s: float
    first_token_s: float = 0.0  # before the first of them; 0: not known


class Teller:
    """Writes what it is told last; nothing runs before it is told something."""

    def __init__(self, client: Client, worker: str) -> None:
        """Keep the client, which is to fail at once where the server is away."""
        self._client = client
        self._key = keys.progress(worker)
        self._told: Told | None = None
        self._news = threading.Event()
        self._thread: threading.Thread | None = None

    def tell(self, told: Told) -> None:
        """Note how far the page is; costs next to nothing."""
        self._told = told
        self._news.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True, name="teller")
            self._thread.start()

    def _run(self) -> None:
        while True:
            self._news.wait()
            self._news.clear()
            if self._told is not None:
                self._write(self._told)
            time.sleep(TELL_S)

    def _write(self, told: Told) -> None:
        fields: Mapping[Any, Any] = {
            "document": told.document,
            "page": told.page,
            "tokens": told.tokens,
            "tokens_per_s": round(told.tokens_per_s, 1),
            "first_token_s": round(told.first_token_s, 1),
        }
        try:
            with self._client.pipeline() as pipe:
                pipe.hset(self._key, mapping=fields)
                pipe.expire(self._key, KEPT_S)
                pipe.execute()
        except Unreachable:
            return  # the next second brings news


def read(fields: Mapping[bytes, bytes]) -> Told:
    """Return what a worker wrote; no tokens where there is nothing, or nothing of ours."""
    known = {text(key): text(value) for key, value in fields.items()}
    return Told(
        document=known.get("document", ""),
        page=unpacking.number(known.get("page")),
        tokens=unpacking.number(known.get("tokens")),
        tokens_per_s=unpacking.decimal(known.get("tokens_per_s")),
        first_token_s=unpacking.decimal(known.get("first_token_s")),
    )
