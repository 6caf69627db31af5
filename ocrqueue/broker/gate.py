"""The gate of a pool: one script in Redis admits, books and settles for all its processes.

Everything is decided and written in one step of the server, by its clock: see gate.lua. A request
that was admitted holds a slot and the most it can cost. The slot's lease is renewed from a thread
while the request is under way. Of a process that dies both are taken back when the lease has run
out, and the most counts as spent, since the request may have been billed.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from typing import Any
from uuid import uuid4

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from ocrqueue import logs
from ocrqueue.broker import keys
from ocrqueue.broker.connection import Client, Unreachable, is_full, text
from ocrqueue.broker.heartbeat import Pulse
from ocrqueue.model.gate import Admission, Lease, Refused, Wait, Why
from ocrqueue.model.money import (
    LONGEST_PAUSE_S,
    MOST_MICRO_USD,
    Caps,
    Limits,
    OverBudget,
    PoolState,
    Window,
)

SCRIPT = files("ocrqueue.broker").joinpath("gate.lua").read_text()
AWAY_S = 5.0  # when to ask again after the server did not answer
LONGEST_WHY = 100  # characters


class SharedGate:
    """Lets requests of one pool out, for one run; `model.gate.Gate` says what its methods mean.

    It stands for one request at a time: only the last lease is renewed. The budgets are those
    given here, or the larger ones given by `raise_caps` since.
    """

    def __init__(self, client: Client, *, pool: str, run: str, limits: Limits, caps: Caps) -> None:
        """Take the pool's and the run's name, as `document_record.run_of` lets it pass."""
        self._script, self._keys = client.register_script(SCRIPT), [keys.gate(pool)]
        self._pool, self._run = pool, run
        self._limits, self._caps = limits, _wire(caps)
        self._pulse = Pulse(self.renew, lambda: limits.lease_s / 3)
        self._beating, self._kept = ExitStack(), ""
        self._probes: dict[str, str] = {}  # model -> our lease that tries whether it is back

    def book_on(self, run: str, caps: Caps) -> None:
        """Book what is asked from now on upon another run, with its budgets."""
        self._run, self._caps = run, _wire(caps)

    def admit(self, estimate_micro_usd: int, model: str) -> Admission:
        """Ask to send one request that costs so much at most.

        While the server is away the answer is to wait: nothing leaves that nobody books.

        Raises:
            ValueError: the estimate is negative.
        """
        if estimate_micro_usd < 0:
            raise ValueError(f"no estimate: {estimate_micro_usd} micro-USD")
        limits, lease_id = self._limits, uuid4().hex
        every_us = round(60_000_000 / limits.per_minute) if limits.per_minute else 0
        most = min(estimate_micro_usd, 2 * MOST_MICRO_USD)  # above any cap; exact in the script
        wish = (lease_id, model, self._run, most, *self._caps)
        pace = (limits.requests, every_us, _ms(limits.lease_s))
        try:
            answer = self._ask("admit", *wish, *pace)
        except (RedisError, OSError) as error:
            away = isinstance(error, RedisConnectionError | RedisTimeoutError | OSError)
            if away or is_full(error):  # else we asked for nonsense
                return Wait(seconds=AWAY_S, why=Why.CLOSED)
            raise
        return self._admission(
            answer, Lease(id=lease_id, model=model, estimate_micro_usd=estimate_micro_usd)
        )

    def _admission(self, answer: Sequence[Any], lease: Lease) -> Admission:
        match text(answer[0]):
            case "go":
                if answer[1]:
                    self._probes[lease.model] = lease.id
                self._beating.close()
                self._kept = lease.id
                self._beating.enter_context(self._pulse.holding(lease))
                return lease
            case "wait":
                return Wait(seconds=int(answer[2]) / 1000, why=Why(text(answer[1])))
            case _:
                return _refusal(*(text(part) for part in answer[1:]))

    def leaves(self, lease: Lease) -> None:
        """Let it be: only who holds a page needs to know."""

    def renew(self, lease: Lease) -> bool:
        """Hold on to a lease; False: it has run out, or the server is away.

        A request without a lease may end, and is settled as any other; but who has not sent it yet
        must not send it, because another may have its slot.
        """
        answer = 0
        with self._told_if_lost():
            answer = self._ask("renew", lease.id, _ms(self._limits.lease_s))
        return bool(answer)

    def settle(self, lease: Lease, cost_micro_usd: int | None) -> None:
        """Give a lease back with what the request cost; None: unknown, so the most counts.

        It books into the day and the month in which the request was admitted. Settling again
        changes nothing, but a cost that became known since replaces the most. Where the server is
        away this does nothing: the lease runs out, and the most counts. A cost that is negative or
        beyond a million USD is none that is known.
        """
        if lease.id == self._kept:
            self._beating.close()
        cost = -1 if cost_micro_usd is None else cost_micro_usd
        known = cost if 0 <= cost <= MOST_MICRO_USD else ""
        with self._told_if_lost():
            self._ask("settle", lease.id, known, lease.estimate_micro_usd, self._run)

    def pause(self, seconds: float, why: str, *, fewer: bool = False) -> None:
        """Let nobody of the pool send for so long, a day at most; a longer pause stays.

        `fewer`: the service cannot bear so many requests at a time, so let out half as many as are
        under way, until ten minutes after the pause.
        """
        ms = _ms(min(max(0.0, seconds), LONGEST_PAUSE_S))  # in this order no number is 0
        with self._told_if_lost():
            self._ask("pause", ms, why[:LONGEST_WHY], "1" if fewer else "", self._limits.requests)

    def fail(self, model: str) -> None:
        """Note that a model, or the service for it, failed."""
        self._tell(model, good="")

    def ok(self, model: str) -> None:
        """Note that a model answered."""
        self._tell(model, good="1")

    def _tell(self, model: str, *, good: str) -> None:
        limits, probe = self._limits, self._probes.pop(model, "")
        times = (_ms(limits.fails_within_s), _ms(limits.open_s))
        with self._told_if_lost():
            self._ask("tell", model, good, probe, limits.fails, *times)

    def raise_caps(self, caps: Caps) -> None:
        """Allow more in the run, in this day or this month; a lower cap than before has no effect.

        Every process of the pool goes by it with its next request; a pool that stands still for
        want of money goes on.
        """
        self._ask("raise", self._run, *_wire(caps))

    def state(self) -> PoolState:
        """Return how the pool stands."""
        told: dict[str, Any] = json.loads(self._ask("state", self._run, *self._caps))
        windows = tuple(Window(**window) for window in told["windows"])
        return PoolState(windows=windows, paused_s=told["paused_s"], why=told["why"])

    @contextmanager
    def _told_if_lost(self) -> Iterator[None]:
        """Log what the server did not take, and go on: a page that was paid for is worth more."""
        try:
            yield
        except Unreachable as error:
            logs.emit(logs.Event.GATE_UNHEARD, pool=self._pool, error=str(error))

    def _ask(self, what: str, *arguments: str | int) -> Any:
        return self._script(keys=self._keys, args=[what, *arguments])


def _refusal(why: str, window: str, seconds: str) -> Refused:
    if why != Why.BUDGET:
        return Refused(why=Why(why))
    return OverBudget(why=Why.BUDGET, window=window, resets_s=float(seconds) or None)


def _wire(caps: Caps) -> tuple[str | int, str | int, str | int]:
    run, day, month = ("" if cap is None else cap for cap in (caps.run, caps.day, caps.month))
    return run, day, month


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
