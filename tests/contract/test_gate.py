"""What the gate of a pool promises about money, rate, slots and models, against a real server."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

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

from ocrqueue.broker import keys
from ocrqueue.broker.connection import connect_watcher, text
from ocrqueue.broker.gate import AWAY_S, SCRIPT, SharedGate
from ocrqueue.model.gate import Gate, Lease, Refused, Wait, Why
from ocrqueue.model.money import Caps, Limits, OverBudget, PoolState
from tests.support.servers import Server, serve, wait_until

POOL = keys.gate("openrouter")
LEASES = f"{POOL}:leases"
MODEL = "qwen/qwen3-vl:free"
DOLLAR = Caps(run=1_000_000)
WINDOWS = ("run", "day", "month")
PLENTY = Limits(requests=99)
FRAGILE = Limits(requests=9, fails=2)

Open = Callable[..., SharedGate]


@pytest.fixture
def opened(client: Redis) -> Open:
    """Open the pool's gate as one more process would."""

    def make(caps: Caps = DOLLAR, limits: Limits = PLENTY, run: str = "run-1") -> SharedGate:
        return SharedGate(client, pool="openrouter", run=run, limits=limits, caps=caps)

    return make


@pytest.fixture
def gate(opened: Open) -> SharedGate:
    """The gate with a budget of one USD for the run."""
    return opened()


def lease(gate: SharedGate, estimate: int = 100, model: str = MODEL) -> Lease:
    """Return the lease of a request that must be admitted."""
    admitted = gate.admit(estimate, model)
    assert isinstance(admitted, Lease), admitted
    return admitted


def spent(gate: SharedGate) -> list[tuple[int, int]]:
    """Return what is spent and held in the run, the day and the month."""
    return [(w.spent_micro_usd, w.held_micro_usd) for w in gate.state().windows]


def run_out(client: Redis, *leases: Lease) -> None:
    """Let leases run out at once, as those of processes that died."""
    client.zadd(LEASES, dict.fromkeys((one.id for one in leases), 1))


def clock_ms(client: Redis) -> float:
    seconds, micros = client.time()
    return seconds * 1000 + micros / 1000


# Money


def test_the_most_is_held_and_the_cost_is_booked(gate: SharedGate) -> None:
    """A request holds the most it can cost in all windows; settled, its cost is spent."""
    one, other = lease(gate, 700), lease(gate, 40)
    assert spent(gate) == [(0, 740)] * 3

    gate.settle(one, 123)

    assert spent(gate) == [(123, 40)] * 3
    gate.settle(other, 0)
    assert spent(gate) == [(123, 0)] * 3


def test_settling_twice_changes_nothing(gate: SharedGate) -> None:
    """A cost that is reported again, with whatever number, is booked once."""
    one = lease(gate, 700)
    for cost in (123, 123, 700, None):
        gate.settle(one, cost)
    assert spent(gate) == [(123, 0)] * 3


def test_an_unknown_cost_is_the_most_until_it_is_known(gate: SharedGate) -> None:
    """Without a cost the most counts as spent; the cost, told later, takes its place."""
    one = lease(gate, 700)
    gate.settle(one, None)
    gate.settle(one, None)
    assert spent(gate) == [(700, 0)] * 3
    gate.settle(one, 200)
    gate.settle(one, 300)
    assert spent(gate) == [(200, 0)] * 3


def test_a_cost_above_the_estimate_is_booked_whole(opened: Open) -> None:
    """A service that takes more than was held is booked with what it took, and then stopped."""
    gate = opened(Caps(day=1000))
    gate.settle(lease(gate, 900), 1500)
    assert spent(gate) == [(1500, 0)] * 3
    assert isinstance(gate.admit(0, MODEL), OverBudget)


@pytest.mark.parametrize("window", WINDOWS)
def test_no_window_is_overdrawn(opened: Open, window: str) -> None:
    """The cap of each window holds for what is spent and held together, to the last micro-USD."""
    gate = opened(Caps(**{window: 1000}))
    gate.settle(lease(gate, 600), 500)
    held = lease(gate, 400)
    assert gate.admit(101, MODEL) == Wait(seconds=1.0, why=Why.HELD)

    over = gate.admit(501, MODEL)

    assert isinstance(over, OverBudget)
    assert (over.why, over.window) == (Why.BUDGET, window)
    assert (over.resets_s is None) == (window == "run")
    lease(gate, 100)
    gate.settle(held, 400)
    assert isinstance(gate.admit(1, MODEL), Wait)
    lease(gate, 0)


