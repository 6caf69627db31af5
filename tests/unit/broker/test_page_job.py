"""Where a page's job goes on, without a worker: its queue, its turn, what is written of its end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakeredis import FakeRedis, FakeServer
from redis import Redis
from rq import Queue
from rq.job import JobStatus

from ocrqueue.broker import keys, scripts
from ocrqueue.broker.page_job import PageJob
from ocrqueue.model.errors.page import BackendCrashed
from ocrqueue.model.page import Attempt, Verdict
from tests.support.batch import Batch, make_batch, the_job

Make = Callable[..., Batch]
READ = Attempt(backend="scripted", seconds=1.0, at="", verdict=Verdict.GOOD)


@pytest.fixture
def client() -> Redis:
    """A server of this process."""
    return FakeRedis(server=FakeServer())


@pytest.fixture
def make(tmp_path: Path, client: Redis) -> Make:
    """Make a document whose pages wait."""

    def made(name: str, **settings: object) -> Batch:
        folder = tmp_path / name
        folder.mkdir()
        one = make_batch(folder, client, name=name, **settings)  # type: ignore[arg-type]
        one.queue_pages()
        return one

    return made


def go_on(job: PageJob) -> None:
    """Let RQ put a job back whose run has failed."""
    client = job.connection
    client.lrem(keys.queue(job.origin), 0, job.id)
    with client.pipeline() as pipe:
        job.retry(Queue(job.origin, connection=client), pipe)
        pipe.execute()


def test_a_page_that_is_handed_over_takes_its_turn(make: Make) -> None:
    """It waits behind a turn of the giant in the other queue, not behind all of it."""
    giant = make("a", count=60, route=(("other", 1),))
    giant.client.set(keys.long("other"), 10)
    small = make("b", count=1, route=(("scripted", 1), ("other", 1)))
    job = the_job(small)
    job.failure = job.ended_by(BackendCrashed("it fell over"))

    go_on(job)

    assert small.waiting("scripted") == []
    assert giant.waiting("other").index(job.id) == 10


def test_a_page_whose_worker_was_stopped_is_the_next_one(make: Make) -> None:
    """It goes before all others, and these stay in their order."""
    giant = make("a", count=30)
    small = make("b", count=1)
    giant.client.set(keys.long("scripted"), 10)
    before = giant.waiting("scripted")
    job = the_job(small)
    job.stopping = True

    go_on(job)

    assert giant.waiting("scripted") == [job.id, *(one for one in before if one != job.id)]


def test_an_attempt_lasts_from_its_start(make: Make) -> None:
    """One that was never begun took no time."""
    job = the_job(make("a"))

    assert job.ended_by(BackendCrashed("it fell over")).seconds == 0
    job.started_at = datetime.now(UTC) - timedelta(seconds=90)
    assert 90 <= job.ended_by(BackendCrashed("it fell over")).seconds < 120


def test_a_page_may_leave_as_the_queue_was_told_last(make: Make) -> None:
    """Whatever its job says: a permission that is taken back counts for pages that wait."""
    batch = make("a", route=(("scripted", 1), ("far", 1, True)))
    job = the_job(batch)
    assert not job.may_leave
    batch.client.hset(keys.document_hash(batch.key), "open_to", "scripted far")
    assert job.may_leave


def test_a_worker_that_dies_over_a_check_has_tried_no_page(make: Make) -> None:
    """The page was read: it is checked once more, and its reader is not asked again."""
    job = the_job(make("a"))
    job.meta["history"] = [READ.to_wire()]

    died = job.attempts[-1]

    assert (died.error, died.checks) == ("worker-died", True)
    assert job.next_step == "tesseract"


def test_a_collector_that_dies_is_begun_three_times(make: Make) -> None:
    """Then the document ends without its Markdown, and holds up nobody."""
    job = collector_of(make("a"))
    one = job.attempts[-1]
    assert job.next_step == keys.COLLECT_QUEUE
    job.meta["history"] = [one.to_wire()]
    assert job.next_step == keys.COLLECT_QUEUE
    job.meta["history"] = [one.to_wire(), one.to_wire()]
    assert job.next_step is None


def test_a_collector_that_failed_runs_again_on_request(make: Make) -> None:
    """In its own queue, whatever the route of the pages is; no page is read again for it."""
    batch = make("a")
    job = collector_of(batch)
    for page in range(1, batch.document.pages + 1):
        scripts.settle(batch.client, batch.key, page, "done")
    job.set_status(JobStatus.FAILED)
    batch.client.delete(keys.queue(keys.COLLECT_QUEUE))

    job.requeue()

    assert batch.waiting(keys.COLLECT_QUEUE) == [job.id]
    assert batch.state()["pending"] == []


def test_what_counts_of_a_run_that_was_put_back(make: Make) -> None:
    """Neither a stop nor a page that is left to others uses up a try; a failure at the end does."""
    job = the_job(make("a"))
    job.failure = replace(
        job.ended_by(BackendCrashed("it fell over")), again=False, hand_over=False
    )
    assert job.retries_left == 0
    job.stopping = True
    assert job.retries_left == 1


def collector_of(batch: Batch) -> PageJob:
    job = PageJob.fetch(keys.collect_job_id(batch.key), connection=batch.client)
    assert isinstance(job, PageJob)
    return job
