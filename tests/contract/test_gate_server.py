"""A pool's gate on a server that is away, full or was emptied, and anything in any order."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis import Redis

from ocrqueue.broker.connection import connect_watcher
from ocrqueue.broker.gate import AWAY_S, SharedGate
from ocrqueue.model.gate import Gate, Lease, Wait, Why
from ocrqueue.model.money import Caps, Limits, OverBudget, PoolState
from tests.support.servers import Server, serve, wait_until
from tests.support.shared_gate import DOLLAR, LEASES, MODEL, PLENTY, lease, run_out, spent

# The server


def test_it_is_the_gate_that_clients_expect(gate: SharedGate) -> None:
    """It has all methods of the seam."""
    seam: Gate = gate
    assert isinstance(seam.admit(0, MODEL), Lease)


def test_the_server_forgets_its_scripts(gate: SharedGate, client: Redis) -> None:
    """SCRIPT FLUSH between two calls goes unnoticed."""
    one = lease(gate)
    client.script_flush()
    gate.settle(one, 10)
    assert spent(gate) == [(10, 0)] * 3


def test_nothing_stays_for_ever(gate: SharedGate, client: Redis) -> None:
    """Once nothing is under way, everything that is left expires."""
    one, other = lease(gate), lease(gate)
    gate.settle(one, 1)
    gate.settle(other, None)
    gate.pause(1, "why")
    gate.fail(MODEL)
    assert [key for key in client.keys("*") if client.ttl(key) < 0] == []
    client.flushall()
    gate.raise_caps(Caps(run=1, day=1, month=1))
    assert [key for key in client.keys("*") if client.ttl(key) < 0] == []


@pytest.fixture
def own() -> Iterator[Server]:
    """A server of the test's own, which may be killed and filled."""
    with serve() as server:
        yield server


