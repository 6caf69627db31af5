"""The books of a pool against those of a service that counts for itself."""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

from ocrqueue.backends.openrouter.backend import OpenRouter
from ocrqueue.broker.connection import connect_watcher
from ocrqueue.broker.gate import SharedGate
from ocrqueue.model.money import Caps, Limits
from tests.support.fault_server import DONE, Answer, FaultServer, chunked, said, used
from tests.support.remote import TEXT, Runs, candidate, picture
from tests.support.servers import Server

REQUESTS, WORKERS = 200, 4
IN, OUT = Fraction("0.25"), Fraction("1.50")  # of the first model, as `candidate` has it


class Teller:
    """An honest service: it charges by its price, and states that or leaves it to be counted."""

    def __init__(self) -> None:
        self.charged = Fraction(0)  # micro-USD
        self._chance = random.Random("books")  # noqa: S311

    def answers(self) -> Iterator[Answer]:
        for number in range(REQUESTS):
            tokens = self._chance.randint(900, 3000), self._chance.randint(50, 1500)
            cost = tokens[0] * IN + tokens[1] * OUT
            self.charged += cost
            stated = float(cost / 1_000_000) if number % 3 else None
            yield chunked(said(TEXT), said("", "stop"), used(*tokens, cost=stated), DONE)


def test_the_gates_books_agree_with_the_services(run: Runs, server: Server) -> None:
    """Within a hundredth over 200 requests of four workers, and never below what was charged."""
    del run  # it set the key
    teller = Teller()
    with FaultServer(teller.answers()) as service:

        def work(_: int) -> None:
            gate = SharedGate(
                connect_watcher(server.url),
                pool="openrouter",
                run="books",
                limits=Limits(requests=WORKERS),
                caps=Caps.of_usd(run=100),
            )
            backend = OpenRouter(candidate(service.url))
            backend.use_gate(gate)
            for _page in range(REQUESTS // WORKERS):
                backend.page_to_markdown(picture(), deadline=time.monotonic() + 60)
            backend.close()

        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(work, range(WORKERS)))
        assert len(service.posts) == REQUESTS

    watcher = connect_watcher(server.url)
    gate = SharedGate(
        watcher, pool="openrouter", run="books", limits=Limits(requests=1), caps=Caps()
    )
    booked = {(one.spent_micro_usd, one.held_micro_usd) for one in gate.state().windows}
    assert len(booked) == 1
    ((spent, held),) = booked
    assert held == 0
    assert teller.charged <= spent <= teller.charged * Fraction(101, 100)
