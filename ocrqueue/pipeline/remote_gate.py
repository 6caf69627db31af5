"""The pool of remote workers as one of them sees it: may the page in hand leave, and for how much?

Before each request the workspace is asked once more whether the page may leave, and what the
request costs is booked on the page's own run.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from ocrqueue.broker import document_record, keys, monitor, page_job
from ocrqueue.broker.connection import Client
from ocrqueue.broker.document_record import Run
from ocrqueue.broker.gate import SharedGate
from ocrqueue.broker.passed_over import PassedOver
from ocrqueue.model.errors.page import (
    BudgetTooSmall,
    MustStay,
    OutOfMoney,
    PageError,
    PoolPaused,
    ServiceAway,
)
from ocrqueue.model.gate import MICRO, NO_CREDIT, Admission, Lease, LocalGate
from ocrqueue.model.money import Caps, Limits, OverBudget, PoolState, Window
from ocrqueue.pipeline.attempt import Request
from ocrqueue.settings.schema_remote import RemoteSettings

PATIENCE_S = 15.0  # what a page waits for; for longer it goes back to its queue
BREATH_S = 1.0  # after a page that was in vain: so long it does not try again
LONGEST_REST_S = 60.0  # of one worker: then it looks whether the service is back
TRIES_S = 120.0  # more than a page waits and tries in vain: so long people are told why


class Pool(SharedGate):
    """The gate of a pool for the page that a worker has in hand, and whether it may take one."""

    def __init__(
        self,
        client: Client,
        name: str,
        settings: RemoteSettings,
        *,
        rest_s: float,
        passed: PassedOver,
        reserves: Callable[[], int] = lambda: 0,
        worker: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the backend's name, which is its queue's; the server is asked nothing yet.

        `reserves` tells what is reserved for one page, in micro-USD.
        After a page that could not be sent the worker rests for `rest_s`.
        """
        caps = caps_of(settings, Run())
        super().__init__(client, pool=name, run=Run().name, limits=_limits(settings), caps=caps)
        self._client, self._name, self._settings = client, name, settings
        self._rest_s, self._reserves, self._clock = rest_s, reserves, clock
        self._worker, self._in_vain = worker, 0  # pages in a row that were to wait
        self._in_vain_since = 0.0
        self.passed = passed  # by its worker: runs without money among others
        self._request: Request | None = None  # for the page in hand
        self._sent: Request | None = None  # whose page began to leave
        self._is_run_spent = False  # of the budget of the page's run too little is left
        self._rests_until = 0.0

    def begin(self, request: Request) -> None:
        """Take a page in hand, before anything is drawn.

        Raises:
            MustStay: it may not leave this machine.
            PoolPaused: the service asked for patience, for longer than a page waits; it is
                `ServiceAway` where that is longer than anybody waits.
            BudgetTooSmall: a whole budget is less than one page may cost.
            OutOfMoney: of the budget of its run, of the day or of the month too little is left, or
                the account has no credit.
        """
        self._request, self._is_run_spent = request, False
        self._require_permission()
        job = page_job.current()
        run = document_record.run_of(self._client, job.document if job else "")
        self.book_on(run.name, caps_of(self._settings, run))
        state, reserve = self.state(), self._reserves()
        caps = {one: one.cap_micro_usd for one in state.windows}
        if small := [one for one, cap in caps.items() if cap is not None and cap < reserve]:
            raise BudgetTooSmall(in_words(small[0], reserve))
        if state.paused_s > PATIENCE_S and state.why.startswith(NO_CREDIT):
            raise OutOfMoney(state.why)
        if state.paused_s > PATIENCE_S:
            is_away = state.paused_s > self._settings.patience_s
            pause = ServiceAway if is_away else PoolPaused
            raise pause(f"the pool waits: {state.why}", wait_s=state.paused_s)
        if window := spent_window(state, reserve):
            self._is_run_spent = window.name == "run"
            raise OutOfMoney(in_words(window, reserve))

    def admit(self, estimate_micro_usd: int, model: str) -> Admission:
        """Ask to send the page in hand.

        Raises:
            MustStay: it may no longer leave this machine.
        """
        self._require_permission()
        found = super().admit(estimate_micro_usd, model)
        self._is_run_spent |= isinstance(found, OverBudget) and found.window == "run"
        return found

    def leaves(self, lease: Lease) -> None:
        """Note that the page in hand begins to leave."""
        del lease
        self._sent = self._request

    def ok(self, model: str) -> None:
        """Note that a model answered: nothing stalls any more."""
        super().ok(model)
        self.go_on()

    def go_on(self) -> None:
        """Take back that pages wait for the service."""
        if self._in_vain:
            self._in_vain = 0
            self._client.delete(keys.stalled(self._worker))

    def _require_permission(self) -> None:
        if self._request is None or not self._request.may_leave():
            page = self._request.page if self._request else 0
            raise MustStay(f"page {page} may not leave this machine")

    def rest(self, error: PageError) -> None:
        """Take no page for a while, and let people know why.

        Where only the run of the page in hand has no money, pages of others are taken still. Who
        waits for the service rests longer each time, and speaks for himself: the workers of another
        machine may reach it.
        """
        now, told_s = self._clock(), 2 * self._rest_s + 1
        if isinstance(error, PoolPaused):
            rest_s = error.wait_s or self._rest_s * 2.0 ** min(self._in_vain, 10)
            rest_s = max(self._rest_s, min(rest_s, LONGEST_REST_S))
            self._in_vain_since = self._in_vain_since if self._in_vain else now
            self._in_vain += 1
            self._rests_until = now + rest_s
            stalled = keys.stalled(self._worker)
            monitor.tell(self._client, stalled, str(error), for_s=rest_s + TRIES_S)
            return
        if not self._is_run_spent:
            self._rests_until = now + self._rest_s
            monitor.tell(self._client, keys.held(self._name), str(error), for_s=told_s)
            return
        if self._run in self.passed.names:
            self._rests_until = now + BREATH_S
        self.passed.add(self._run, self._rest_s)
        spent = keys.spent(self._name, self._run)
        monitor.tell(self._client, spent, str(error), for_s=told_s)

    def hands_over(self, error: PageError) -> bool:
        """Return whether pages follow their route that cannot be sent: if the settings say so.

        Where nobody is reached, that may pass; they do so when it has lasted for long.
        """
        if self._settings.when_spent != "hand-over":
            return False
        if not isinstance(error, ServiceAway) or error.wait_s:
            return True
        lasts_s = self._clock() - self._in_vain_since
        return self._in_vain > 0 and lasts_s >= self._settings.patience_s

    def has_left(self, request: Request) -> bool:
        """Return whether a page was sent; one that never came into hand was not."""
        return self._sent is request

    def may_take(self) -> bool:
        """Return whether it makes sense to take another page."""
        return self._clock() >= self._rests_until

    def may_help(self) -> bool:
        """Return whether a page of another queue may be taken: there is money, and no pause."""
        state = gate_of(self._client, self._name, self._settings, Run()).state()
        return state.paused_s <= PATIENCE_S and spent_window(state, self._reserves()) is None


