"""A pool of real processes that ask the gate, are billed, and die at random: `URL BOOK SEED`.

Each line of the book is written at once, whoever dies: what was billed is the truth that the gate's
own books are held against. One process imports everything and forks the others.
"""

import os
import random
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from ocrqueue.broker.connection import connect_watcher
from ocrqueue.broker.gate import SharedGate
from ocrqueue.model.gate import Lease, Wait
from ocrqueue.model.money import Caps, Limits, OverBudget

PROCESSES = 8
LEAST, MOST = 1_000, 5_000  # micro-USD a request may cost
DYING = 0.04  # chance at each of three moments
CAPS = Caps(run=400_000, day=600_000)
LIMITS = Limits(requests=4, lease_s=0.6)


@dataclass(slots=True)
class Spender:
    """One process of the pool."""

    url: str
    book: int
    chance: random.Random
    gate: SharedGate = field(init=False)

    def spend_all(self) -> None:
        """Ask and pay until nothing is left for the smallest request."""
        self.gate = open_gate(self.url)
        dearest = MOST
        while True:
            began, wish = time.monotonic(), self.chance.choice((LEAST, dearest))
            match self.gate.admit(wish, "model"):
                case Lease() as lease:
                    self._request(lease, began)
                case Wait() as wait:
                    threading.Event().wait(min(wait.seconds, 0.02))
                case OverBudget() if wish == LEAST:
                    return
                case OverBudget():
                    dearest = LEAST

    def _request(self, lease: Lease, began: float) -> None:
        """Let a request be billed for at most what was held, and perhaps die on the way."""
        self._write("begin", lease.id, began, time.monotonic())
        threading.Event().wait(self.chance.random() * 0.02)
        self._perhaps_die()
        cost = self.chance.randint(0, lease.estimate_micro_usd)
        self._write("billed", lease.id, cost)
        self._perhaps_die()
        self._write("end", lease.id, time.monotonic())
        self.gate.settle(lease, cost if self.chance.random() > DYING else None)
        self._perhaps_die()

    def _perhaps_die(self) -> None:
        if self.chance.random() < DYING:
            os.kill(os.getpid(), signal.SIGKILL)

    def _write(self, *words: object) -> None:
        os.write(self.book, (" ".join(map(str, words)) + "\n").encode())


def open_gate(url: str) -> SharedGate:
    return SharedGate(
        connect_watcher(url), pool="openrouter", run="run-1", limits=LIMITS, caps=CAPS
    )


def main(url: str, path: str, seed: str) -> None:
    """Keep so many spenders alive until all of them have found the purse empty."""
    book = os.open(Path(path), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    born = 0
    alive: set[int] = set()
    left = PROCESSES
    while left or alive:
        while len(alive) < left:
            born += 1
            alive.add(_fork(Spender(url, book, random.Random(f"{seed}-{born}"))))  # noqa: S311
        child, status = os.wait()
        alive.discard(child)
        if os.WIFSIGNALED(status):
            os.write(book, f"killed {child}\n".encode())
        else:
            left -= 1


def _fork(spender: Spender) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        spender.spend_all()
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    main(*sys.argv[1:])
