"""Pages of workers that died, hang or slept too long, against the version of RQ that is pinned."""

import signal
import threading
import time
from dataclasses import replace
from typing import NoReturn

import pytest
from rq import Queue
from rq.executions import Execution
from rq.job import JobStatus
from rq.registry import StartedJobRegistry
from rq.worker import BaseWorker

from ocrqueue.broker import keys, recovery
from ocrqueue.broker.page_job import PageJob
from ocrqueue.broker.worker import make_worker
from ocrqueue.text import replies
from tests.support.batch import Batch, read_all, reader, the_job


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


def test_an_abandoned_page_waits_behind_nobody(batch: Batch) -> None:
    """It was its turn when its worker died, and it is still."""
    abandon(batch)
    StartedJobRegistry("scripted", connection=batch.client, job_class=PageJob).cleanup()
    assert batch.waiting("scripted") == [f"{batch.key}-p1", f"{batch.key}-p2"]


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


def test_a_reply_that_takes_too_long_to_clean_is_a_time_out(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cleaning is inside the page's limit; the backend is not asked for the same reply again."""
    asked: list[int] = []

    def never_done(*_: object, page: int, **__: object) -> NoReturn:
        asked.append(page)
        while True:
            signal.pause()

    monkeypatch.setattr(replies, "finished", never_done)
    with reader(batch.client, limit_s=0) as worker:
        worker.page_limit_s = 1
        worker.work(burst=True, logging_level="WARNING")
    result = batch.store.result(batch.document.id, 1)

    assert result is not None
    assert [attempt.error for attempt in result.attempts] == ["backend-timed-out"]
    assert result.failed
    assert asked == [1, 2]


def test_a_hung_worker_kills_itself(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that nothing interrupts makes its worker end by SIGKILL after the grace time."""
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr("os.kill", lambda pid, number: killed.append((pid, number)))
    worker = make_worker(batch.client, "scripted", name="hung")
    worker.page_limit_s, worker.times = 1, replace(worker.times, grace_s=1)
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
    worker.times = replace(worker.times, beat_s=2.0, missed_beats=3)
    worker.register_birth()  # type: ignore[no-untyped-call]
    execution = worker.prepare_execution(the_job(batch))
    batch.client.zadd("rq:wip:scripted", {execution.composite_key: 1})
    worker._beat(the_job(batch), execution)
    score = batch.client.zscore("rq:wip:scripted", execution.composite_key)
    assert score is not None
    assert 4 < score - time.time() < 8
