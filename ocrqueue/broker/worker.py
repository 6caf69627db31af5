"""The worker base for every backend: it beats while it reads and takes back what the dead held.

What it changes in RQ 3.0, each guarded by a test in tests/contract/test_rq*.py:

- one queue per worker, taken with short LMOVE waits, so that a stop never loses a page in flight;
- a heartbeat thread, so that a dead worker is noticed in seconds;
- a watchdog that kills a worker whose page runs past its limit (a native hang);
- at start and while idle, pages of dead processes are put back at once;
- a fence: who was taken for dead meanwhile must not touch the state of the new run;
- no pub/sub commands, webhooks or callbacks.
"""

import contextlib
import math
import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import redis
from rq import Queue, SimpleWorker
from rq.executions import Execution
from rq.job import Job

from ocrqueue import logs
from ocrqueue.broker import connection, job_lookup, keys, recovery
from ocrqueue.broker.connection import Client, text
from ocrqueue.broker.failures import PageLimit, note_failure
from ocrqueue.broker.heartbeat import Pulse
from ocrqueue.broker.job_ends import LeftToOthers
from ocrqueue.broker.page_job import PageJob
from ocrqueue.broker.passed_over import PassedOver
from ocrqueue.model import failpoints
from ocrqueue.model.failpoints import Point
from ocrqueue.settings.schema import QueueSettings

BY_DEFAULT = QueueSettings()
# How long one look at the queue blocks, and so how long an idle worker takes to stop: at first, and
# after ten seconds in which nothing came. A thousand idle workers would be much of a server's work.
TAKE_S, LONGEST_TAKE_S = 0.25, 1.0


