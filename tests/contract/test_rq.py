"""What we override in RQ, against the version that is pinned: does it still work as we assume?

RQ documents none of this. When a test here fails after an upgrade, read the override it names.
"""

import inspect
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.executions import Execution
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.worker import BaseWorker

from ocrqueue.broker.page_job import PageJob
from ocrqueue.broker.unpacking import ShallowJSON
from ocrqueue.broker.worker import PageWorker, make_worker
from ocrqueue.pipeline import read_page
from tests.support.batch import Batch, read_all, reader

NOW = "2026-01-01T00:00:00+00:00"


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
            "restore",
            "retry",
            "send_webhooks",
        )
    ],
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
    for ours, theirs in ((PageWorker, BaseWorker), (PageJob, Job)):
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


def test_jobs_are_json_whoever_asks(batch: Batch) -> None:
    """A job fetched with RQ's default serializer is read as JSON by our class."""
    job = PageJob.fetch(f"{batch.key}-p1", connection=batch.client, serializer=None)
    assert job.serializer is ShallowJSON
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
