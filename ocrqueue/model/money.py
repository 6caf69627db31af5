"""How much a pool of remote workers may do and spend, and how it stands; pure words and numbers.

A pool is all workers of one backend, on whatever machines. A run is what one budget was given for:
a batch or a group of documents. Days and months are those of UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from typing import Self

from ocrqueue.model.gate import MICRO, Refused

MOST_MICRO_USD = 10**12  # a million USD: more is a slip of the pen
LONGEST_PAUSE_S = 86400.0  # a day: a service that asks for more is asked again then


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the pool may do at a time, and when a model is left alone."""

    requests: int  # under way at a time, over the whole pool
    per_minute: float = 0.0  # requests sent, evenly spread; 0: no limit
    lease_s: float = (
        30.0  # 600 at most; renewed three times as often; then a dead worker's slot is free
    )
    fails: int = 5  # failures of a model in a row after which it is left alone
    fails_within_s: float = 120.0  # a quiet time after which failures are forgotten
    open_s: float = 60.0  # how long it is left alone before one request tries it


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The most that may be spent, in micro-USD; None: no cap. Without any cap nothing is spent."""

    run: int | None = None
    day: int | None = None
    month: int | None = None

    @classmethod
    def of_usd(
        cls, *, run: float | None = None, day: float | None = None, month: float | None = None
    ) -> Self:
        """Return the caps given in USD; what is less than a micro-USD is left out.

        Raises:
            ValueError: an amount is negative, no number, or more than a million USD.
        """
        return cls(run=_micro_usd(run), day=_micro_usd(day), month=_micro_usd(month))


@dataclass(frozen=True, slots=True, kw_only=True)
class OverBudget(Refused):
    """The request may cost more than is left."""

    window: str  # run, day or month; "": no budget was given
    resets_s: float | None = None  # seconds until the window ends; None: it does not end by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What a run, a day or a month has cost."""

    name: str  # run, day or month
    label: str  # the run; 20261123; 202611
    spent_micro_usd: int  # known costs, and all that was held where the cost is not known
    held_micro_usd: int  # the most that the requests under way may cost
    cap_micro_usd: int | None = None  # None: no cap
    resets_s: float | None = None  # seconds until it ends; None: it does not end by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolState:
    """How a pool stands at one moment."""

    windows: Sequence[Window]  # run, day, month
    paused_s: float  # seconds until requests leave again; 0: no pause holds
    why: str  # of the last pause, as it was given

    def window(self, name: str) -> Window:
        """Return the run, the day or the month."""
        return next(window for window in self.windows if window.name == name)


def _micro_usd(usd: float | None) -> int | None:
    if usd is None:
        return None
    try:
        amount = int((Decimal(str(usd)) * MICRO).to_integral_value(ROUND_FLOOR))
    except (InvalidOperation, OverflowError, ValueError) as error:
        raise ValueError(f"{usd!r} is no amount of money") from error
    if not 0 <= amount <= MOST_MICRO_USD:
        raise ValueError(f"{usd} USD is no budget: give 0 to {MOST_MICRO_USD // MICRO}")
    return amount
