"""What a pool's gate knows of models that fail, against a real server."""

import pytest
from redis import Redis

from ocrqueue.broker.gate import SharedGate
from ocrqueue.model.gate import Lease, Refused, Why
from ocrqueue.model.money import Limits
from tests.support.servers import wait_until
from tests.support.shared_gate import FRAGILE, MODEL, POOL, Open, clock_ms, lease, run_out

# Models


def test_a_failing_model_is_left_alone(opened: Open, client: Redis) -> None:
    """After so many failures a model is refused to all; others are not, nor after a success."""
    first, second = opened(limits=Limits(requests=9, fails=3)), opened()
    for word in (first.fail, first.fail, first.ok, first.fail, first.fail):
        word(MODEL)
    lease(second)

    first.fail(MODEL)

    assert second.admit(1, MODEL) == Refused(why=Why.MODEL)
    assert 0 < left_alone_s(client) <= 60
    lease(second, model="other")


def test_failures_are_forgotten_after_a_quiet_time(opened: Open, client: Redis) -> None:
    """Failures far apart do not add up."""
    gate = opened(limits=Limits(requests=9, fails=2, fails_within_s=0.03))
    gate.fail(MODEL)
    wait_until(lambda: not client.exists(f"{POOL}:model:{MODEL}"), "the failure is forgotten")
    gate.fail(MODEL)
    lease(gate)


def test_one_request_tries_whether_the_model_is_back(opened: Open, client: Redis) -> None:
    """Exactly one is let out after the time; its success lets all out again."""
    gates = [broken(opened, client), *(opened(limits=FRAGILE) for _ in range(3))]
    probes = [admitted for gate in gates for admitted in [gate.admit(1, MODEL)]]
    assert [type(answer) for answer in probes] == [Lease, Refused, Refused, Refused]
    assert left_alone_s(client) < 0

    assert isinstance(probes[0], Lease)
    gates[0].settle(probes[0], 0)
    gates[0].ok(MODEL)

    for gate in gates:
        lease(gate)


def test_a_probe_that_fails_bars_the_model_again(opened: Open, client: Redis) -> None:
    """One failure of the probe is enough; after the time another one tries."""
    other, gate = broken(opened, client), opened(limits=Limits(requests=9, fails=9))
    probe = lease(gate)
    gate.fail(MODEL)
    gate.settle(probe, 0)
    assert other.admit(1, MODEL) == Refused(why=Why.MODEL)
    assert left_alone_s(client) > 0
    let_it_be_tried(client)
    lease(other)
    assert gate.admit(1, MODEL) == Refused(why=Why.MODEL)


@pytest.mark.parametrize("ends", ["dies", "says nothing"])
def test_a_probe_that_tells_nothing_is_followed(opened: Open, client: Redis, ends: str) -> None:
    """A probe whose process died, or that failed for another reason, makes way for the next."""
    gate, other = broken(opened, client), opened(limits=FRAGILE)
    probe = lease(gate)
    if ends == "dies":
        run_out(client, probe)
    else:
        gate.settle(probe, 0)
    lease(other)
    assert isinstance(gate.admit(1, MODEL), Refused)


def test_a_late_word_about_a_barred_model_does_not_count(opened: Open, client: Redis) -> None:
    """Only the probe's word counts while a model is barred, not that of an older request."""
    old = opened(limits=FRAGILE)
    lease(old)
    probing = broken(opened, client)
    lease(probing)
    old.ok(MODEL)
    old.fail(MODEL)
    assert isinstance(old.admit(1, MODEL), Refused)
    assert left_alone_s(client) < 0


def test_a_model_is_left_alone_for_a_time(opened: Open) -> None:
    """The model is tried again after the time that was set, without anybody's doing."""
    gate = opened(limits=Limits(requests=9, fails=1, open_s=0.05))
    gate.fail(MODEL)
    wait_until(lambda: isinstance(gate.admit(1, MODEL), Lease), "the time is over")


def broken(opened: Open, client: Redis) -> SharedGate:
    """Return a gate whose next request to the model, which failed, is the probe."""
    gate = opened(limits=FRAGILE)
    gate.fail(MODEL)
    gate.fail(MODEL)
    let_it_be_tried(client)
    return gate


def left_alone_s(client: Redis) -> float:
    """Return for how long the model is left alone still; below 0: one request may try it."""
    until_ms = client.hget(f"{POOL}:model:{MODEL}", "open_until") or 0
    return (float(until_ms) - clock_ms(client)) / 1000


def let_it_be_tried(client: Redis) -> None:
    """Let the time be over for which the model is left alone."""
    client.hset(f"{POOL}:model:{MODEL}", "open_until", 1)
