"""Which model of a pool is asked, and which one rests: over real sockets."""

import time
from contextlib import suppress
from dataclasses import replace

import pytest
from redis import Redis

from ocrqueue.backends.openrouter.backend import OpenRouter
from ocrqueue.broker.gate import SharedGate
from ocrqueue.model.errors.page import PoolPaused, PoolStopped, RequestRejected
from ocrqueue.model.gate import Admission, Wait, Why
from ocrqueue.model.money import Caps, Limits
from tests.support import fault_server as fs
from tests.support.fault_server import Answer, FaultServer, error
from tests.support.gates import OpenGate
from tests.support.remote import (
    FIRST,
    GOOD,
    SECOND,
    Run,
    Runs,
    candidate,
    failure_of,
    page_of,
    picture,
)


class Pausing(OpenGate):
    """A gate that keeps its pauses, by a clock that only naps and the test put forward."""

    now, until = 0.0, 0.0

    def nap(self, seconds: float) -> None:
        self.now += seconds

    def pause(self, seconds: float, why: str, *, fewer: bool = False) -> None:
        super().pause(seconds, why, fewer=fewer)
        self.until = max(self.until, self.now + seconds)

    def admit(self, estimate_micro_usd: int, model: str) -> Admission:
        if self.until > self.now:
            return Wait(seconds=self.until - self.now, why=Why.PAUSED)
        return super().admit(estimate_micro_usd, model)


class ByModel(FaultServer):
    """Answers each model in its own way."""

    def __init__(self, first: Answer) -> None:
        self.first = first
        super().__init__()

    def _next(self, request: fs.Request) -> Answer:
        if request.line.startswith("GET"):
            return super()._next(request)
        return self.first if request.json["model"] == FIRST else GOOD


def test_pages_do_not_wait_for_a_model_that_is_always_busy(run: Runs) -> None:
    """It rests while the others read, also where its pauses send each page back to the queue."""
    del run  # it set the key
    gate = Pausing()
    with ByModel(error(503, headers={"retry_after": "100"})) as server:
        chosen = candidate(server.url)
        backend = OpenRouter(chosen, nap=gate.nap, clock=lambda: gate.now)
        backend.use_gate(gate)
        here = Run(server=server)

        for gate.now in (0.0, 100.0):  # once may happen; the second time counts
            assert isinstance(failure_of(backend), PoolPaused)
        assert (here.asked, gate.failed) == ("11", [FIRST])
        for gate.now in (200.0, 499.0):
            assert page_of(backend) == SECOND
        gate.now = 501.0
        assert isinstance(failure_of(backend), PoolPaused)
        gate.now = 601.0
        assert page_of(backend) == SECOND
        assert (here.asked, gate.failed) == ("112212", [FIRST, FIRST])

        server.first = GOOD
        gate.now = 902.0
        assert page_of(backend) == FIRST
        server.first = error(503)
        assert page_of(backend) == SECOND
        backend.close()
    assert here.asked == "1122121112"


def test_the_pool_hears_of_a_model_that_is_always_busy(run: Runs, client: Redis) -> None:
    """Another worker, which never met it, passes it by."""
    del run  # it set the key
    limits, caps = Limits(requests=8, fails=1), Caps.of_usd(run=1.0)
    with ByModel(error(503, headers={"retry_after": "0"})) as server:
        for _ in range(2):
            backend = OpenRouter(candidate(server.url))
            gate = SharedGate(client, pool="openrouter", run="r", limits=limits, caps=caps)
            backend.use_gate(gate)
            assert page_of(backend) == SECOND
            backend.close()

        assert Run(server=server).asked == "1122"


def test_what_is_listed_holds_for_a_day(run: Runs) -> None:
    """A page that fails by itself is no reason to list again."""
    now = [0.0]
    here = run(error(400), GOOD)
    backend = OpenRouter(candidate(here.server.url), clock=lambda: now[0])
    backend.use_gate(here.gate)

    for now[0] in (0.0, 3600.0, 86401.0):
        with suppress(RequestRejected):
            backend.page_to_markdown(picture(), deadline=time.monotonic() + 60)
    backend.close()
    assert len(here.server.requests) - len(here.server.posts) == 2


