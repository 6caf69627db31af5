"""Overflow: an idle worker of another backend takes pages from the end of a long queue.

Only pages that the other backend may read and has not tried, and only while the queue is too long,
would take too long, or has had no living worker for a while. See overflow.lua.
"""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ocrqueue import logs
from ocrqueue.broker import keys, monitor, scripts, unpacking
from ocrqueue.broker.connection import Client, text
from ocrqueue.settings.schema_remote import OverflowSettings

LOOK_S = 1.0  # how often a queue that needs no help is looked at
WINDOW = 200  # ids that are looked at in one step of the server
MINUTE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """A queue as it is just now."""

    waiting: int  # pages
    per_minute: float | None  # pages its living workers read; None: not known
    unread_s: float  # since one of its workers gave a sign of life


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """That a queue needs help, why, and how many pages to leave to its own workers."""

    reason: str
    keep: int = 0


def needed(backlog: Backlog, limits: OverflowSettings) -> Help | None:
    """Decide whether a queue needs help."""
    if not backlog.waiting:
        return None
    if 0 < limits.asleep_s <= backlog.unread_s:
        return Help(reason=f"no worker for {limits.asleep_s:g} s")
    found = []
    if 0 < limits.pages < backlog.waiting:
        found.append(Help(reason=f"more than {limits.pages} pages", keep=limits.pages))
    if limits.minutes and backlog.per_minute:
        keep = math.floor(limits.minutes * backlog.per_minute)
        if keep < backlog.waiting:
            found.append(Help(reason=f"more than {limits.minutes:g} minutes", keep=keep))
    return min(found, key=lambda one: one.keep, default=None)


def look(client: Client, queue: str) -> Backlog:
    """Look at a queue; a queue that never had a worker is unread since this is first asked."""
    with client.pipeline(transaction=False) as pipe:
        pipe.llen(keys.queue(queue))
        pipe.smembers(f"rq:workers:{queue}")
        waiting, workers = pipe.execute()
    return Backlog(
        waiting=int(waiting),
        per_minute=_pace(client, [text(worker) for worker in workers]),
        unread_s=monitor.unread_s(client, queue),
    )


def _pace(client: Client, workers: list[str]) -> float | None:
    """Return how many pages living workers end a minute while they work, as RQ counts them."""
    with client.pipeline(transaction=False) as pipe:
        for worker in workers:
            pipe.hmget(
                worker, "successful_job_count", "failed_job_count", "total_working_time", "death"
            )
        told = pipe.execute()
    paces = [
        (unpacking.number(done) + unpacking.number(failed)) / unpacking.decimal(seconds) * MINUTE_S
        for done, failed, seconds, death in told
        if not death and unpacking.decimal(seconds) > 0
    ]
    return sum(paces) or None


class Overflow:
    """Takes pages of one queue for a worker of another, while that is needed."""

    def __init__(
        self,
        client: Client,
        *,
        source: str,
        target: str,
        limits: OverflowSettings,
        put_back: Callable[[], object] = lambda: None,
        may_help: Callable[[], bool] = lambda: True,
        passed: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        """Take pages of the queue `source` for a worker of `target`, while it `may_help`.

        Documents that are `passed` over stay where they are.

        `put_back` returns to `source` what its dead workers held; nobody else may be left to.
        """
        self._client, self._source, self._target = client, source, target
        self._passed = passed
        self._limits, self._put_back, self._may_help = limits, put_back, may_help
        self._help: Help | None = None
        self._looked = -math.inf
        self._pace: float | None = None  # the last one known: a renewed worker has none yet
        self._over = 0  # ids at the end of the queue that are not for us
        self._taken = 0

    def take(self) -> str:
        """Return the id of a job, already among those that the target's workers have taken."""
        if time.monotonic() - self._looked >= LOOK_S:
            self._looked = time.monotonic()
            self._notice(self._needed())
        if self._help is None or not self._may_help():
            return ""
        job_id, self._over = scripts.take_over(
            self._client,
            self._source,
            self._target,
            keep=self._help.keep,
            reason=self._help.reason,
            over=self._over,
            window=WINDOW,
            passed=self._passed(),
        )
        self._taken += bool(job_id)
        return job_id

    def _needed(self) -> Help | None:
        backlog = look(self._client, self._source)
        self._pace = backlog.per_minute or self._pace
        if 0 < self._limits.asleep_s <= backlog.unread_s:
            self._put_back()
            backlog = look(self._client, self._source)
        known = Backlog(waiting=backlog.waiting, per_minute=self._pace, unread_s=backlog.unread_s)
        return needed(known, self._limits)

    def _notice(self, found: Help | None) -> None:
        queue, worker = self._source, self._target
        if found and not self._help:
            logs.emit(logs.Event.OVERFLOW_BEGUN, queue=queue, worker=worker, reason=found.reason)
        if self._help and not found:
            logs.emit(logs.Event.OVERFLOW_ENDED, queue=queue, worker=worker, pages=self._taken)
            self._taken = 0
        self._help = found
