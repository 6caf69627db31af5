"""Pure: the readings of a page that are kept until one is accepted, and which of them counts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from ocrqueue.model.page import Attempt, Judgement, PageResult, Testimony, Verdict
from ocrqueue.model.wire import Record

OFF = "off"  # nobody checks a page
REQUIRE = "require"  # a page waits for its check however long nobody is there for it
LOST = "what was read is no longer in the workspace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Record):
    """Readings that wait for their check, or that stay in case nobody does better; one a backend.

    A reading that waits says already what it is worth if nobody ever checks it.
    """

    versioned: ClassVar[bool] = True

    readings: tuple[PageResult, ...] = ()

    def is_of(self, page: int) -> bool:
        """Return whether all are readings of this page."""
        return all(one.page == page and not one.failed for one in self.readings)

    def of(self, backend: str) -> PageResult | None:
        """Return what this backend has read."""
        return next((one for one in self.readings if one.backend == backend), None)

    def but(self, backend: str) -> tuple[PageResult, ...]:
        """Return what others have read."""
        return tuple(one for one in self.readings if one.backend != backend)

    def adding(self, read: PageResult) -> Self:
        """Return them with one more, in the place of an earlier one of its backend.

        A later one stays: who comes with an older one has slept, and others went on.
        """
        before = self.of(read.backend)
        if before and _read_at(before) > _read_at(read):
            return self
        return replace(self, readings=(*self.but(read.backend), read))


def tries(history: Sequence[Attempt]) -> list[Attempt]:
    """Return the attempts at reading a page; the others checked what had been read."""
    return [one for one in history if not one.checks]


def unchecked(history: Sequence[Attempt]) -> Attempt | None:
    """Return the attempt whose page waits for its check; None: a backend is to read the page."""
    last = next(reversed(tries(history)), None)
    return last if last and last.error is None else None


def checks(history: Sequence[Attempt]) -> int:
    """Return how many checks there were since the page was read last."""
    return next(number for number, one in enumerate(reversed(history)) if not one.checks)


def witnessed(read: PageResult, told: Testimony) -> PageResult:
    """Return a page with what a witness says, in the place of what one has said before."""
    before = Judgement(verdict=read.verdict or Verdict.GOOD, reason=read.reason)
    after = judged(Judgement(verdict=Verdict.GOOD) if is_doubted(read) else before, told)
    return replace(read, verdict=after.verdict, reason=after.reason, witness=told)


def judged(before: Judgement, told: Testimony) -> Judgement:
    """Return the judgement of a reading with what its witness says."""
    if told.doubt and before.verdict is Verdict.GOOD:
        return Judgement(verdict=Verdict.DOUBTFUL, reason=told.doubt)
    return before


def is_doubted(read: PageResult) -> bool:
    """Return whether nothing but its witness speaks against a page."""
    told = read.witness
    return bool(told and told.doubt and told.doubt == read.reason)


def unwitnessed(read: PageResult, why: str) -> PageResult:
    """Return a page that nobody has checked, with one more reason for that."""
    if read.witness is None or read.witness.by:
        return read
    whole = "; ".join(filter(None, (read.witness.unwitnessed, why)))
    return replace(read, witness=replace(read.witness, unwitnessed=whole))


def best(read: PageResult, others: Sequence[PageResult]) -> PageResult:
    """Return which of doubtful readings stays: the last one, or the one that agrees better.

    All attempts are those of the last one.
    """
    if read.witness is None:
        return read
    return replace(max((read, *others), key=_agreed), attempts=read.attempts)


def stand_in(kept: Kept, attempts: Sequence[Attempt] = ()) -> PageResult | None:
    """Return the reading that counts where nobody may go on; None: there is none.

    `attempts` are all at the page, the one that ends it last, where they are known.
    """
    if not kept.readings:
        return None
    chosen = max(kept.readings, key=lambda one: (one.verdict is not Verdict.DOUBTFUL, _agreed(one)))
    if not attempts:
        return chosen
    if chosen.verdict is not Verdict.DOUBTFUL:
        chosen = unwitnessed(chosen, attempts[-1].message)
    return replace(chosen, attempts=tuple(attempts))


def _read_at(read: PageResult) -> str:
    """Return when its backend began the attempt that read it; UTC, so that later is more."""
    tried = (one.at for one in reversed(tries(read.attempts)) if one.backend == read.backend)
    return next(tried, "")


def _agreed(read: PageResult) -> float:
    told = read.witness
    return told.agreed if told and told.agreed is not None else -1.0