class OwnGate(LocalGate):
    """The gate before a server of this machine, which the pool hears of when that answers."""

    def __init__(self, pool: Pool) -> None:
        """Take the pool that rests while the server does not."""
        super().__init__(time.monotonic)
        self._pool = pool

    def ok(self, model: str) -> None:
        """Note that a model answered: nothing stalls any more."""
        del model
        self._pool.go_on()


def gate_of(client: Client, name: str, settings: RemoteSettings, run: Run) -> SharedGate:
    """Return the gate of a pool for one run."""
    caps = caps_of(settings, run)
    return SharedGate(client, pool=name, run=run.name, limits=_limits(settings), caps=caps)


def _limits(settings: RemoteSettings) -> Limits:
    return Limits(requests=settings.requests, per_minute=settings.per_minute)


def caps_of(settings: RemoteSettings, run: Run) -> Caps:
    """Return the budgets: the run's own, or that of the settings, and those of day and month."""
    caps = Caps.of_usd(
        run=settings.budget_usd, day=settings.budget_day_usd, month=settings.budget_month_usd
    )
    own = caps.run if run.cap_micro_usd is None else run.cap_micro_usd
    return replace(caps, run=own)


def spent_window(state: PoolState, reserve: int = 0) -> Window | None:
    """Return a budget of which less is left than a page reserves, in micro-USD.

    The run's comes before the day's, and that before the month's.
    """
    least = max(reserve, 1)
    for window in state.windows:
        if window.cap_micro_usd is not None and _left(window) < least:
            return window
    return None


def _left(window: Window) -> int:
    return (window.cap_micro_usd or 0) - window.spent_micro_usd


def in_words(window: Window, reserve: int = 0) -> str:
    """Return that of a budget too little is left for a page, as people are told."""
    if reserve and (left := _left(window)) > 0:
        return (
            f"a page reserves {reserve / MICRO:.4f} USD, {left / MICRO:.4f} is left of the budget "
            f"of the {window.name}"
        )
    spent_usd, cap_usd = window.spent_micro_usd / MICRO, (window.cap_micro_usd or 0) / MICRO
    return f"the budget of the {window.name} is spent: {spent_usd:.2f} of {cap_usd:.2f} USD"
