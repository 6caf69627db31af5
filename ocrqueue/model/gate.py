"""What a remote request may cost, and the gate that lets it pass: the seam between both; pure.

Money is counted in micro-USD, whole numbers: a price of 1 USD for a million tokens is one micro-USD
a token. Who asks a model is admitted first, with the most the request can cost, and settles it
afterwards with what it did cost; who never settles is counted with the most.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

MICRO = 1_000_000  # micro-USD in a USD
NO_CREDIT = "the account has no credit"  # begins why a pool pauses for want of money


class Why(StrEnum):
    """Why a request may not be sent, or not yet."""

    PAUSED = "paused"  # the service asked for patience
    BUSY = "busy"  # as many requests are under way as may be
    RATE = "rate"  # too many were sent lately
    HELD = "held"  # the budget is held by requests under way
    BUDGET = "budget"  # the budget is spent
    MODEL = "model"  # this model failed too often lately
    CLOSED = "closed"  # there is no gate that could watch over money


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to send one request."""

    id: str
    model: str
    estimate_micro_usd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Ask again after so many seconds."""

    seconds: float
    why: Why
    told: str = ""  # more of why, in words; "": nobody said more


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """No, and no waiting helps: another model may, where `why` is MODEL; else nobody."""

    why: Why


Admission = Lease | Wait | Refused


class Gate(Protocol):
    """Watches over rate, number of requests under way, money and failing models.

    One gate may stand for many processes. None of its methods raises but what ends a process or
    tells that the queue server is lost.
    """

    def admit(self, estimate_micro_usd: int, model: str) -> Admission:
        """Ask to send one request that costs so much at most."""
        ...

    def leaves(self, lease: Lease) -> None:
        """Note that the page of a request begins to leave: the server was reached."""
        ...

    def settle(self, lease: Lease, cost_micro_usd: int | None) -> None:
        """Give a lease back with what the request cost; None: unknown, so the most counts."""
        ...

    def pause(self, seconds: float, why: str, *, fewer: bool = False) -> None:
        """Let nobody send for so long; a longer pause that holds already stays.

        `fewer`: the service cannot bear so many requests at a time.
        """
        ...

    def fail(self, model: str) -> None:
        """Note that a model, or the service for it, failed."""
        ...

    def ok(self, model: str) -> None:
        """Note that a model answered."""
        ...


class LocalGate:
    """The gate of one process alone, which sends one request at a time."""

    def __init__(self, clock: Callable[[], float], *, cap_micro_usd: int | None = None) -> None:
        """Take a clock that counts seconds and never goes back, and what may be spent.

        Without a cap nobody watches over money: only what costs nothing passes, and only while it
        proves to cost nothing.
        """
        self.left_micro_usd = cap_micro_usd or 0
        self.spent_micro_usd = 0
        self._why = Why.CLOSED if cap_micro_usd is None else Why.BUDGET
        self._held: dict[str, int] = {}
        self._names = itertools.count(1)
        self._until, self._told, self._clock = -math.inf, "", clock

    def admit(self, estimate_micro_usd: int, model: str) -> Admission:
        """Hold the most that a request may cost, or refuse."""
        if estimate_micro_usd > self.left_micro_usd:
            return Refused(why=self._why)
        if (seconds := self._until - self._clock()) > 0:
            return Wait(seconds=seconds, why=Why.PAUSED, told=self._told)
        lease = Lease(id=str(next(self._names)), model=model, estimate_micro_usd=estimate_micro_usd)
        self.left_micro_usd -= estimate_micro_usd
        self._held[lease.id] = estimate_micro_usd
        return lease

    def leaves(self, lease: Lease) -> None:
        """Let it be: pages that leave need the gate of a pool."""

    def settle(self, lease: Lease, cost_micro_usd: int | None) -> None:
        """Book what a request did cost; unknown, it is the most; a second time changes nothing."""
        held = self._held.pop(lease.id, None)
        if held is None:
            return
        cost = held if cost_micro_usd is None else cost_micro_usd
        self.spent_micro_usd += cost
        self.left_micro_usd += held - cost  # without a cap nothing passes any more

    def pause(self, seconds: float, why: str, *, fewer: bool = False) -> None:
        """Let nothing pass for so long."""
        del fewer
        if (until := self._clock() + seconds) > self._until:
            self._until, self._told = until, why

    def fail(self, model: str) -> None:
        """Let it be: who asks has counted its tries."""

    def ok(self, model: str) -> None:
        """Let it be."""