def test_a_refusal_leaves_nothing_behind(opened: Open, client: Redis) -> None:
    """One window that says no books nothing in the others, and takes neither slot nor turn."""
    gate = opened(Caps(run=1000, day=1000, month=10), Limits(requests=1, per_minute=1))
    assert isinstance(gate.admit(11, MODEL), OverBudget)
    assert client.keys("*") == []
    lease(gate, 10)


@pytest.mark.parametrize("caps", [Caps(), Caps(run=0), Caps(day=0, month=500)], ids=str)
def test_without_a_budget_nothing_is_spent(opened: Open, caps: Caps) -> None:
    """No cap at all, or one of zero, lets only out what is free."""
    gate = opened(caps)
    refused = gate.admit(1, MODEL)
    assert isinstance(refused, OverBudget)
    assert refused.window == {None: "", 0: "run"}[caps.run] if not caps.month else "day"
    gate.settle(lease(gate, 0), 0)


def test_what_was_free_and_is_billed_is_stopped(opened: Open) -> None:
    """A free endpoint that bills once gets nothing more in this run without a budget."""
    gate = opened(Caps())
    gate.settle(lease(gate, 0), 3)
    assert isinstance(gate.admit(0, MODEL), OverBudget)
    lease(opened(Caps(), run="run-2"), 0)


def test_raising_a_cap_lets_the_pool_go_on(opened: Open) -> None:
    """A raised cap holds for every process, old ones too; a lower one has no effect."""
    old, new = opened(Caps(run=100, day=100)), opened(Caps(run=100, day=100))
    old.settle(lease(old, 100), 100)
    assert isinstance(old.admit(50, MODEL), OverBudget)

    new.raise_caps(Caps(run=200, day=150))
    new.raise_caps(Caps(month=50))

    over = old.admit(50, MODEL)
    assert isinstance(over, OverBudget)
    assert over.window == "month"
    new.raise_caps(Caps(run=10, month=1000))
    lease(old, 50)
    assert [w.cap_micro_usd for w in old.state().windows] == [200, 150, 1000]
    assert isinstance(new.admit(1, MODEL), Wait)
    assert isinstance(opened(Caps(run=100, day=100), run="run-2").admit(51, MODEL), OverBudget)


def test_a_larger_cap_in_the_settings_lets_the_pool_go_on(opened: Open) -> None:
    """Each request goes by the caps of who asks."""
    poor, rich = opened(Caps(month=100)), opened(Caps(month=200))
    poor.settle(lease(poor), None)
    assert isinstance(poor.admit(1, MODEL), OverBudget)
    lease(rich)


def test_runs_have_purses_of_their_own(opened: Open) -> None:
    """What one run spends is not taken from another, but from the same day and month."""
    gate = opened(Caps(run=100))
    gate.settle(lease(gate), None)
    assert isinstance(gate.admit(1, MODEL), Refused)
    gate.book_on("run-2", Caps(run=100, day=200))
    lease(gate)
    assert isinstance(gate.admit(1, MODEL), Wait)
    assert [w.spent_micro_usd for w in gate.state().windows] == [0, 100, 100]
    for name in ("", "a:b", "x" * 101):
        with pytest.raises(ValueError, match="no name"):
            gate.book_on(name, Caps())


def test_midnight_between_admitting_and_settling(gate: SharedGate, client: Redis) -> None:
    """A cost is booked where it was held, though the day and the month are over."""
    one, other = lease(gate, 700), lease(gate, 50)
    for hold in (one, other):
        client.hset(f"{POOL}:hold:{hold.id}", mapping={"day": "20240229", "month": "202402"})
    old_day = f"{POOL}:day:20240229"
    client.hset(old_day, mapping={"held": 750})
    before = spent(gate)

    gate.settle(one, 300)
    run_out(client, other)

    assert spent(gate) == [(350, 0), *before[1:]]
    assert client.hmget(old_day, "spent", "held") == [b"350", b"0"]
    assert client.hget(f"{POOL}:month:202402", "spent") == b"350"


