"""The job class: JSON only, two allowed callables, walks the route, settles its page.

Every way a job can end in RQ 3.0 goes through `retry`, `_handle_success` or `_handle_failure`,
inside RQ's own transaction: so the page moves, or is settled, exactly when RQ's state changes.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from redis.client import Pipeline
from rq import Queue
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job, JobStatus, get_current_job
from rq.utils import as_text, import_attribute

from ocrqueue import logs
from ocrqueue.broker import counts, document_record, job_validation, keys, scripts, unpacking
from ocrqueue.broker.job_ends import LeftToOthers, PutBack
from ocrqueue.model import readings, routing
from ocrqueue.model.document import RouteStep
from ocrqueue.model.errors.page import PageError, WorkerDied
from ocrqueue.model.page import Attempt, PageResult, failed_result


class PageJob(Job):
    """One page to read, or one document to collect; its id says which.

    meta: `route` ([[backend, tries], ...]) and `history`; `doc` and `page` are for people.
    """

    def __init__(
        self,
        id: str | None = None,  # noqa: A002 - RQ's name for it
        connection: Any = None,
        serializer: Any = None,  # noqa: ARG002 - it is always JSON
    ) -> None:
        """Take RQ's arguments; the serializer is always JSON."""
        self.failure: Attempt | None = None  # of this run, not in the history yet
        self.stopping = False  # the worker was told to stop at once: not the page's fault
        self.put_back: PutBack | None = None  # where it goes on, though no attempt failed
        self.events: Sequence[tuple[str, float]] = ()  # to be told when it ends, after how long (s)
        super().__init__(id, connection, unpacking.ShallowJSON)

    def restore(self, raw_data: Any) -> Any:
        """Take what Redis has; meta that is no JSON is dropped, nothing is ever unpickled.

        Raises:
            NoSuchJobError: it cannot be read, and counts as gone.
        """
        try:
            super().restore(unpacking.bounded(raw_data))
        except Exception as error:  # somebody else wrote it: anything may be wrong
            raise NoSuchJobError(f"{self.id:.200} cannot be read: {error!r:.200}") from error
        if self._unreadable_meta is not None or not isinstance(self.meta, dict):
            self._unreadable_meta, self.meta = None, {}

    # What may run

    @property
    def func(self) -> Callable[..., Any]:
        """Return the function to call.

        Raises:
            ForbiddenCallable: it is not one of ours, or not for what the job's id names.
        """
        job_validation.require_ours(self)
        return import_attribute(keys.CALLABLES[str(self.func_name)])

    success_callback = failure_callback = stopped_callback = property(lambda _: None)

    def send_webhooks(self, *_: Any, **__: Any) -> None:
        """Send nothing: a webhook would let the queue make us call any address."""

    # Where the page goes

    @property
    def document(self) -> str:
        """Return the document's name in Redis."""
        return keys.meant_by(self.id)[0]

    @property
    def page(self) -> int | None:
        """Return the page's number; None for a collector's job."""
        return keys.meant_by(self.id)[1]

    @property
    def route(self) -> list[RouteStep]:
        """Return the route of the page."""
        return job_validation.route_of(self.meta)

    @property
    def may_leave(self) -> bool:
        """Return whether the page may go to a remote backend, as the queue knows it."""
        remote = {step.backend for step in self.route if step.remote}
        open_to = document_record.open_to(self.connection, self.document) if remote else ()
        return not remote.isdisjoint(open_to)

    @property
    def history(self) -> list[Attempt]:
        """Return the attempts that came before this run."""
        return job_validation.history_of(self.meta)

    @property
    def is_check(self) -> bool:
        """Return whether the page was read, and waits for its check."""
        return readings.unchecked(self.history) is not None

    @property
    def attempts(self) -> list[Attempt]:
        """Return all attempts, this run's failure last; without one, its worker has died."""
        return [*self.history, self.failure or self._abandoned()]

    @property
    def next_step(self) -> str | None:
        """Return the queue in which the page goes on after the failure; None: in none."""
        if self.page is None:  # collecting is idempotent: once more, if its worker died
            return keys.COLLECT_QUEUE if len(self.attempts) < 3 else None  # noqa: PLR2004
        if len(self.attempts) >= job_validation.MOST_ATTEMPTS:
            return None
        step = routing.next_step(self.route, self.attempts, may_leave=self.may_leave)
        # Who cannot write down why the page failed leaves that to somebody who can.
        return step or (self.origin if self._is_out_of_sight else None)

    @property
    def _is_out_of_sight(self) -> bool:
        try:
            job_validation.require_ours(self)
            return bool(import_attribute(keys.OUT_OF_SIGHT)(self.args[0]))
        except Exception:  # noqa: BLE001 - as in `_settle_failed`
            return False

    @property
    def retries_left(self) -> int | None:
        """Return 1 while the route goes on: RQ asks this where a run failed or was abandoned."""
        if self.stopping or self.put_back:
            return 1
        if not self.failure and self.get_status(refresh=False) != JobStatus.STARTED:
            return None
        return 0 if self.next_step is None else 1

    @retries_left.setter
    def retries_left(self, _: int | None) -> None:
        """Ignore RQ's own count."""

    def retry(self, queue: Queue, pipeline: Pipeline) -> None:
        """Put the page back, or on the next backend's queue, with its history."""
        if self.stopping:
            self._enqueue(queue.name, pipeline, at_front=True)
        elif back := self.put_back:
            self.meta["history"] = [attempt.to_wire() for attempt in back.history]
            self._enqueue(back.queue, pipeline, at_front=isinstance(back, LeftToOthers))
        else:
            name, attempts, has_died = self.next_step or queue.name, self.attempts, not self.failure
            self.meta["history"] = [attempt.to_wire() for attempt in attempts]
            self.failure = None
            self._enqueue(name, pipeline, at_front=has_died and name == queue.name)

    def _enqueue(self, name: str, pipeline: Pipeline, *, at_front: bool = False) -> None:
        queue = Queue(name, connection=self.connection, job_class=type(self))
        pipeline.sadd(queue.redis_queues_keys, queue.key)  # else the dashboard never lists it
        queue._enqueue_job(self, pipeline=pipeline, at_front=at_front)  # noqa: SLF001 - as RQ's retry
        if not at_front:
            scripts.take_turns(pipeline, name, self.document, added=1)

    # Reading it again

    def requeue(self, at_front: bool = False) -> "PageJob":  # noqa: FBT001, FBT002 - RQ's signature
        """Read a failed page once more from the start of its route, or collect once more.

        The page is pending again in the same transaction, so that its document waits for it.

        Raises:
            InvalidJobOperation: the job has not failed, or is none of ours.
        """
        self.connection.transaction(lambda pipe: self._requeue(pipe, at_front=at_front), self.key)
        return self

    def _requeue(self, pipe: Pipeline, *, at_front: bool) -> None:
        status = as_text(pipe.hget(self.key, "status") or "gone")
        start = self._start
        if status != JobStatus.FAILED or not self.document or not start:
            message = f"job {self.id} is {status}: only a failed job of ours can run again"
            raise InvalidJobOperation(message)
        pipe.multi()
        pipe.zrem(self.failed_job_registry.key, self.id)
        pipe.delete(f"rq:results:{self.id}")
        pipe.persist(self.key)
        self.started_at = self.ended_at = None
        self._exc_info, self.meta = "", {**self.meta, "history": []}
        self._enqueue(start, pipe, at_front=at_front)
        self._reopen(pipe)

    @property
    def _start(self) -> str:
        """Return the queue it begins in; "" if there is none."""
        if self.page is None:
            return keys.COLLECT_QUEUE
        return routing.first_step(self.route, may_leave=self.may_leave) or ""

    def _reopen(self, pipe: Pipeline) -> None:
        """Let the document live again: its keys expire once it has been collected."""
        names = keys.settle_keys(self.document)
        for name in (*names[:5], f"rq:job:{keys.collect_job_id(self.document)}"):
            pipe.persist(name)
        workspace = self.document.partition("-")[0]
        pipe.zadd(keys.live(workspace), {self.document: datetime.now(UTC).timestamp()}, nx=True)
        if self.page is not None:
            scripts.mark_pending(pipe, self.document, [self.page])

    # Settling

    def _handle_success(
        self, result_ttl: Any, pipeline: Pipeline, *args: Any, **kwargs: Any
    ) -> None:
        if self.page is None:
            super()._handle_success(result_ttl, pipeline, *args, **kwargs)
        else:  # the same without RQ's stream of results: a third of the memory, and nobody reads it
            self.set_status(JobStatus.FINISHED, pipeline=pipeline)
            self.save(pipeline=pipeline, include_meta=False, include_result=False)
            self.finished_job_registry.add(self, result_ttl, pipeline)
        self.conclude(pipeline)

    def conclude(self, pipeline: Pipeline) -> None:
        """Settle the page that was read, or close the document that was collected."""
        if self.page is not None:
            told = {"state": "done", "counts": {}, **(self._result or {})}
            scripts.settle(pipeline, self.document, self.page, told["state"], told["counts"])
        elif self.document:
            kept_s = self.failure_ttl or 3600
            scripts.close(pipeline, self.document, kept_s, self.result_ttl or kept_s, self.events)

    def _handle_failure(
        self,
        exc_string: str,  # noqa: ARG002 - RQ's signature
        pipeline: Pipeline,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        attempts = self.attempts
        self.meta["history"] = [attempt.to_wire() for attempt in attempts]
        self.failure = None
        ended = self._settle_failed(self.page, attempts) if self.page is not None else None
        # What the dashboard shows of it; names may be odd.
        told = "\n".join(f"{a.at} {a.backend}: {a.error}: {a.message}" for a in attempts)
        shown = told.encode("utf-8", "replace").decode()
        super()._handle_failure(shown, pipeline, *args, **kwargs)
        pipeline.hset(self.key, "meta", self._serialize_meta())
        if ended is not None:
            scripts.settle(pipeline, self.document, ended.page, ended.state, counts.of(ended))
        elif self.document:  # one that cannot be written must not hold up the rest
            kept_s = self.failure_ttl or 3600
            scripts.close(pipeline, self.document, kept_s, kept_s, self.events)

    def _settle_failed(self, page: int, attempts: list[Attempt]) -> PageResult:
        """Keep why the page failed; return what counts: another reading may stand in.

        Whatever goes wrong here (the workspace was deleted, its disk is full, the job is not
        ours), the page must still be settled: the next worker would only fail again.
        """
        try:
            job_validation.require_ours(self)
            ended: PageResult = import_attribute(keys.SETTLE_FAILED)(self, attempts)
        except Exception as error:  # noqa: BLE001 - see above
            logs.emit(logs.Event.PAGE_REASON_LOST, job=self.id, error=repr(error))
            return failed_result(page, attempts)
        return ended

    def _abandoned(self) -> Attempt:
        """Return the attempt of a worker that died, and could say nothing."""
        died = WorkerDied(f"the {self.origin} worker died while it read this page")
        left = any(step.remote and step.backend == self.origin for step in self.route)
        return replace(self.ended_by(died), left=left and not self.is_check)

    def ended_by(self, error: PageError) -> Attempt:
        """Return the attempt of this run, which an error has ended just now."""
        now = datetime.now(UTC)
        return Attempt.ended_by(
            error,
            at=now.isoformat(timespec="seconds"),
            backend=self.origin,
            seconds=round((now - (self.started_at or now)).total_seconds(), 3),
            worker=self.worker_name or "",
            checks=self.is_check,
        )


def current() -> PageJob | None:
    """Return the job that runs now in this process."""
    job = get_current_job()
    return job if isinstance(job, PageJob) else None


def current_history() -> list[Attempt]:
    """Return the attempts that came before the one that runs now."""
    job = current()
    return job.history if job else []
