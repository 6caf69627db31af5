"""What we override in RQ, against the version that is pinned: does it still work as we assume?

RQ documents none of this. When a test here fails after an upgrade, read the override it names.
"""

import inspect
import pickle
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.executions import Execution
from rq.job import Job, JobStatus
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker

from ocrqueue.backends.scripted import Scripted
from ocrqueue.broker import keys, recovery
from ocrqueue.broker.bounded import BoundedJob
from ocrqueue.broker.page_job import PageJob
from ocrqueue.broker.worker import PageWorker, make_worker
from ocrqueue.pipeline import read_page, reconcile
from tests.support.batch import Batch, collect_all, make_batch, read_all, reader

NOW = "2026-01-01T00:00:00+00:00"


@pytest.fixture
def batch(tmp_path: Path, client: Redis) -> Batch:
    """Two pages in the queue."""
    made = make_batch(tmp_path, client, count=2)
    made.queue_pages()
    return made


def as_json(value: object) -> bytes:
    return bytes(JSONSerializer.dumps(value))  # type: ignore[no-untyped-call]


def the_job(batch: Batch, page: int = 1) -> PageJob:
    job = PageJob.fetch(f"{batch.key}-p{page}", connection=batch.client)
    assert isinstance(job, PageJob)
    return job


def test_the_version_is_the_one_we_know() -> None:
    """RQ is a 3.0: these tests say what we know of no other."""
    assert version("rq").startswith("3.0")


