"""Every event that is ever logged: its name, its level and the fields it may carry."""

from enum import StrEnum
from typing import Self

_MEASURED = "confidence tokens tokens_per_s first_token_s"


class Event(StrEnum):
    """One kind of log line. None of the fields holds text of a page."""

    level: str
    fields: frozenset[str]

    def __new__(cls, name: str, level: str, fields: str) -> Self:
        """Make a member: its name in the log, its level, its fields separated by spaces."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.level = level
        member.fields = frozenset(fields.split())
        return member

    # The canonical line: one for each try of one backend at one page.
    PAGE_ATTEMPT = (
        "page.attempt",
        "info",
        "document source page backend model attempt seconds outcome verdict error message "
        + _MEASURED,
    )
    # What a model read was held against a second reading, in a worker of its own.
    PAGE_CHECKED = (
        "page.checked",
        "info",
        "document source page backend by agreed seconds verdict message",
    )
    # A failure that nobody foresaw: its kind and where it began, not what it says.
    PAGE_UNEXPECTED = "page.unexpected", "error", "document source page kind where"
    CHECKS_CALLED_OFF = "checks.called_off", "warning", "queue pages"
    PAGE_TAKEN_OVER = "page.taken_over", "warning", "job worker"
    PAGE_SENT_BACK = "page.sent_back", "error", "document source page queue"
    PAGE_PUT_BACK = "page.put_back", "info", "document source page queue error message"
    PAGE_REASON_LOST = "page.reason_lost", "error", "job error"
    JOB_UNREADABLE = "job.unreadable", "error", "job error"
    KEY_REMOVED = "key.removed", "error", "key kind"
    PAGES_SWEPT = "pages.swept", "warning", "document pages"

    ENQUEUE_DOCUMENT = (
        "enqueue.document",
        "info",
        "source document action pages queued reused error message",
    )
    ENQUEUE_LEFT_OUT = "enqueue.left_out", "warning", "type files"
    ENQUEUE_FINISHED = "enqueue.finished", "info", "documents pages queued skipped failed seconds"
    INPUT_LATE = "input.late", "warning", "source seconds"  # it is still being written
    DOCUMENT_COLLECTED = "document.collected", "info", "document source outputs state seconds"

    HOOK_FAILED = "hook.failed", "warning", "document message"
    HOOKS_LEFT = "hooks.left", "warning", "waiting"
    HOOK_GIVEN_UP = "hook.given_up", "error", "document message"

    REMOTE_ALLOWED = "remote.allowed", "info", "document source"
    REMOTE_FORBIDDEN = "remote.forbidden", "info", "document source"
    REMOTE_ANSWER = (
        "remote.answer",
        "info",
        "page model provider outcome why seconds prompt_tokens tokens cost_usd",
    )
    OVERFLOW_BEGUN = "overflow.begun", "info", "queue worker reason pages"
    OVERFLOW_ENDED = "overflow.ended", "info", "queue worker pages"

    GATE_UNHEARD = "gate.unheard", "warning", "pool error"

    QUEUE_UNREAD = "queue.unread", "warning", "queues pages"

    WORKER_STARTED = "worker.started", "info", "worker queue pid"
    WORKER_STOPPED = "worker.stopped", "info", "worker pages"
    WORKER_RECYCLED = "worker.recycled", "info", "worker reason pages"
    WORKER_RECOVERED = "worker.recovered", "warning", "worker job"
    WORKER_RESTS = "worker.rests", "warning", "worker message"
    WORKER_GOES_ON = "worker.goes_on", "info", "worker"
    WORKER_HUNG = "worker.hung", "error", "worker job seconds"
    WORKER_HEARTBEAT_MISSED = "worker.heartbeat_missed", "warning", "worker error"

    MODEL_LOADED = "model.loaded", "info", "backend model seconds warm_up_s memory_mb corrected"
    MODEL_PRINTED = "model.printed", "debug", "line"
    MODEL_AWAITED = "model.awaited", "warning", "worker problem"
    LEASE_AWAITED = "lease.awaited", "warning", "worker holder user"

    SERVER_STARTED = "server.started", "info", "socket port pid"
    SERVER_FULL = "server.full", "warning", "error"
    SERVER_AWAITED = "server.awaited", "warning", "addresses error"
    DASHBOARD_STARTED = "dashboard.started", "info", "address"

    SUPERVISOR_STARTED = "supervisor.started", "info", "children"
    SUPERVISOR_CHILD_RESTARTED = (
        "supervisor.child_restarted",
        "warning",
        "child exit seconds again_in_s",
    )
    SUPERVISOR_STOPPED = "supervisor.stopped", "info", "signals"