def test_a_server_that_is_away_lets_nothing_out(
    own: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a server nothing is admitted, and what was admitted ends well; its books are kept."""
    with connect_watcher(own.url) as client:
        gate = SharedGate(client, pool="openrouter", run="run-1", limits=PLENTY, caps=DOLLAR)
        known, unknown = lease(gate, 700), lease(gate, 50)
        wait_until(lambda: not client.info("persistence")["aof_buffer_length"], "both are written")
        own.kill()
        assert gate.admit(0, MODEL) == Wait(seconds=AWAY_S, why=Why.CLOSED)
        gate.settle(unknown, 10)
        gate.pause(60, "lost")
        assert not gate.renew(known)
        assert caplog.text.count("gate.unheard") == 3
        own.start()
        assert spent(gate) == [(0, 750)] * 3
        gate.settle(known, 300)
        run_out(client, unknown)
        assert spent(gate) == [(350, 0)] * 3


def test_a_server_that_is_full_lets_nothing_out(own: Server) -> None:
    """A server without memory admits nothing, but takes what was spent."""
    with own.client as client:
        gate = SharedGate(client, pool="openrouter", run="run-1", limits=PLENTY, caps=DOLLAR)
        one = lease(gate, 700)
        client.config_set("maxmemory", "1")
        assert gate.admit(0, MODEL) == Wait(seconds=AWAY_S, why=Why.CLOSED)
        gate.settle(one, 300)
        assert gate.admit(0, MODEL) == Wait(seconds=AWAY_S, why=Why.CLOSED)
        client.config_set("maxmemory", "0")
        assert spent(gate) == [(300, 0)] * 3


def test_what_the_server_lost_is_booked_all_the_same(gate: SharedGate, client: Redis) -> None:
    """A request whose hold was lost with the server's last second is booked once it is settled."""
    known, unknown = lease(gate, 700), lease(gate, 50)
    client.flushall()
    gate.settle(known, 300)
    gate.settle(known, 300)
    gate.settle(unknown, None)
    assert spent(gate) == [(350, 0)] * 3


@pytest.mark.parametrize("cost", [-1, 10**13])
def test_a_cost_beyond_reason_is_none(gate: SharedGate, cost: int) -> None:
    """A service that tells nonsense is booked with the most, not with the nonsense."""
    gate.settle(lease(gate), cost)
    assert spent(gate) == [(100, 0)] * 3


def test_an_estimate_beyond_reason_is_not_admitted(gate: SharedGate) -> None:
    """Whatever is estimated, no number gets past the cap."""
    assert isinstance(gate.admit(10**30, MODEL), OverBudget)
    with pytest.raises(ValueError, match="no estimate"):
        gate.admit(-1, MODEL)


# Anything in any order

CAPS = (300, 900, 2000)


class Spenders(RuleBasedStateMachine):
    """Processes that ask, spend, settle, settle again, sleep and die, under changing budgets."""

    client: Redis

    def __init__(self) -> None:
        super().__init__()
        self.client.flushall()
        make = {"pool": "openrouter", "run": "run-1", "limits": Limits(requests=4)}
        self.gates = {cap: SharedGate(self.client, caps=Caps(day=cap), **make) for cap in CAPS}  # type: ignore[arg-type]
        self.leases: list[Lease] = []
        self.held: set[str] = set()
        self.counted: dict[str, int] = {}  # lease -> what is spent for it
        self.settled: set[str] = set()
        self.widest = 0

    @rule(cap=st.sampled_from(CAPS), estimate=st.integers(0, 400))
    def admit(self, cap: int, estimate: int) -> None:
        before = self.spent + self.holding
        answer = self.gates[cap].admit(estimate, MODEL)
        if isinstance(answer, Lease):
            assert len(self.held) < 4
            assert before + estimate <= cap
            self.leases.append(answer)
            self.held.add(answer.id)
            self.widest = max(self.widest, cap)
        elif isinstance(answer, OverBudget):
            assert self.spent + estimate > cap
        else:
            assert isinstance(answer, Wait)
            assert len(self.held) == 4 or before + estimate > cap

    @precondition(lambda self: self.leases)
    @rule(number=st.integers(0, 99), share=st.none() | st.integers(0, 100))
    def settle(self, number: int, share: int | None) -> None:
        """A request, of which others may have been told already, says what it cost."""
        one = self.leases[number % len(self.leases)]
        cost = None if share is None else one.estimate_micro_usd * share // 100
        self.gates[CAPS[0]].settle(one, cost)
        self.held.discard(one.id)
        if one.id not in self.settled:
            self.counted[one.id] = one.estimate_micro_usd if cost is None else cost
        if cost is not None:
            self.settled.add(one.id)

    @precondition(lambda self: self.held)
    @rule(number=st.integers(0, 99), score=st.sampled_from([1, 10**14]))
    def die(self, number: int, score: int) -> None:
        """A lease runs out, or the clock was put back."""
        held = [one for one in self.leases if one.id in self.held]
        dead = held[number % len(held)]
        self.client.zadd(LEASES, {dead.id: score})
        self.held.discard(dead.id)
        self.counted[dead.id] = dead.estimate_micro_usd

    @rule()
    def forget_the_scripts(self) -> None:
        self.client.script_flush()

    @property
    def spent(self) -> int:
        return sum(self.counted.values())

    @property
    def holding(self) -> int:
        return sum(x.estimate_micro_usd for x in self.leases if x.id in self.held)

    @invariant()
    def the_books_are_right(self) -> None:
        state: PoolState = self.gates[CAPS[0]].state()
        for window in state.windows:
            assert (window.spent_micro_usd, window.held_micro_usd) == (self.spent, self.holding)
        assert self.client.zcard(LEASES) == len(self.held)
        assert self.spent + self.holding <= self.widest


def test_anything_in_any_order(server: Server) -> None:
    """Whatever processes do, the books are right and no cap is ever overdrawn."""
    with server.client as client:
        machine = type("Pool", (Spenders,), {"client": client})
        chosen = settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
            print_blob=True,
        )
        run_state_machine_as_test(machine, settings=chosen)