LISTED = {
    "data": [
        {
            "id": FIRST,
            "pricing": {"prompt": "0.0000005", "completion": "0.000002", "request": "0.001"},
            "architecture": {"input_modalities": ["text", "image"]},
            "reasoning": {"supported_efforts": ["high", "low", "none"], "mandatory": True},
        },
        {
            "id": SECOND,
            "pricing": {"prompt": "0.0000001", "completion": "0.000004"},
            "architecture": {"input_modalities": ["text"]},
        },
    ]
}


def test_models_are_checked_against_the_list(run: Runs) -> None:
    """Once: price, image input, the least reasoning; without a key, which it does not need."""
    here = run(error(404), fallbacks=f"{SECOND}, maker/gone")
    here.server.told["/models"] = fs.as_json(200, LISTED)
    backend = here.made()
    told, again = (str(failure_of(backend)) for _ in range(2))
    backend.close()

    assert told == again
    assert f"{SECOND} takes no images" in told
    assert "maker/gone is not among the models of 127.0.0.1" in told
    listing, asked = here.server.requests
    assert (listing.line.split()[1], "authorization" in listing.headers) == ("/v1/models", False)
    assert asked.json["reasoning"] == {"effort": "low", "exclude": True}
    assert here.gate.admitted[0][0] > 1000  # the fee of each request as well


def test_a_model_that_became_dearer_is_not_asked(run: Runs) -> None:
    """What the list says wins over what the configuration says."""
    here = run(GOOD, fallbacks="", max_price="0.4/3")
    here.server.told["/models"] = fs.as_json(200, LISTED)

    with pytest.raises(PoolStopped, match="costs more than `max_price`"):
        here.read()
    assert not here.server.posts


def test_a_page_is_to_blame_once_others_were_read(run: Runs) -> None:
    """Before that the same words may be about all pages: nothing is lost, and the pool stops."""
    here = run(error(400), GOOD, error(400), fallbacks="")
    fresh, backend = here.made(), here.made()

    assert isinstance(failure_of(fresh), PoolStopped)
    assert page_of(backend) == FIRST
    assert isinstance(failure_of(backend), RequestRejected)
    fresh.close()
    backend.close()


def test_pages_in_a_row_are_not_to_blame(run: Runs) -> None:
    """Only the first that is rejected is; before the next one something must have been read."""
    here = run(GOOD, *[error(400)] * 3, GOOD, error(400), fallbacks="")
    backend = here.made()
    page_of(backend)
    first, *others = [type(failure_of(backend)) for _ in range(3)]
    page_of(backend)

    assert first is RequestRejected
    assert others == [PoolStopped] * 2
    assert isinstance(failure_of(backend), RequestRejected)
    backend.close()


def test_one_page_strikes_no_model_off(run: Runs) -> None:
    """A model that rejects its first page is asked for the next; another one reads the first."""
    here = run(error(400), GOOD, GOOD)
    backend = here.made()

    assert (page_of(backend), page_of(backend)) == (SECOND, FIRST)
    backend.close()


@pytest.mark.parametrize(
    ("reply", "naps", "temperature"),
    [("", [2.0], 0.0), ("<table><tr><td>1", [], 0.3)],
    ids=["empty", "torn"],
)
def test_a_reply_that_is_none_is_asked_for_again(
    run: Runs, reply: str, naps: list[float], temperature: float
) -> None:
    """An empty one later, as services start cold; a torn one at once, and otherwise."""
    here = run(fs.page(reply), GOOD)
    here.read()

    assert here.naps == naps
    assert [request.json["temperature"] for request in here.server.posts] == [0.0, temperature]


def test_the_next_document_asks_in_its_own_way(run: Runs) -> None:
    """What is asked, and for how much text, changes with the document; the server does not."""
    here = run(GOOD, GOOD)
    backend = here.made()
    page_of(backend)
    backend.obey(replace(candidate(here.server.url), prompt="Read it aloud.", max_tokens=77))
    page_of(backend)
    backend.close()

    first, second = (request.json for request in here.server.posts)
    assert ("Read it aloud." in str(first), "Read it aloud." in str(second)) == (False, True)
    assert (first["max_tokens"], second["max_tokens"]) == (2000, 77)
