"""The money of one comparison: a gate of this process alone, which never lets it be exceeded.

It stands in where no queue server runs, and so nobody knows what the pool has spent.
"""

import itertools
import math
import time
from collections.abc import Callable

from ocrqueue.model.gate import Admission, Lease, Refused, Wait, Why


class Purse:
    """Lets requests pass one at a time, while what each may cost at most is still there."""

    def __init__(self, cap_micro_usd: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Hold so much money, in micro-USD; 0 lets pass what is free only.

        The clock counts seconds and never goes back.
        """
        self.left_micro_usd = cap_micro_usd
        self.spent_micro_usd = 0
        self._held: dict[str, int] = {}
        self._names = itertools.count(1)
        self._until, self._clock = -math.inf, clock

    def admit(self, estimate_micro_usd: int, model: str) -> Admission:
        """Hold the most that a request may cost, or refuse."""
        if (seconds := self._until - self._clock()) > 0:
            return Wait(seconds=seconds, why=Why.PAUSED)
        if estimate_micro_usd > self.left_micro_usd:
            return Refused(why=Why.BUDGET)
        lease = Lease(id=str(next(self._names)), model=model, estimate_micro_usd=estimate_micro_usd)
        self.left_micro_usd -= estimate_micro_usd
        self._held[lease.id] = estimate_micro_usd
        return lease

    def settle(self, lease: Lease, cost_micro_usd: int | None) -> None:
        """Book what a request did cost; unknown, it is the most; a second time changes nothing."""
        held = self._held.pop(lease.id, None)
        if held is None:
            return
        cost = held if cost_micro_usd is None else cost_micro_usd
        self.spent_micro_usd += cost
        self.left_micro_usd += held - cost

    def pause(self, seconds: float, why: str, *, fewer: bool = False) -> None:
        """Let nothing pass for so long; there is one request at a time anyway."""
        del why, fewer
        self._until = max(self._until, self._clock() + seconds)

    def fail(self, model: str) -> None:
        """Let it be: a model that fails shows in the comparison."""

    def ok(self, model: str) -> None:
        """Let it be."""
