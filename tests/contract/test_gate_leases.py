"""Slots, leases, rate and pauses of a pool's gate, against a real server."""

from redis import Redis

from ocrqueue.broker.gate import SharedGate
from ocrqueue.model.gate import Lease, Wait, Why
from ocrqueue.model.money import Limits
from tests.support.servers import wait_until
from tests.support.shared_gate import LEASES, MODEL, POOL, Open, clock_ms, lease, run_out, spent

# Slots and leases


def test_no_more_requests_than_slots(opened: Open) -> None:
    """The limit holds over all processes; a settled request frees its slot."""
    limits = Limits(requests=2)
    first, second = opened(limits=limits), opened(limits=limits)
    one, _ = lease(first), lease(second)
    assert first.admit(1, MODEL) == Wait(seconds=0.5, why=Why.BUSY)
    first.settle(one, None)
    lease(second)


def test_a_lease_is_renewed_until_it_is_settled(opened: Open, client: Redis) -> None:
    """A request may last longer than its lease: it is renewed; afterwards it is not."""
    gate = opened(limits=Limits(requests=1, lease_s=1.5))
    one = lease(gate)
    first = client.zscore(LEASES, one.id)
    assert isinstance(first, float)
    wait_until(lambda: (client.zscore(LEASES, one.id) or 0) > first + 900, "it was renewed twice")
    assert isinstance(gate.admit(1, MODEL), Wait)

    gate.settle(one, 5)

    assert not gate.renew(one)
    assert client.zcard(LEASES) == 0


def test_what_a_dead_process_held_is_spent(opened: Open, client: Redis) -> None:
    """Out of its lease, a request frees its slot, and the most it can cost is spent."""
    gate = opened(limits=Limits(requests=1))
    one = lease(gate, 700)
    run_out(client, one)
    assert not gate.renew(one)
    assert spent(gate) == [(700, 0)] * 3
    lease(gate, 1)


def test_a_late_cost_corrects_what_was_presumed(gate: SharedGate, client: Redis) -> None:
    """A process that slept past its lease can still say what its request has cost."""
    one, other = lease(gate, 700), lease(gate, 50)
    run_out(client, one, other)
    assert spent(gate) == [(750, 0)] * 3
    gate.settle(one, 200)
    gate.settle(one, 200)
    gate.settle(other, None)
    assert spent(gate) == [(250, 0)] * 3


def test_a_lease_from_before_the_clock_was_put_back(opened: Open, client: Redis) -> None:
    """A lease that seems to last for hours was given by a wrong clock, and has run out."""
    gate = opened(limits=Limits(requests=1))
    one = lease(gate)
    client.zadd(LEASES, {one.id: clock_ms(client) + 3_600_000})
    lease(gate)
    assert spent(gate) == [(100, 100)] * 3


def test_an_admission_whose_answer_got_lost(gate: SharedGate) -> None:
    """The same request asked again, because the connection broke, is held once."""
    same = ("id-1", MODEL, "run-1", 100, 1000, "", "", 1, 1_000_000, 30_000)
    assert [gate._ask("admit", *same) for _ in range(2)] == [[b"go", 0], [b"go", 0]]
    assert spent(gate) == [(0, 100)] * 3


# Rate


def test_requests_leave_at_their_pace(opened: Open, client: Redis) -> None:
    """Requests leave evenly, whichever process asks."""
    limits = Limits(requests=99, per_minute=1200)  # every 50 ms
    gates = [opened(limits=limits) for _ in range(3)]
    began = clock_ms(client)
    for number in range(9):
        wait_until(lambda n=number: isinstance(gates[n % 3].admit(1, MODEL), Lease), "its turn")  # type: ignore[misc]
    assert clock_ms(client) - began > 8 * 50 - 1


def test_who_comes_too_early_is_told_when_to_come(opened: Open) -> None:
    """The answer says when the next request may leave; asking costs no turn."""
    gate = opened(limits=Limits(requests=9, per_minute=1))
    lease(gate)
    for _ in range(3):
        waits = gate.admit(1, MODEL)
        assert isinstance(waits, Wait)
        assert waits.why is Why.RATE
        assert 50 < waits.seconds <= 60


def test_a_pace_from_before_the_clock_was_put_back(opened: Open, client: Redis) -> None:
    """A turn that seems to be hours away was given by a wrong clock, and has come."""
    gate = opened(limits=Limits(requests=9, per_minute=1))
    client.hset(POOL, "next_us", int((clock_ms(client) + 1e9) * 1000))
    lease(gate)
    waits = gate.admit(1, MODEL)
    assert isinstance(waits, Wait)
    assert 50 < waits.seconds <= 60


# Pause


def test_a_pause_holds_for_the_whole_pool(opened: Open) -> None:
    """Nobody is let out until the longest of all pauses is over."""
    first, second = opened(), opened(run="run-2")
    first.pause(60, "rate_limit_exceeded")
    first.pause(1, "provider_overloaded")
    second.pause(-3, "nonsense")
    second.pause(float("nan"), "nonsense")
    waits = second.admit(1, MODEL)
    assert isinstance(waits, Wait)
    assert waits.why is Why.PAUSED
    assert 50 < waits.seconds <= 60
    assert first.state().why == "rate_limit_exceeded"


def test_a_pause_ends_by_itself(gate: SharedGate) -> None:
    """Requests leave again when the pause is over."""
    gate.pause(0.05, "soon")
    wait_until(lambda: isinstance(gate.admit(1, MODEL), Lease), "the pause is over")


def test_no_pause_is_endless(gate: SharedGate, client: Redis) -> None:
    """A service that asks for years gets a day; a pause by a wrong clock counts for nothing."""
    gate.pause(1e12, "x" * 1000)
    assert 86_000 < gate.state().paused_s <= 86_400
    assert len(gate.state().why) == 100
    client.hset(POOL, "pause_until", int(clock_ms(client) + 1e9))
    lease(gate)


def test_a_service_that_bears_less_gets_less(opened: Open, client: Redis) -> None:
    """Half as many requests leave after such a pause, however many have asked for it at once."""
    gate = opened(limits=Limits(requests=8))
    under_way = [lease(gate) for _ in range(6)]
    for one in under_way:
        gate.pause(60, "in_flight_budget_exhausted", fewer=True)
        gate.settle(one, 0)
    assert client.hget(POOL, "slots") == b"3"
    client.hset(POOL, "pause_until", 1)
    for _ in range(3):
        lease(gate)
    assert isinstance(gate.admit(1, MODEL), Wait)
    client.hset(POOL, "slots_until", 1)
    for _ in range(8 - 3):
        lease(gate)
    assert isinstance(gate.admit(1, MODEL), Wait)


def test_a_pause_from_before_the_clock_was_put_back(gate: SharedGate, client: Redis) -> None:
    """It lasts no longer than was asked for: three hours more of it were the clock's."""
    gate.pause(20, "patience")
    assert 19 < gate.state().paused_s <= 20
    client.hset(POOL, "pause_until", int(clock_ms(client) + 3 * 3_600_000))

    assert gate.state().paused_s == 0
    lease(gate)