class PageWorker(SimpleWorker):
    """Consumes one queue, one job after another, in this process."""

    job_class = PageJob
    death_penalty_class = PageLimit

    def __init__(self, queues: Any, name: str | None = None, **options: Any) -> None:
        """Take RQ's arguments: RQ itself calls this to list workers."""
        self.times = BY_DEFAULT  # the section [queue] of the settings
        self.page_limit_s = 180.0
        self.should_recycle: Callable[[], str] = lambda: ""  # the reason to end, if there is one
        self.look_after: Callable[[], object] = lambda: None  # called with the queue's maintenance
        self.may_take: Callable[[], bool] = lambda: True  # else it rests
        # Moves a job of another queue to those that ours has taken; called while ours is empty.
        self.take_over: Callable[[], str] = lambda: ""
        self.jobs_begun = 0
        self._take_s = TAKE_S
        self._job_began: float | None = None
        self._last_beat = self._last_suspension = -math.inf  # times of time.monotonic()
        self._pulse = Pulse(self._beat, lambda: self.times.beat_s)
        options.setdefault("exception_handlers", [note_failure])
        options["serializer"] = "json"
        super().__init__(queues, name, log_job_description=False, **options)
        # What it leaves in its queue to others; RQ lists workers without queues.
        self.passed = PassedOver(self.connection, next((q.name for q in self.queues), ""))

    # Taking a page

    def dequeue_job_and_maintain_ttl(
        self,
        timeout: int | None,
        max_idle_time: int | None = None,  # noqa: ARG002 - RQ's signature
    ) -> tuple[Job, Queue] | None:
        """Wait for a job; return None when told to stop (or at once, in burst mode, when empty)."""
        (queue,) = self.queues
        while not self._stop_requested:
            if reason := self.should_recycle():
                logs.emit(logs.Event.WORKER_RECYCLED, worker=self.name, reason=reason)
                return None
            try:
                self.heartbeat()
                if self.should_run_maintenance_tasks:
                    self.run_maintenance_tasks()  # type: ignore[no-untyped-call]
                if not self.may_take():
                    time.sleep(TAKE_S)
                elif job := self._take(queue, block=timeout is not None):
                    return job, queue
            except (redis.ConnectionError, redis.TimeoutError):
                continue  # the client has waited and tried for minutes already
            if timeout is None:
                return None
        return None

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Say that this worker lives; RQ asks for it several times a job, once a beat is enough."""
        if pipeline is not None:
            super().heartbeat(timeout, pipeline)
            for queue in self.queues:
                pipeline.set(keys.alive(queue.name), self.name, ex=keys.ALIVE_S)
        elif time.monotonic() - self._last_beat > self.times.beat_s:
            self._last_beat = time.monotonic()
            with self.connection.pipeline(transaction=False) as pipe:
                self.heartbeat(pipeline=pipe)
                pipe.execute()

    def check_for_suspension(self, burst: bool) -> None:  # noqa: FBT001 - RQ's signature
        """Wait while `rq suspend` holds; looked at once a beat."""
        if time.monotonic() - self._last_suspension > self.times.beat_s:
            super().check_for_suspension(burst)
            self._last_suspension = time.monotonic()

    def _take(self, queue: Queue, *, block: bool) -> Job | None:
        source, taken = queue.key, queue.intermediate_queue_key
        finds = self.passed.finds_work()
        job_id = (text(self.connection.lmove(source, taken)) if finds else "") or self.take_over()
        if not job_id and block:
            if self.get_state() != "idle":
                self.set_state("idle")
            if finds:
                job_id = text(self.connection.blmove(source, taken, self._take_s))  # type: ignore[arg-type]
                self._take_s = min(1.1 * self._take_s, LONGEST_TAKE_S)
            else:
                time.sleep(TAKE_S)
        if not job_id:
            return None
        self._take_s = TAKE_S
        job = job_lookup.job_to_run(self.connection, job_id)
        if job is None:
            self.connection.lrem(taken, 1, job_id)
            return None
        failpoints.at(Point.JOB_TAKEN)
        job.redis_server_version = self.get_redis_server_version()  # type: ignore[no-untyped-call]
        job.timeout = int(self.page_limit_s)
        self.jobs_begun += 1
        return job

    # Running it

    def prepare_execution(self, job: Job) -> Execution:
        """Note in one transaction that the job runs here and is no longer only taken."""
        with self.connection.pipeline() as pipe:
            ttl = self.get_heartbeat_ttl(job)
            execution = Execution.create(job, ttl, pipeline=pipe, worker_name=self.name)
            self.executions[execution.id] = execution
            self.set_state("busy", pipeline=pipe)
            job.prepare_for_execution(self.name, pipeline=pipe)
            pipe.persist(job.key)
            pipe.lrem(self.queues[0].intermediate_queue_key, 1, job.id)
            pipe.execute()
        return execution

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run the job while the pulse beats."""
        execution = self.prepare_execution(job)
        self._job_began = time.monotonic()
        try:
            with self._pulse.holding(job, execution):
                self.perform_job(job, queue, execution)
        finally:
            self._job_began = None

    def handle_execution_ended(self, job: Job, queue: Queue, heartbeat_ttl: int) -> None:  # noqa: ARG002 - RQ's signature
        """Stop the watchdog's clock: waiting for Redis is not the page's fault."""
        self._job_began = None
        job.ended_at = datetime.now(UTC)

    def _beat(self, job: Job, execution: Execution) -> None:
        began = self._job_began
        if began is not None and time.monotonic() - began > self.page_limit_s + self.times.grace_s:
            logs.emit(logs.Event.WORKER_HUNG, worker=self.name, seconds=time.monotonic() - began)
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            self.maintain_heartbeats(job, execution)
        except Exception as error:  # noqa: BLE001 - a beat that fails must not be the last one
            logs.emit(logs.Event.WORKER_HEARTBEAT_MISSED, worker=self.name, error=str(error))

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:  # noqa: ARG002 - RQ's signature
        """Return after how many seconds without a heartbeat a page is taken back."""
        return max(1, round(self.times.beat_s * self.times.missed_beats))

    # Ending it

    def handle_job_success(
        self,
        job: Any,
        queue: Queue,  # noqa: ARG002 - RQ's signature
        started_job_registry: Any,  # noqa: ARG002
        execution: Any,
    ) -> None:
        """Record the success, unless the page was given to another worker meanwhile."""
        if self._taken_over(job, execution):
            with self.connection.pipeline() as pipe:  # the result itself is good: first one wins
                job.conclude(pipe)
                pipe.execute()
            return
        with self.connection.pipeline() as pipe:  # RQ would look for dependents first; we have none
            self.increment_successful_job_count(pipeline=pipe)
            self.increment_total_working_time(job.ended_at - job.started_at, pipe)
            kept_s = job.get_result_ttl(self.default_result_ttl)
            job._handle_success(  # noqa: SLF001 - as RQ's worker does
                kept_s,
                pipeline=pipe,
                worker_name=self.name,
                execution_id=execution.id,
                execution_started_at=execution.created_at,
                execution_ended_at=job.ended_at,
            )
            pipe.expire(job.key, kept_s)
            self.cleanup_execution(job, pipeline=pipe, execution=execution)
            pipe.execute()

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
        if isinstance(exc_info[1], LeftToOthers):
            self.passed.leave(exc_info[1], self.name)

    def _taken_over(self, job: Job, execution: Execution | None) -> bool:
        if execution is None:
            return False
        registry = f"rq:wip:{job.origin}"  # RQ's own object for it costs more than the question
        if self.connection.zscore(registry, execution.composite_key) is not None:
            return False
        logs.emit(logs.Event.PAGE_TAKEN_OVER, job=job.id, worker=self.name)
        self.executions.pop(execution.id, None)
        return True

    # Living and dying

    def heed_signals(self) -> None:
        """Let signals end this worker in order from now on; `work` does so too, but only later."""
        self._install_signal_handlers()  # type: ignore[no-untyped-call]

    def bootstrap(self, *args: Any, **kwargs: Any) -> None:
        """Put back what dead processes held, then register."""
        (queue,) = self.queues
        with recovery.alone(self.connection, queue.name):
            recovery.put_back(self, queue)
            super().bootstrap(*args, **kwargs)

    def clean_registries(self) -> None:
        """Look after the queue, one worker at a time."""
        recovery.look_after(self, self.queues[0], self.look_after)
        self.last_cleaned_at = datetime.now(UTC)  # type: ignore[assignment]

    def teardown(self) -> None:
        """Unregister; if the server is gone too, the registration expires by itself."""
        with contextlib.suppress(redis.RedisError):
            super().teardown()  # type: ignore[no-untyped-call]

    def _leave_out(self, *_: Any, **__: Any) -> None:
        """Do nothing: no commands by pub/sub, no groups, no title of the process.

        What `prepare_job_execution` would do, `prepare_execution` has done already.
        """

    subscribe = unsubscribe = clean_group_registries = procline = _leave_out
    prepare_job_execution = _leave_out

    def request_stop(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002 - signal handler
        """Finish the page, then stop; a second signal puts the page back at once."""
        connection.stop_waiting()
        self._stop_requested = True
        signal.signal(signal.SIGINT, self.request_force_stop)
        signal.signal(signal.SIGTERM, self.request_force_stop)

    def request_force_stop(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Stop now: the page goes back to the head of its queue."""
        if self._job_began is not None:
            raise SystemExit


def make_worker(
    client: Client, queue: str, times: QueueSettings = BY_DEFAULT, *, name: str = ""
) -> PageWorker:
    """Return a worker for one queue that notices dead ones within seconds."""
    spans: Any = {"worker_ttl": 30, "maintenance_interval": 4, "job_monitoring_interval": 5}
    worker = PageWorker([queue], name or keys.worker_name(queue), connection=client, **spans)
    worker.times, worker.passed = times, PassedOver(client, queue, times)
    return worker
