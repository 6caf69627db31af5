"""When a text is due that somebody is to be told, by the server's clock."""

import time

import pytest
from fakeredis import FakeRedis, FakeServer
from redis import Redis

from ocrqueue.broker import keys, outbox, scripts


@pytest.fixture
def client() -> Redis:
    """A server of this process, whose clock is ours."""
    return FakeRedis(server=FakeServer())


def due_in(client: Redis, text: str) -> float:
    """Return in how many seconds a text is due."""
    due_ms = client.zscore(keys.outbox(), text)
    assert isinstance(due_ms, float)
    return due_ms / 1000 - time.time()


def test_a_text_waits_as_long_as_it_was_told(client: Redis) -> None:
    """In seconds, from when it is put in, lent, or put off; nobody borrows it before."""
    scripts.add_events(client, [("now", 0.0), ("later", 900.0)])
    assert due_in(client, "now") == pytest.approx(0, abs=60)
    assert due_in(client, "later") == pytest.approx(900, abs=60)

    loan = outbox.take(client, lease_s=300)

    assert loan is not None
    assert loan.text == "now"
    assert due_in(client, "now") == pytest.approx(300, abs=60)
    assert outbox.take(client, lease_s=300) is None
    outbox.put_off(client, loan, "it answered 500", wait_s=600)
    assert due_in(client, "now") == pytest.approx(600, abs=60)
    assert outbox.state(client) == outbox.Untold(waiting=2, why="it answered 500")


def test_who_was_too_slow_ends_no_loan_of_another(client: Redis) -> None:
    """It was lent to somebody else by then, who may be telling it."""
    scripts.add_events(client, [("text", 0.0)])
    slow = outbox.take(client, lease_s=-1)
    other = outbox.take(client, lease_s=300)
    assert slow is not None
    assert other is not None

    outbox.told(client, slow)
    assert outbox.state(client).waiting == 1
    outbox.told(client, other)
    assert outbox.state(client).waiting == 0
