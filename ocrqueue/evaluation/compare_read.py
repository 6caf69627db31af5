"""One backend's part of a comparison: each page once, until nothing can be sent any more."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from ocrqueue.model.errors.page import MustStay, PoolPaused
from ocrqueue.model.page import Attempt, Verdict
from ocrqueue.pipeline import attempt
from ocrqueue.pipeline.attempt import Accepted, Outcome, Rejected, Request, Tools

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
    tried: bool = True  # False: nothing could be sent, which says nothing about the backend


def wait_out(seconds: float, why: str) -> None:
    """Wait, and tell nobody."""
    del why
    time.sleep(seconds)


class Part:
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
        if self._ended:
            return self._untried(self._ended, None)
        waited_s, cost = 0.0, None
        while True:
            outcome = attempt.run(request, self._tools)
            cost = _sum(cost, outcome)
            wait_s = _pause_s(outcome)
            if not wait_s or waited_s + wait_s > self._tools.limit_s:
                return self._concluded(outcome, cost)
            waited_s += wait_s
            self._wait_out(wait_s, _reason(outcome))

    def _concluded(self, outcome: Outcome, cost: float | None) -> PageRead:
        if isinstance(outcome, Accepted) or outcome.attempt.counts:
            return _told(outcome, cost)
        reason = _reason(outcome)
        if isinstance(outcome.error, PoolPaused):
            reason += f", for longer than the {self._tools.limit_s:g} s that a page may take"
        if not isinstance(outcome.error, MustStay):  # that is about this page
            self._ended = reason
        return self._untried(reason, cost)

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


def _pause_s(outcome: Outcome) -> float:
    """Return for how long the pool waits; 0: that is not why the attempt ended."""
    if isinstance(outcome, Rejected) and isinstance(outcome.error, PoolPaused):
        return max(outcome.error.wait_s, LEAST_WAIT_S)
    return 0.0


def _sum(cost: float | None, outcome: Outcome) -> float | None:
    """Add what an attempt did cost to what those before it did."""
    known = [usd for usd in (cost, _made(outcome).cost_usd) if usd is not None]
    return sum(known) if known else None


def _made(outcome: Outcome) -> Attempt:
    return outcome.result.attempts[-1] if isinstance(outcome, Accepted) else outcome.attempt


def _reason(outcome: Outcome) -> str:
    return outcome.result.reason if isinstance(outcome, Accepted) else outcome.attempt.message


def _told(outcome: Outcome, cost: float | None) -> PageRead:
    made = _made(outcome)
    result = outcome.result if isinstance(outcome, Accepted) else None
    return PageRead(
        backend=made.backend,
        model=made.model,
        markdown=result.markdown if result else None,
        verdict=result.verdict if result else None,
        seconds=made.seconds,
        reason=_reason(outcome),
        tokens=made.tokens,
        tokens_per_s=made.tokens_per_s,
        cost_usd=cost,
    )
