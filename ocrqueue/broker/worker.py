"""The worker base for every backend: it beats while it reads and takes back what the dead held.

What it changes in RQ 3.0, each guarded by a test in tests/contract/test_rq.py:

- one queue per worker, taken with short LMOVE waits, so that a stop never loses a page in flight;
- a heartbeat thread, so that a dead worker is noticed in seconds;
- a watchdog that kills a worker whose page runs past its limit (a native hang);
- at start and while idle, pages of dead processes are put back at once;
- a fence: who was taken for dead meanwhile must not touch the state of the new run;
- no pub/sub commands, webhooks or callbacks.
"""

import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import redis
from rq import Queue, SimpleWorker, worker_registration
from rq.exceptions import AbandonedJobError
from rq.executions import Execution
from rq.job import Job, JobStatus
from rq.timeouts import JobTimeoutException

from ocrqueue import logs
from ocrqueue.broker import keys, rescue
from ocrqueue.broker.connection import Client, text
from ocrqueue.broker.page_job import PageJob
from ocrqueue.broker.pulse import Pulse
from ocrqueue.errors import BackendTimedOut, PageError, UnexpectedFailure
from ocrqueue.model import Attempt

TAKE_S = 1  # seconds: how long one look at the queue blocks


class PageWorker(SimpleWorker):
    """Consumes one queue, one job after another, in this process."""

    job_class = PageJob

    def __init__(self, queues: Any, name: str | None = None, **options: Any) -> None:
        """Take RQ's arguments: RQ itself calls this to list workers."""
        self.beat_s: float = 5.0
        self.missed_beats = 3
        self.grace_s: float = 15.0
        self.page_limit_s = 180.0
        self.should_recycle: Callable[[], str] = lambda: ""  # the reason to end, if there is one
        self.look_after: Callable[[], object] = lambda: None  # called with the queue's maintenance
        self.jobs_begun = 0
        self._job_began: float | None = None
        self._pulse = Pulse(self._beat, lambda: self.beat_s)
        options.setdefault("exception_handlers", [note_failure])
        options["serializer"] = "json"
        super().__init__(queues, name, log_job_description=False, **options)

    # Taking a page

    def dequeue_job_and_maintain_ttl(
        self,
        timeout: int | None,
        max_idle_time: int | None = None,  # noqa: ARG002 - RQ's signature
    ) -> tuple[Job, Queue] | None:
        """Wait for a job; return None when told to stop (or at once, in burst mode, when empty)."""
        (queue,) = self.queues
        last_beat = 0.0
        while not self._stop_requested:
            if reason := self.should_recycle():
                logs.emit(logs.Event.WORKER_RECYCLED, worker=self.name, reason=reason)
                return None
            try:
                if time.monotonic() - last_beat > self.beat_s:
                    self.heartbeat()
                    last_beat = time.monotonic()
                if self.should_run_maintenance_tasks:
                    self.run_maintenance_tasks()  # type: ignore[no-untyped-call]
                if job := self._take(queue, block=timeout is not None):
                    return job, queue
            except (redis.ConnectionError, redis.TimeoutError):
                continue  # the client has waited and tried for minutes already
            if timeout is None:
                return None
        return None

    def _take(self, queue: Queue, *, block: bool) -> Job | None:
        source, taken = queue.key, queue.intermediate_queue_key
        job_id = text(self.connection.lmove(source, taken))
        if not job_id and block:
            if self.get_state() != "idle":
                self.set_state("idle")
            job_id = text(self.connection.blmove(source, taken, TAKE_S))
        if not job_id:
            return None
        job = self._fetch(job_id)
        if job is None:
            self.connection.lrem(taken, 1, job_id)
            return None
        job.redis_server_version = self.get_redis_server_version()  # type: ignore[no-untyped-call]
        job.timeout = int(self.page_limit_s)
        self.jobs_begun += 1
        return job

    def _fetch(self, job_id: str) -> Job | None:
        """Return the job to run; None if it is gone, unreadable, or not waiting any more.

        A job may be gone because it was cancelled or deleted by hand (the sweep settles its page),
        and an id may wait twice (its job was put back twice, or queued anew after a cancel).
        """
        try:
            job = PageJob.fetch_many([job_id], connection=self.connection)[0]
        except (KeyError, TypeError, ValueError) as error:  # somebody else wrote it
            logs.emit(logs.Event.JOB_UNREADABLE, job=job_id, error=repr(error))
            self.connection.delete(PageJob.key_for(job_id))
            return None
        if not isinstance(job, PageJob):
            return None
        waits = job.get_status(refresh=False) == JobStatus.QUEUED
        return job if waits or job.page is None else None

    # Running it

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run the job while the pulse beats."""
        execution = self.prepare_execution(job)
        self._job_began = time.monotonic()
        try:
            with self._pulse.holding(job, execution):
                self.perform_job(job, queue, execution)
        finally:
            self._job_began = None

    def handle_execution_ended(self, job: Job, queue: Queue, heartbeat_ttl: int) -> None:
        """Stop the watchdog's clock: waiting for Redis is not the page's fault."""
        self._job_began = None
        super().handle_execution_ended(job, queue, heartbeat_ttl)

    def _beat(self, job: Job, execution: Execution) -> None:
        began = self._job_began
        if began is not None and time.monotonic() - began > self.page_limit_s + self.grace_s:
            logs.emit(logs.Event.WORKER_HUNG, worker=self.name, seconds=time.monotonic() - began)
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            self.maintain_heartbeats(job, execution)
        except redis.RedisError as error:
            logs.emit(logs.Event.WORKER_HEARTBEAT_MISSED, worker=self.name, error=str(error))

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:  # noqa: ARG002 - RQ's signature
        """Return after how many seconds without a heartbeat a page is taken back."""
        return max(1, round(self.beat_s * self.missed_beats))

    # Ending it

    def handle_job_success(
        self, job: Any, queue: Queue, started_job_registry: Any, execution: Any
    ) -> None:
        """Record the success, unless the page was given to another worker meanwhile."""
        if self._taken_over(job, execution):
            with self.connection.pipeline() as pipe:  # the result itself is good: first one wins
                job.conclude(pipe)
                pipe.execute()
            return
        super().handle_job_success(job, queue, started_job_registry, execution)

    def handle_job_failure(
        self,
        job: Any,
        queue: Queue,
        started_job_registry: Any = None,
        exc_string: str = "",
        execution: Any = None,
    ) -> None:
        """Record the failure, unless the page was given to another worker meanwhile."""
        if self._taken_over(job, execution):
            return
        super().handle_job_failure(job, queue, started_job_registry, exc_string, execution)

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Note the failure without RQ's log of the traceback: a message may hold page text."""
        note_failure(job, *exc_info)  # type: ignore[arg-type]

    def _taken_over(self, job: Job, execution: Execution | None) -> bool:
        if execution is None:
            return False
        registry = job.started_job_registry.key
        if self.connection.zscore(registry, execution.composite_key) is not None:
            return False
        logs.emit(logs.Event.PAGE_TAKEN_OVER, job=job.id, worker=self.name)
        self.executions.pop(execution.id, None)
        return True

    # Living and dying

    def bootstrap(self, *args: Any, **kwargs: Any) -> None:
        """Put back what dead processes held, then register."""
        rescue.put_back(self, self.queues[0])
        super().bootstrap(*args, **kwargs)

    def clean_registries(self) -> None:
        """Look after the queue, one worker at a time."""
        (queue,) = self.queues
        lock = keys.maintenance(queue.name)
        if self.connection.set(lock, self.name, nx=True, ex=30):
            try:
                rescue.put_back(self, queue)
                queue.failed_job_registry.cleanup()
                queue.finished_job_registry.cleanup()
                worker_registration.clean_worker_registry(queue)
                self.look_after()
            finally:
                self.connection.delete(lock)
        self.last_cleaned_at = datetime.now(UTC)  # type: ignore[assignment]

    def clean_group_registries(self) -> None:
        """Do nothing: we use no groups."""

    def subscribe(self) -> None:
        """Do nothing: no commands by pub/sub."""

    def unsubscribe(self) -> None:
        """Do nothing: no commands by pub/sub."""

    def procline(self, message: str) -> None:
        """Leave the process title alone."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002 - signal handler
        """Finish the page, then stop; a second signal puts the page back at once."""
        self._stop_requested = True
        signal.signal(signal.SIGINT, self.request_force_stop)
        signal.signal(signal.SIGTERM, self.request_force_stop)

    def request_force_stop(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Stop now: the page goes back to the head of its queue."""
        if self._job_began is not None:
            raise SystemExit


