"""One backend's part of a comparison: each page once, until nothing can be sent any more."""

from collections.abc import Callable
from dataclasses import dataclass

from ocrqueue.model.errors.page import MustStay, PoolPaused
from ocrqueue.model.page import Attempt, Testimony, Verdict
from ocrqueue.pipeline import attempt
from ocrqueue.pipeline.attempt import Accepted, Outcome, Request, Tools

LEAST_WAIT_S = 1.0

# Called with seconds and a reason; returns when they are over.
WaitOut = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """What one backend made of one page, in one attempt."""

    backend: str
    model: str
    markdown: str | None  # None: it failed, or was not tried
    verdict: Verdict | None  # None: it failed, or was not tried
    seconds: float
    reason: str = ""  # why it failed, is not `good` or was not tried
    tokens: int | None = None
    tokens_per_s: float | None = None
    cost_usd: float | None = None  # at most; None: nothing to pay
    witness: Testimony | None = None  # None: it was not asked for one
    tried: bool = True  # False: nothing could be sent, which says nothing about the backend


class BackendPart:
    """What one backend has to read; a page that only has to wait is never counted as failed."""

    def __init__(self, tools: Tools, wait_out: WaitOut) -> None:
        """Begin before the first page."""
        self._tools, self._wait_out = tools, wait_out
        self._ended = ""  # why nothing is sent any more

    def read(self, request: Request) -> PageRead:
        """Return what came of a page.

        A pause of the pool is waited out, for as long as a page may take. What is longer ends the
        part, as a spent budget does: later pages are not tried.
        """
        waited_s, cost = 0.0, None
        while not self._ended:
            outcome = attempt.run(request, self._tools)
            cost = _sum(cost, outcome)
            if isinstance(outcome, Accepted) or outcome.attempt.counts:
                return _told(outcome, cost)
            error, reason = outcome.error, outcome.attempt.message
            if isinstance(error, MustStay):  # that is about this page
                return self._untried(reason, cost)
            if isinstance(error, PoolPaused):
                wait_s = max(error.wait_s, LEAST_WAIT_S)
                waited_s += wait_s
                if waited_s <= self._tools.limit_s:
                    self._wait_out(wait_s, reason)
                    continue
                reason += f", for longer than the {self._tools.limit_s:g} s that a page may take"
            self._ended = reason
        return self._untried(self._ended, cost)

    def _untried(self, reason: str, cost: float | None) -> PageRead:
        return PageRead(
            backend=self._tools.backend.name,
            model=self._tools.backend.model,
            markdown=None,
            verdict=None,
            seconds=0.0,
            reason=reason,
            cost_usd=cost,
            tried=False,
        )


def _sum(cost: float | None, outcome: Outcome) -> float | None:
    """Add what an attempt did cost to what those before it did."""
    known = [usd for usd in (cost, _made(outcome).cost_usd) if usd is not None]
    return sum(known) if known else None


def _made(outcome: Outcome) -> Attempt:
    return outcome.result.attempts[-1] if isinstance(outcome, Accepted) else outcome.attempt


def _told(outcome: Outcome, cost: float | None) -> PageRead:
    made = _made(outcome)
    result = outcome.result if isinstance(outcome, Accepted) else None
    return PageRead(
        backend=made.backend,
        model=made.model,
        markdown=result.markdown if result else None,
        verdict=result.verdict if result else None,
        seconds=made.seconds,
        reason=result.reason if result else made.message,
        tokens=made.tokens,
        tokens_per_s=made.tokens_per_s,
        cost_usd=cost,
        witness=result.witness if result else None,
    )
