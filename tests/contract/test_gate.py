"""What the gate of a pool promises about money, rate, slots and models, against a real server."""

from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from ocrqueue.broker.connection import text
from ocrqueue.broker.gate import SCRIPT, SharedGate
from ocrqueue.model.gate import Refused, Wait, Why
from ocrqueue.model.money import Caps, Limits, OverBudget
from tests.support.shared_gate import MODEL, POOL, WINDOWS, Open, lease, run_out, spent

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
