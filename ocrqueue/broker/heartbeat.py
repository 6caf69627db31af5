"""The heartbeat of a worker: one thread for its whole life, that beats while a job is in hand.

A thread for each job would cost as much as a small page.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Pulse:
    """Calls `beat` every `beat_s()` seconds for the job in hand, never once it has been let go."""

    def __init__(self, beat: Callable[..., object], beat_s: Callable[[], float]) -> None:
        """Start nothing yet."""
        self._beat = beat
        self._beat_s = beat_s
        self._held: tuple[Any, ...] | None = None
        self._beating = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def holding(self, *job: Any) -> Iterator[None]:
        """Beat for the job, whatever describes it, until the block ends."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True, name="pulse")
            self._thread.start()
        self._held = job
        try:
            yield
        finally:
            self._held = None
            # A beat that has begun may end, but must not wait for a lost server for ever.
            if self._beating.acquire(timeout=self._beat_s()):
                self._beating.release()

    def _run(self) -> None:
        while True:
            time.sleep(self._beat_s())
            with self._beating:
                held = self._held
                if held is not None:
                    self._beat(*held)