def test_the_windows_are_those_of_the_calendar(client: Redis) -> None:
    """Days and months, and how long they last, are what Python's calendar says."""
    listed = (
        "local told = {} for _, s in ipairs({unpack(ARGV, 2)}) do local c = calendar(tonumber(s)) "
        "told[#told + 1] = {c.day, c.month, c.lasts.day, c.lasts.month} end return told"
    )
    script = SCRIPT.rpartition("\nreturn")[0] + "\n" + listed
    years = [datetime(year, 1, 1, tzinfo=UTC) for year in (1970, 1999, 2000, 2024, 2026, 2100)]
    moments = [
        year + timedelta(days=day, seconds=second)
        for year in years
        for day, second in ((d, (d * 7919) % 86400) for d in range(0, 366, 3))
    ]
    edges = [
        year + timedelta(days=day, seconds=second)
        for year in years
        for day in (31, 59, 60, 365, 366)
        for second in (-1, 0)
    ]
    for some in (moments[:366], moments[366:], edges):
        stamps = [int(moment.timestamp()) for moment in some]
        told = client.eval(script, 1, POOL, "", *stamps)
        assert [[text(d), text(m), *lasts] for d, m, *lasts in told] == [
            _window_of(m) for m in some
        ]


def _window_of(moment: datetime) -> list[object]:
    midnight = moment.replace(hour=0, minute=0, second=0)
    first = (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
    lasts = (midnight + timedelta(days=1) - moment, first - moment)
    return [f"{moment:%Y%m%d}", f"{moment:%Y%m}", *(int(x.total_seconds()) for x in lasts)]


def test_a_window_deleted_by_hand_is_never_below_zero(gate: SharedGate, client: Redis) -> None:
    """What is given back to a window that is gone does not become credit."""
    one = lease(gate, 700)
    client.delete(*client.keys(f"{POOL}:day:*"))
    gate.settle(one, None)
    client.delete(*client.keys(f"{POOL}:month:*"))
    gate.settle(one, 10)
    assert spent(gate) == [(10, 0), (10, 0), (0, 0)]


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
    assert gate.state().under_way == 0


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
    same = ("id-1", MODEL, "run-1", 100, 1000, "", "", 1, 1_000_000, 1, 30_000)
    assert [gate._ask("admit", *same) for _ in range(2)] == [[b"go", 0], [b"go", 0]]
    assert spent(gate) == [(0, 100)] * 3


# Rate


def test_requests_leave_at_their_pace(opened: Open, client: Redis) -> None:
    """After a burst, requests leave evenly, whichever process asks."""
    limits = Limits(requests=99, per_minute=1200, burst=3)  # every 50 ms
    gates = [opened(limits=limits) for _ in range(3)]
    began = clock_ms(client)
    for number in range(9):
        wait_until(lambda n=number: isinstance(gates[n % 3].admit(1, MODEL), Lease), "its turn")  # type: ignore[misc]
    assert clock_ms(client) - began > 6 * 50 - 1


def test_who_comes_too_early_is_told_when_to_come(opened: Open) -> None:
    """After a burst the answer says when the next request may leave; asking costs no turn."""
    gate = opened(limits=Limits(requests=9, per_minute=1, burst=2))
    lease(gate)
    lease(gate)
    for _ in range(3):
        waits = gate.admit(1, MODEL)
        assert isinstance(waits, Wait)
        assert waits.why is Why.RATE
        assert 50 < waits.seconds <= 60


def test_a_pace_from_before_the_clock_was_put_back(opened: Open, client: Redis) -> None:
    """A turn that seems to be hours away was given by a wrong clock, and has come."""
    gate = opened(limits=Limits(requests=9, per_minute=1, burst=2))
    client.hset(POOL, "next_us", int((clock_ms(client) + 1e9) * 1000))
    lease(gate)
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
    assert gate.state().slots == 3
    client.hset(POOL, "pause_until", 1)
    for _ in range(3):
        lease(gate)
    assert isinstance(gate.admit(1, MODEL), Wait)
    client.hset(POOL, "slots_until", 1)
    assert gate.state().slots == 8


# Models


def test_a_failing_model_is_left_alone(opened: Open) -> None:
    """After so many failures a model is refused to all; others are not, nor after a success."""
    first, second = opened(limits=Limits(requests=9, fails=3)), opened()
    for word in (first.fail, first.fail, first.ok, first.fail, first.fail):
        word(MODEL)
    lease(second)

    first.fail(MODEL)

    assert second.admit(1, MODEL) == Refused(why=Why.MODEL)
    assert 0 < second.state([MODEL, "other"]).left_alone[MODEL] <= 60
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
    assert gates[1].state([MODEL]).left_alone == {MODEL: 0}

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
    assert other.state([MODEL]).left_alone[MODEL] > 0
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
    assert old.state([MODEL]).left_alone == {MODEL: 0}


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


def let_it_be_tried(client: Redis) -> None:
    """Let the time be over for which the model is left alone."""
    client.hset(f"{POOL}:model:{MODEL}", "open_until", 1)


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
        assert state.under_way == len(self.held)
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
