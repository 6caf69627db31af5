"""Every event that is ever logged: its name, its level and the fields it may carry."""

from enum import StrEnum
from typing import Self


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
        "document page backend model attempt seconds outcome verdict confidence error message",
    )
    PAGE_TAKEN_OVER = "page.taken_over", "warning", "job worker"
    PAGE_REASON_LOST = "page.reason_lost", "error", "job error"
    JOB_UNREADABLE = "job.unreadable", "error", "job error"
    PAGES_SWEPT = "pages.swept", "warning", "document pages"

    ENQUEUE_DOCUMENT = (
        "enqueue.document",
        "info",
        "source document action pages queued reused error message",
    )
    ENQUEUE_FINISHED = "enqueue.finished", "info", "documents pages queued skipped failed seconds"
    DOCUMENT_COLLECTED = "document.collected", "info", "document outputs state seconds"

    QUEUE_UNREAD = "queue.unread", "warning", "queues pages"

    WORKER_STARTED = "worker.started", "info", "worker queue pid"
    WORKER_STOPPED = "worker.stopped", "info", "worker pages"
    WORKER_RECYCLED = "worker.recycled", "info", "worker reason pages"
    WORKER_RECOVERED = "worker.recovered", "warning", "worker job"
    WORKER_HUNG = "worker.hung", "error", "worker job seconds"
    WORKER_HEARTBEAT_MISSED = "worker.heartbeat_missed", "warning", "worker error"

    SERVER_STARTED = "server.started", "info", "socket port pid"
    SERVER_FULL = "server.full", "warning", "error"
    SERVER_AWAITED = "server.awaited", "warning", "addresses"
    DASHBOARD_STARTED = "dashboard.started", "info", "address"

    SUPERVISOR_STARTED = "supervisor.started", "info", "children"
    SUPERVISOR_CHILD_RESTARTED = (
        "supervisor.child_restarted",
        "warning",
        "child exit seconds again_in_s",
    )
    SUPERVISOR_STOPPED = "supervisor.stopped", "info", "signals"