def note_failure(job: PageJob, kind: type, value: BaseException, _: Any) -> bool:
    """Turn what ended the run into an attempt for the history; RQ calls this before it decides."""
    if issubclass(kind, SystemExit):
        job.stopping = True
        return True
    if issubclass(kind, AbandonedJobError):
        return True  # the job knows by itself that its worker has died
    attempt = getattr(value, "attempt", None)
    if isinstance(attempt, Attempt):
        job.failure = attempt
        return True
    error = _as_page_error(job, kind, value)
    began = job.started_at or datetime.now(UTC)
    job.failure = Attempt(
        backend=job.origin,
        seconds=round((datetime.now(UTC) - began).total_seconds(), 3),
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        worker=job.worker_name or "",
        error=error.code,
        message=str(error),
        again=error.again,
        hand_over=error.hand_over,
    )
    return True


def _as_page_error(job: PageJob, kind: type, value: BaseException) -> PageError:
    if isinstance(value, PageError):
        return value
    if issubclass(kind, JobTimeoutException):
        return BackendTimedOut(f"the page took longer than {job.timeout:.0f} s")
    return UnexpectedFailure(f"{kind.__name__}: {value}")


def make_worker(client: Client, queue: str, *, name: str) -> PageWorker:
    """Return a worker for one queue that notices dead ones within seconds."""
    return PageWorker(
        [queue],
        name,
        connection=client,
        worker_ttl=30,
        maintenance_interval=5,
        job_monitoring_interval=5,
    )
