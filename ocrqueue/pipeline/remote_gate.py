"""The pool of remote workers as one of them sees it: may the page in hand leave, and for how much?

Stands between the backend and the gate of the pool: before each request the workspace is asked once
more whether the page may leave, and what the request costs is booked on the page's own run.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ocrqueue.broker import document_record, monitor, page_job
from ocrqueue.broker.connection import Client
from ocrqueue.broker.document_record import Run
from ocrqueue.broker.gate import SharedGate
from ocrqueue.model.errors.page import MustStay, OutOfMoney, PageError, PoolPaused
from ocrqueue.model.gate import MICRO, NO_CREDIT, Admission, Lease
from ocrqueue.model.money import Caps, Limits, OverBudget, PoolState, Window
from ocrqueue.pipeline.attempt import Request
from ocrqueue.settings.schema_remote import RemoteSettings

PATIENCE_S = 15.0  # what a page waits for; for longer it goes back to its queue
BREATH_S = 1.0  # after a look or a page that was in vain: so long it does not try again


@dataclass(slots=True, kw_only=True)
class Pool:
    """The gate of one worker, for whichever page it has in hand."""

    client: Client
    name: str  # of the backend, and its queue
    settings: RemoteSettings
    rest_s: float  # after a page that could not be sent: so long it takes no other
    clock: Callable[[], float] = time.monotonic
    _request: Request | None = None
    _has_left: bool = False
    _run: str = ""  # of the page in hand
    _is_run_spent: bool = False
    _passed: dict[str, float] = field(default_factory=dict)  # run -> until when it is passed over
    _any: SharedGate | None = None  # of no run
    _own: SharedGate | None = None  # of the page in hand
    _rests_until: float = 0.0
    _looks_at: float = 0.0  # when its own queue is looked through again

    def begin(self, request: Request) -> None:
        """Take a page in hand, before anything is drawn.

        Raises:
            MustStay: it may not leave this machine.
            PoolPaused: the service asked for patience, for longer than a page waits.
            OutOfMoney: the budget of its run, of the day or of the month is spent, or the account
                has no credit.
        """
        self._request, self._has_left, self._is_run_spent = request, False, False
        self._require_permission()
        job = page_job.current()
        run = document_record.run_of(self.client, job.document if job else "")
        self._run = run.name
        self._own = self._base.for_run(run.name, caps_of(self.settings, run))
        state = self._own.state()
        if state.paused_s > PATIENCE_S and state.why.startswith(NO_CREDIT):
            raise OutOfMoney(state.why)
        if state.paused_s > PATIENCE_S:
            raise PoolPaused(f"the pool waits: {state.why}", wait_s=state.paused_s)
        if window := spent_window(state):
            self._is_run_spent = window.name == "run"
            raise OutOfMoney(in_words(window))

    def rest(self, error: PageError) -> None:
        """Take no page for a while, and let people know why.

        Where only the run of the page in hand has no money, pages of others are taken still.
        """
        now, told_s = self.clock(), 2 * self.rest_s + 1
        if not self._is_run_spent:
            self._rests_until = now + self.rest_s
            monitor.hold(self.client, self.name, str(error), for_s=told_s)
            return
        if now < self._passed.get(self._run, 0.0):
            self._rests_until = now + BREATH_S
        self._passed[self._run] = now + self.rest_s
        document_record.note(self.client, self.name, self._run, str(error), for_s=told_s)

    def has_left(self, request: Request) -> bool:
        """Return whether a page was sent; one that never came into hand was not."""
        return self._has_left and self._request is request

    def may_take(self) -> bool:
        """Return whether it makes sense to take another page."""
        return self.clock() >= self._rests_until

    def finds_work(self) -> bool:
        """Return whether a page of the own queue may be paid for; it is at the head then.

        Runs without money are passed over. After a while one page of each is tried again.
        """
        now = self.clock()
        self._passed = {run: until for run, until in self._passed.items() if now < until}
        if not self._passed:
            return True
        if now < self._looks_at:
            return False
        found = document_record.pass_over(self.client, self.name, self._passed)
        self._looks_at = now if found else now + BREATH_S
        return found

    def may_help(self) -> bool:
        """Return whether a page of another queue may be taken: there is money, and no pause."""
        state = self._base.state()
        return state.paused_s <= PATIENCE_S and spent_window(state) is None

    # The gate

    def admit(self, estimate_micro_usd: int, model: str) -> Admission:
        """Ask to send the page in hand.

        Raises:
            MustStay: it may no longer leave this machine.
        """
        self._require_permission()
        found = self._gate.admit(estimate_micro_usd, model)
        self._has_left |= isinstance(found, Lease)
        self._is_run_spent |= isinstance(found, OverBudget) and found.window == "run"
        return found

    def settle(self, lease: Lease, cost_micro_usd: int | None) -> None:
        """Give a lease back with what the request cost."""
        self._gate.settle(lease, cost_micro_usd)

    def pause(self, seconds: float, why: str, *, fewer: bool = False) -> None:
        """Let nobody of the pool send for so long."""
        self._gate.pause(seconds, why, fewer=fewer)

    def fail(self, model: str) -> None:
        """Note that a model, or the service for it, failed."""
        self._gate.fail(model)

    def ok(self, model: str) -> None:
        """Note that a model answered."""
        self._gate.ok(model)

    @property
    def _base(self) -> SharedGate:
        if self._any is None:
            self._any = gate_of(self.client, self.name, self.settings, Run())
        return self._any

    @property
    def _gate(self) -> SharedGate:
        if self._own is None:
            message = "no page is in hand: begin() comes first"
            raise RuntimeError(message)
        return self._own

    def _require_permission(self) -> None:
        if self._request is None or not self._request.may_leave():
            page = self._request.page if self._request else 0
            raise MustStay(f"page {page} may not leave this machine")


def gate_of(client: Client, name: str, settings: RemoteSettings, run: Run) -> SharedGate:
    """Return the gate of a pool for one run."""
    limits = Limits(requests=settings.requests, per_minute=settings.per_minute)
    caps = caps_of(settings, run)
    return SharedGate(client, pool=name, run=run.name, limits=limits, caps=caps)


def caps_of(settings: RemoteSettings, run: Run) -> Caps:
    """Return the budgets: the run's own, or that of the settings, and those of day and month."""
    caps = Caps.of_usd(
        run=settings.budget_usd, day=settings.budget_day_usd, month=settings.budget_month_usd
    )
    own = caps.run if run.cap_micro_usd is None else run.cap_micro_usd
    return replace(caps, run=own)


def spent_window(state: PoolState) -> Window | None:
    """Return a budget that is spent: the run's before the day's, and that before the month's."""
    for window in state.windows:
        if window.cap_micro_usd is not None and window.spent_micro_usd >= window.cap_micro_usd:
            return window
    return None


def in_words(window: Window) -> str:
    """Return that a budget is spent, as people are told."""
    spent_usd, cap_usd = window.spent_micro_usd / MICRO, (window.cap_micro_usd or 0) / MICRO
    return f"the budget of the {window.name} is spent: {spent_usd:.2f} of {cap_usd:.2f} USD"