@pytest.mark.parametrize(
    ("ours", "theirs", "name"),
    [
        (PageWorker, SimpleWorker, name)
        for name in (
            "bootstrap",
            "check_for_suspension",
            "clean_group_registries",
            "clean_registries",
            "dequeue_job_and_maintain_ttl",
            "execute_job",
            "get_heartbeat_ttl",
            "handle_exception",
            "handle_execution_ended",
            "handle_job_failure",
            "handle_job_success",
            "heartbeat",
            "prepare_execution",
            "prepare_job_execution",
            "procline",
            "request_force_stop",
            "request_stop",
            "subscribe",
            "teardown",
            "unsubscribe",
        )
    ]
    + [
        (PageJob, Job, name)
        for name in (
            "_handle_failure",
            "_handle_success",
            "requeue",
            "retry",
            "send_webhooks",
        )
    ]
    + [(BoundedJob, Job, name) for name in ("latest_result", "restore", "results")],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_an_override_takes_what_rq_gives(
    ours: type[object], theirs: type[object], name: str
) -> None:
    """Each overridden method is there in RQ, and ours takes all of its arguments."""
    assert name in vars(ours)
    own, original = (inspect.signature(getattr(kind, name)).parameters for kind in (ours, theirs))
    takes_all = {p.kind for p in own.values()} >= {inspect.Parameter.VAR_POSITIONAL}
    assert takes_all or list(own)[: len(original)] == list(original)


def test_every_override_is_listed_above() -> None:
    """No method of RQ is overridden without a line in the list of this file."""
    listed = Path(__file__).read_text(encoding="utf-8")
    for ours, theirs in ((PageWorker, BaseWorker), (PageJob, Job), (BoundedJob, Job)):
        both = {
            name
            for name, value in vars(ours).items()
            if callable(value) and hasattr(theirs, name) and not name.startswith("__")
        }
        both -= {"job_class", "death_penalty_class"}  # RQ is made to be given these
        assert {name for name in both if f'"{name}"' not in listed} == set()


@pytest.mark.parametrize(
    ("caller", "called"),
    [
        (BaseWorker.work, "dequeue_job_and_maintain_ttl("),
        (BaseWorker.work, "self.execute_job("),
        (BaseWorker.work, "self.teardown("),
        (BaseWorker.work, "self._stop_requested"),
        (BaseWorker._install_signal_handlers, "self.request_stop"),
        (BaseWorker.run_maintenance_tasks, "self.clean_registries("),
        (BaseWorker.bootstrap, "self.subscribe("),
        (BaseWorker.perform_job, "self.death_penalty_class("),
        (BaseWorker.perform_job, "job.perform("),
        (BaseWorker._finalize_success, "self.handle_job_success("),
        (BaseWorker._finalize_success, "self.handle_execution_ended("),
        (BaseWorker._finalize_failure, "self.handle_execution_ended("),
        (BaseWorker._finalize_failure, "self.handle_exception("),
        (BaseWorker._finalize_failure, "self.handle_job_failure("),
        (BaseWorker.handle_job_failure, "job.should_retry"),
        (BaseWorker.handle_job_failure, "job.retry(queue, pipeline)"),
        (BaseWorker.handle_job_failure, "job._handle_failure("),
        (BaseWorker.handle_job_success, "job._handle_success("),
        (BaseWorker.maintain_heartbeats, "self.get_heartbeat_ttl("),
        (BaseWorker.maintain_heartbeats, "execution.heartbeat("),
        (Job.should_retry.fget, "self.retries_left"),  # type: ignore[attr-defined]
        (StartedJobRegistry.cleanup, "job.retries_left"),
        (StartedJobRegistry.cleanup, "job.retry(queue, pipeline)"),
        (StartedJobRegistry.cleanup, "record_job_failure(job"),
        (StartedJobRegistry.cleanup, "JobStatus.STARTED"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__qualname__,
)
def test_rq_still_calls_what_we_override(caller: Callable[..., Any], called: str) -> None:
    """The places from which RQ reaches our overrides are where they were."""
    assert called in inspect.getsource(caller)


def test_names_in_redis_are_what_we_spell_out() -> None:
    """Keys that we write without asking RQ for them are the ones it uses."""
    queue = Queue("q", connection=Redis())
    job = Job("j", connection=Redis())
    execution = Execution("e", "j", Redis())
    assert (queue.key, queue.intermediate_queue_key) == ("rq:queue:q", "rq:queue:q:intermediate")
    assert queue.started_job_registry.key == "rq:wip:q"
    assert queue.failed_job_registry.key == "rq:failed:q"
    assert queue.finished_job_registry.key == "rq:finished:q"
    assert (job.key, execution.key) == ("rq:job:j", "rq:execution:j:e")
    assert BaseWorker.redis_worker_namespace_prefix == "rq:worker:"
    assert Queue.redis_queues_keys == "rq:queues"


# The ways a run ends


def test_a_page_is_settled_in_the_transaction_of_its_success(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between RQ's "finished" and our "done" nothing can come: both are in one EXEC."""
    sent = transactions(monkeypatch)
    read_all(batch.client)
    together = [names for names in sent if {"EVAL", "HSET", "ZREM"} <= set(names)]
    assert len(together) == 2


def test_a_page_is_settled_in_the_transaction_of_its_failure(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failed registry and our failed bit are written in one EXEC."""
    sent = transactions(monkeypatch)
    read_all(batch.client, "*: refuse")
    together = [names for names in sent if "EVAL" in names and "XADD" in names and "ZADD" in names]
    assert len(together) == 2


def transactions(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return the list that will hold the names of the commands of each transaction."""
    from redis.client import Pipeline  # noqa: PLC0415 - only here

    sent: list[list[str]] = []
    execute = Pipeline.execute

    def noting(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.transaction or self.explicit_transaction:
            sent.append([str(command[0][0]) for command in self.command_stack])
        return execute(self, *args, **kwargs)

    monkeypatch.setattr(Pipeline, "execute", noting)
    return sent


def abandon(batch: Batch, page: int = 1, *, worker: str = "gone") -> None:
    """Leave a page as a worker does that was killed while it read it."""
    job = the_job(batch, page)
    batch.client.lrem("rq:queue:scripted", 1, job.id)
    with batch.client.pipeline() as pipe:
        execution = Execution.create(job, 100, pipeline=pipe, worker_name=worker)
        job.prepare_for_execution(worker, pipeline=pipe)
        pipe.zadd("rq:wip:scripted", {execution.composite_key: 1})  # its heartbeats have stopped
        pipe.execute()


def test_an_abandoned_page_is_read_again_with_its_history(batch: Batch) -> None:
    """RQ's own clean-up puts a dead worker's page back; the death is in its history."""
    abandon(batch)
    read_all(batch.client)
    result = batch.store.result(batch.document.id, 1)
    assert result is not None
    assert [attempt.error for attempt in result.attempts] == ["worker-died", None]
    assert batch.state()["done"] == [1, 2]


def test_an_abandoned_page_survives_a_clean_up_by_anybody(batch: Batch) -> None:
    """Whoever runs RQ's clean-up, a dashboard without our handlers too, the page goes on."""
    abandon(batch)
    StartedJobRegistry("scripted", connection=batch.client, job_class=PageJob).cleanup()
    assert batch.state()["pending"] == [1, 2]
    assert f"{batch.key}-p1" in batch.waiting("scripted")
    assert [attempt.error for attempt in the_job(batch).history] == ["worker-died"]


def test_a_page_abandoned_too_often_fails(batch: Batch) -> None:
    """A page that killed its worker as often as it may be tried is settled as failed."""
    abandon(batch)
    StartedJobRegistry("scripted", connection=batch.client, job_class=PageJob).cleanup()
    abandon(batch)
    StartedJobRegistry("scripted", connection=batch.client, job_class=PageJob).cleanup()
    assert batch.state()["failed"] == [1]
    result = batch.store.result(batch.document.id, 1)
    assert result is not None
    assert [attempt.error for attempt in result.attempts] == ["worker-died"] * 2


def test_a_page_that_was_taken_and_not_begun_is_put_back(batch: Batch) -> None:
    """A page in the intermediate list of a dead worker is read, and nobody is blamed."""
    batch.client.lmove("rq:queue:scripted", "rq:queue:scripted:intermediate")
    read_all(batch.client)
    result = batch.store.result(batch.document.id, 1)
    assert result is not None
    assert len(result.attempts) == 1


def test_a_page_taken_by_a_living_worker_is_left_to_it(batch: Batch) -> None:
    """While a worker lives, what it has just taken is not put back."""
    batch.client.hset("rq:worker:alive", mapping={"hostname": "elsewhere", "pid": 1})
    batch.client.sadd("rq:workers:scripted", "rq:worker:alive")
    batch.client.lmove("rq:queue:scripted", "rq:queue:scripted:intermediate")
    worker = make_worker(batch.client, "scripted", name="standby")
    recovery.put_back(worker, worker.queues[0])
    assert batch.client.llen("rq:queue:scripted:intermediate") == 1


def test_one_worker_at_a_time_puts_pages_back(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers that start together do not put the same page back twice."""
    held: list[bool] = []
    put_back = recovery.put_back

    def noting(worker: BaseWorker, queue: Queue) -> None:
        held.append(bool(batch.client.exists(keys.rescue("scripted"))))
        put_back(worker, queue)

    monkeypatch.setattr(recovery, "put_back", noting)
    read_all(batch.client)
    assert held
    assert all(held)
    assert not batch.client.exists(keys.rescue("scripted"), keys.maintenance("scripted"))


def test_a_late_success_does_not_touch_the_new_run(batch: Batch) -> None:
    """Who was taken for dead meanwhile settles the page and leaves RQ's state alone."""
    with reader(batch.client) as worker:
        (queue,) = worker.queues
        job = worker._take(queue, block=False)
        assert job is not None
        execution = worker.prepare_execution(job)
        batch.client.zrem("rq:wip:scripted", execution.composite_key)  # taken over
        batch.client.hset(job.key, "status", "queued")
        job._result = {"state": "done"}
        worker.handle_job_success(job, queue, None, execution)
    assert batch.client.hget(job.key, "status") == b"queued"
    assert batch.state()["done"] == [1]


def test_a_late_failure_does_not_touch_the_new_run(batch: Batch) -> None:
    """Who was taken for dead meanwhile and failed changes nothing at all."""
    with reader(batch.client) as worker:
        (queue,) = worker.queues
        job = worker._take(queue, block=False)
        assert job is not None
        execution = worker.prepare_execution(job)
        batch.client.zrem("rq:wip:scripted", execution.composite_key)
        batch.client.hset(job.key, "status", "queued")
        worker.handle_job_failure(job, queue, execution=execution)
    assert batch.client.hget(job.key, "status") == b"queued"
    assert batch.state()["pending"] == [1, 2]


def test_a_page_that_is_told_to_stop_goes_to_the_head_of_its_queue(batch: Batch) -> None:
    """SystemExit within a page puts it back without a word in its history."""
    with reader(batch.client, "1: slow 60") as worker:
        stop = threading.Thread(target=stop_twice, args=(batch,))
        stop.start()
        worker.work(logging_level="WARNING")
        stop.join()
    assert batch.waiting("scripted") == [f"{batch.key}-p1", f"{batch.key}-p2"]
    assert the_job(batch).history == []
    assert the_job(batch).get_status() == JobStatus.QUEUED


def stop_twice(batch: Batch) -> None:
    """Send two signals to this process once a page is being read."""
    while not batch.client.zcard("rq:wip:scripted"):
        threading.Event().wait(0.01)
    for _ in range(2):
        threading.Event().wait(0.1)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)


def test_a_page_that_runs_too_long_is_a_time_out(batch: Batch) -> None:
    """The limit of a page ends it as `backend-timed-out`, whatever the backend does."""
    with reader(batch.client, "1: stuck", limit_s=0) as worker:
        worker.page_limit_s = 1
        worker.work(burst=True, logging_level="WARNING")
    result = batch.store.result(batch.document.id, 1)
    assert result is not None
    assert [attempt.error for attempt in result.attempts] == ["backend-timed-out"] * 2
    assert batch.state()["done"] == [2]


def test_a_hung_worker_kills_itself(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that nothing interrupts makes its worker end by SIGKILL after the grace time."""
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr("os.kill", lambda pid, number: killed.append((pid, number)))
    worker = make_worker(batch.client, "scripted", name="hung")
    worker.page_limit_s, worker.grace_s = 1, 1
    worker.register_birth()  # type: ignore[no-untyped-call]
    job = the_job(batch)
    execution = worker.prepare_execution(job)
    worker._job_began = time.monotonic() - 1.9
    worker._beat(job, execution)
    assert killed == []
    worker._job_began = time.monotonic() - 2.1
    worker._beat(job, execution)
    assert [number for _, number in killed] == [signal.SIGKILL]


def test_heartbeats_keep_a_page(batch: Batch) -> None:
    """Each beat renews the entry by the missed beats allowed, and nothing longer."""
    worker = make_worker(batch.client, "scripted", name="beating")
    worker.beat_s, worker.missed_beats = 2.0, 3
    worker.register_birth()  # type: ignore[no-untyped-call]
    execution = worker.prepare_execution(the_job(batch))
    batch.client.zadd("rq:wip:scripted", {execution.composite_key: 1})
    worker._beat(the_job(batch), execution)
    score = batch.client.zscore("rq:wip:scripted", execution.composite_key)
    assert score is not None
    assert 4 < score - time.time() < 8


# What may run: whoever can write to Redis must not make us run code


@pytest.mark.parametrize(
    "function", ["os.system", "builtins.exec", "subprocess.check_output", "ocrqueue.jobs.give_up"]
)
def test_no_other_function_is_called(batch: Batch, tmp_path: Path, function: str) -> None:
    """A function that was planted in a job never runs; its page is settled as failed."""
    trace = tmp_path / "ran"
    data = as_json([function, None, [f"touch '{trace}'"], {}])
    batch.client.hset(the_job(batch).key, "data", data)
    read_all(batch.client)
    assert not trace.exists()
    assert batch.state() == {"pending": [], "done": [2], "failed": [1], "doubtful": []}
    collect_all(batch.client)
    assert not batch.is_live()


def test_no_method_of_an_instance_is_called(batch: Batch) -> None:
    """An allowed name on a planted instance is refused too."""
    job = the_job(batch)
    job.func_name  # noqa: B018 - RQ must have parsed its data before it is changed
    job._instance = object()
    with pytest.raises(Exception, match="not allowed"):
        _ = job.func


def test_planted_callbacks_and_webhooks_are_ignored(batch: Batch, tmp_path: Path) -> None:
    """Callbacks and webhooks in a job's hash are never called."""
    trace = tmp_path / "ran"
    planted = {
        "success_callback_name": "os.system",
        "failure_callback_name": "os.system",
        "stopped_callback_name": "os.system",
        "webhooks": '[{"url": "http://127.0.0.1:9/", "events": ["finished", "failed"]}]',
    }
    for page in (1, 2):
        for field, value in planted.items():
            batch.client.hset(the_job(batch, page).key, field, value)
    job = the_job(batch)
    assert (job.success_callback, job.failure_callback, job.stopped_callback) == (None,) * 3
    read_all(batch.client, "2: refuse")
    assert batch.state() == {"pending": [], "done": [1], "failed": [2], "doubtful": []}
    assert not trace.exists()


class Trap:
    """Something that runs code when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return Path.touch, (self.trace,)  # type: ignore[return-value]


def test_the_trap_would_spring(tmp_path: Path) -> None:
    """What the next tests plant does run when it is unpickled."""
    pickle.loads(pickle.dumps(Trap(tmp_path / "ran")))  # noqa: S301 - this is the proof
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("field", ["meta", "data", "result"])
def test_nothing_is_unpickled(batch: Batch, tmp_path: Path, field: str) -> None:
    """A pickle in any field of a job is never loaded; every page is settled all the same."""
    trace = tmp_path / "ran"
    batch.client.hset(the_job(batch).key, field, pickle.dumps(Trap(trace)))
    read_all(batch.client)
    reconcile.sweep(batch.client, NOW)
    collect_all(batch.client)
    assert not trace.exists()
    assert batch.state()["pending"] == []
    assert not batch.is_live()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("data", b"\x00\xff not json"),
        ("data", b"[]"),
        ("meta", b"[1, 2]"),
        ("meta", b'{"route": 5, "history": [7], "doc": 3, "page": "x"}'),
        ("timeout", b"soon"),
        ("created_at", b"yesterday"),
        ("status", b"odd"),
    ],
)
def test_a_spoiled_job_costs_its_page_only(batch: Batch, field: str, value: bytes) -> None:
    """Whatever stands in a job's hash, the worker lives on and the page is settled."""
    batch.client.hset(the_job(batch).key, field, value)
    read_all(batch.client)
    assert 2 in batch.state()["done"]
    reconcile.sweep(batch.client, NOW)
    collect_all(batch.client)
    assert batch.state()["pending"] == []
    assert not batch.is_live()


def test_a_job_of_somebody_else_does_no_harm(batch: Batch) -> None:
    """A job that is none of ours in our queue is not run and stops nobody."""
    queue = Queue("scripted", connection=batch.client, serializer="json")
    queue.enqueue("os.getpid", job_id="foreign", at_front=True)
    read_all(batch.client)
    assert batch.state()["done"] == [1, 2]
    assert Job.fetch("foreign", batch.client, JSONSerializer).get_status() != JobStatus.FINISHED


def test_a_workspace_of_another_user_is_refused(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path planted in a job does not lead into a folder that is no workspace of ours."""
    strange = ["/etc", batch.document.id, 1]
    data = as_json([keys.READ_PAGE, None, strange, {}])
    batch.client.hset(the_job(batch).key, "data", data)
    monkeypatch.setattr(Scripted, "page_to_markdown", fail_first_page)
    read_all(batch.client)
    assert batch.state()["failed"] == [1]


def fail_first_page(self: Scripted, *_: Any, page: int = 0, **__: Any) -> Any:
    assert page != 1
    return replace(self._reply(self._read_script().rest, "text"))


def test_jobs_are_json_whoever_asks(batch: Batch) -> None:
    """A job fetched with RQ's default serializer is read as JSON by our class."""
    job = PageJob.fetch(f"{batch.key}-p1", connection=batch.client, serializer=None)
    assert job.serializer is JSONSerializer
    assert job.func is read_page.read_page


def test_workers_can_be_listed_by_rq(batch: Batch) -> None:
    """RQ makes a worker object of its own for each one it lists; ours can be made so."""
    worker = make_worker(batch.client, "scripted", name="listed")
    worker.register_birth()  # type: ignore[no-untyped-call]
    (found,) = PageWorker.all(connection=batch.client)
    assert found.name == "listed"
    worker.register_death()  # type: ignore[no-untyped-call]


def test_the_worker_listens_to_no_commands(batch: Batch) -> None:
    """No channel is subscribed to: nobody can shut a worker down, or kill a page, by pub/sub."""
    seen: list[int] = []
    with reader(batch.client) as worker:
        worker.look_after = lambda: seen.append(len(batch.client.pubsub_channels()))
        worker.work(burst=True, logging_level="WARNING")
    assert seen
    assert set(seen) == {0}
