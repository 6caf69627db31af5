"""What the queue promises to producers, workers and collector, against a real server."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from redis import Redis
from rq import Queue

from ocrqueue.broker import job_lookup, keys, queue_ops, scripts
from ocrqueue.broker.page_job import PageJob
from ocrqueue.pipeline import reconcile, retry
from ocrqueue.pipeline.feeder import Feeder
from tests.support.batch import (
    KEPT,
    Batch,
    assert_counted,
    collect_all,
    make_batch,
    read_all,
    reader,
)
from tests.support.servers import wait_until
from tests.support.stepping import Hands

NOW = "2026-01-01T00:00:00+00:00"


@pytest.fixture
def batch(tmp_path: Path, client: Redis) -> Batch:
    """Three pages that nobody has queued yet."""
    return make_batch(tmp_path, client)


def test_pages_that_are_added_wait_in_their_order(batch: Batch) -> None:
    """Added pages are pending and wait in the first backend's queue, the first one first."""
    assert batch.queue_pages() == [1, 2, 3]
    assert batch.state() == {"pending": [1, 2, 3], "done": [], "failed": [], "doubtful": []}
    assert batch.waiting("scripted") == [f"{batch.key}-p{page}" for page in (1, 2, 3)]
    assert batch.is_live()
    assert_counted(batch)


def test_the_collector_waits_for_the_seal(batch: Batch) -> None:
    """A document is not collected while its producer may still add pages."""
    queue_ops.open_document(batch.client, batch.live, KEPT)
    queue_ops.add_pages(batch.client, batch.live, [1], KEPT)
    read_all(batch.client)
    assert batch.waiting(keys.COLLECT_QUEUE) == []
    scripts.seal(batch.client, batch.key)
    assert batch.waiting(keys.COLLECT_QUEUE) == [keys.collect_job_id(batch.key)]


def test_a_document_is_read_collected_and_closed(batch: Batch) -> None:
    """Every page is done, the Markdown is written, and nothing is left in the queue."""
    batch.queue_pages()
    read_all(batch.client)
    assert batch.state()["done"] == [1, 2, 3]
    collect_all(batch.client)
    assert "3" in batch.text()
    assert not batch.is_live()
    assert queue_ops.idle(batch.client, ["scripted", keys.COLLECT_QUEUE])
    assert_counted(batch)


def test_settling_twice_changes_nothing(batch: Batch) -> None:
    """A late second report of a page leaves counts and states as they are."""
    batch.queue_pages()
    scripts.settle(batch.client, batch.key, 1, "done")
    before = batch.state()
    scripts.settle(batch.client, batch.key, 1, "done")
    scripts.settle(batch.client, batch.key, 1, "failed")
    assert batch.state() == before
    assert_counted(batch)


def test_a_failed_page_that_succeeds_is_collected_again(batch: Batch) -> None:
    """A success after a failure clears the failure and releases the collector once more."""
    batch.queue_pages()
    for page, state in ((1, "done"), (2, "failed"), (3, "doubtful")):
        scripts.settle(batch.client, batch.key, page, state)
    assert batch.state() == {"pending": [], "done": [1, 3], "failed": [2], "doubtful": [3]}
    collect_all(batch.client)
    assert not batch.is_live()
    scripts.settle(batch.client, batch.key, 2, "done")
    assert batch.waiting(keys.COLLECT_QUEUE) == [keys.collect_job_id(batch.key)]
    assert batch.is_live()
    assert_counted(batch)


def test_an_unknown_document_is_not_settled(client: Redis) -> None:
    """A report about a document that the queue does not know leaves no key behind."""
    scripts.settle(client, "00000000-" + "0" * 24, 1, "done")
    assert client.keys("ocrq:*") == []


def test_a_pending_page_is_not_queued_twice(batch: Batch) -> None:
    """Enqueueing again while pages wait adds no second job."""
    batch.queue_pages()
    assert batch.queue_pages() == []
    assert len(batch.waiting("scripted")) == 3
    assert_counted(batch)


def test_two_producers_queue_each_page_once(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two producers that look at the same moment do not queue a page twice."""
    queue_ops.open_document(batch.client, batch.live, KEPT)
    first: list[list[int]] = []
    in_between(
        monkeypatch,
        lambda: first.append(queue_ops.add_pages(batch.client, batch.live, [1, 2], KEPT)),
    )
    second = queue_ops.add_pages(batch.client, batch.live, [1, 2, 3], KEPT)
    assert (first, second) == ([[1, 2]], [3])
    assert len(batch.waiting("scripted")) == 3
    assert_counted(batch)


def in_between(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Do something once, after a producer has looked and before it writes."""
    queue_pages = queue_ops._queue_pages
    told: list[None] = []

    def delayed(*arguments: Any, **named: Any) -> None:
        if not told:
            told.append(None)
            act()
        queue_pages(*arguments, **named)

    monkeypatch.setattr(queue_ops, "_queue_pages", delayed)


def test_a_producer_survives_a_lost_connection(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that breaks while the producer looks costs another look, not the run."""
    queue_ops.open_document(batch.client, batch.live, KEPT)
    name_of, cut = keys.bitmap, iter([lambda: cut_connections(batch.client)])

    def cut_first(document: str, state: str) -> str:
        next(cut, lambda: None)()
        return name_of(document, state)

    monkeypatch.setattr(keys, "bitmap", cut_first)  # asked for between WATCH and GET
    assert queue_ops.add_pages(batch.client, batch.live, [1], KEPT) == [1]
    assert len(batch.waiting("scripted")) == 1


def cut_connections(client: Redis) -> None:
    """Let the server close every other connection."""
    client.client_kill_filter(_type="normal", skipme=True)


def test_a_page_is_added_again_after_it_was_settled(batch: Batch) -> None:
    """Adding a settled page makes it pending, whatever it was, and it is collected anew."""
    batch.queue_pages()
    for page, state in ((1, "done"), (2, "failed"), (3, "doubtful")):
        scripts.settle(batch.client, batch.key, page, state)
    batch.client.delete("rq:queue:scripted")
    collect_all(batch.client)
    assert batch.queue_pages() == [1, 2, 3]
    assert batch.state() == {"pending": [1, 2, 3], "done": [], "failed": [], "doubtful": []}
    assert batch.is_live()
    assert_counted(batch)
    read_all(batch.client)
    collect_all(batch.client)
    assert not batch.is_live()


def test_a_document_wanted_again_while_it_is_collected_stays_live(batch: Batch) -> None:
    """A second release during a collector's run is not closed away by the first one."""
    batch.queue_pages()
    read_all(batch.client)
    batch.client.lpop("rq:queue:collect")  # the collector has taken it and runs ...
    queue_ops.open_document(batch.client, batch.live, KEPT)  # ... when another input shows the same
    scripts.seal(batch.client, batch.key)
    assert batch.waiting(keys.COLLECT_QUEUE) == [keys.collect_job_id(batch.key)]
    job = PageJob.fetch(keys.collect_job_id(batch.key), connection=batch.client)
    assert isinstance(job, PageJob)
    with batch.client.pipeline() as pipe:
        job.conclude(pipe)
        pipe.execute()
    assert batch.is_live()
    collect_all(batch.client)
    assert not batch.is_live()


def test_a_document_being_fed_again_is_not_closed(batch: Batch) -> None:
    """A collector that ends while a producer has opened the document again leaves it live."""
    batch.queue_pages()
    read_all(batch.client)
    queue_ops.open_document(batch.client, batch.live, KEPT)
    collect_all(batch.client)
    assert batch.is_live()
    scripts.seal(batch.client, batch.key)
    collect_all(batch.client)
    assert not batch.is_live()


def test_a_job_that_is_deleted_just_before_it_is_begun_holds_nothing_up(batch: Batch) -> None:
    """What its worker, which then dies, has written of it is no job: the page is settled."""
    batch.queue_pages(1)
    hands = Hands(batch.client)
    hand = hands.take("scripted")
    assert hand is not None
    batch.client.delete(f"rq:job:{batch.key}-p1")
    hand.begin()
    hand.die()
    hands.rescue("scripted")
    assert job_lookup.jobs_of(batch.client, [f"{batch.key}-p1"]) == [None]
    reconcile.sweep(batch.client, NOW)
    assert batch.state()["failed"] == [1]
    assert_counted(batch)


def test_cancelled_pages_fail_with_that_reason(batch: Batch) -> None:
    """Cancelling takes back what nobody has begun; the document is collected without it."""
    batch.queue_pages()
    count = retry.cancel([batch.output], client=batch.client, store=batch.store, now=NOW)
    assert count == 3
    assert batch.state() == {"pending": [], "done": [], "failed": [1, 2, 3], "doubtful": []}
    read_all(batch.client)
    collect_all(batch.client)
    result = batch.store.result(batch.document.id, 1)
    assert result is not None
    assert result.error == "cancelled"
    assert_counted(batch)


def test_cancelled_pages_are_read_once_after_a_retry(batch: Batch) -> None:
    """Retrying cancelled pages reads each of them once, though their old ids still wait."""
    batch.queue_pages()
    retry.cancel([batch.output], client=batch.client, store=batch.store, now=NOW)
    feeder = Feeder(client=batch.client, store=batch.store, queue=KEPT)
    (entry,) = retry.retry([batch.output], store=batch.store, feeder=feeder)
    assert entry.queued == 3
    with reader(batch.client, "*: refuse") as worker:
        worker.work(burst=True, logging_level="WARNING")
        assert worker.jobs_begun == 3
    read_all(batch.client)
    assert batch.state()["failed"] == [1, 2, 3]
    assert_counted(batch)


def test_a_page_that_runs_is_not_cancelled(batch: Batch) -> None:
    """A page that a worker has begun is left to it."""
    batch.queue_pages()
    batch.client.hset(f"rq:job:{batch.key}-p1", "status", "started")
    assert retry.cancel([batch.output], client=batch.client, store=batch.store, now=NOW) == 2
    assert batch.state()["pending"] == [1]


def test_the_queue_keeps_finished_pages_for_a_while_only(batch: Batch) -> None:
    """Whatever a finished document leaves in Redis expires."""
    batch.queue_pages()
    read_all(batch.client, "2: refuse")
    collect_all(batch.client)
    for_ever = {
        name.decode()
        for name in batch.client.scan_iter("*")
        if batch.client.ttl(name) == -1 and batch.key.encode() in name
    }
    assert for_ever == set()


def test_a_page_goes_along_its_route(tmp_path: Path, client: Redis) -> None:
    """A rejected page moves to the next backend's queue under the same id, history kept."""
    route = (("scripted", 2), ("second", 1))
    batch = make_batch(tmp_path, client, count=1, route=route)
    batch.queue_pages()
    read_all(client, "*: reject")
    assert batch.waiting("second") == [f"{batch.key}-p1"]
    assert batch.state()["pending"] == [1]
    read_all(client, queue="second")
    result = batch.store.result(batch.document.id, 1)
    assert result is not None
    assert [attempt.backend for attempt in result.attempts] == ["scripted", "scripted", "second"]
    assert batch.state()["done"] == [1]


def test_a_doubtful_reading_stands_in_when_the_next_backend_fails(
    tmp_path: Path, client: Redis
) -> None:
    """A doubtful text is kept while others try, and used when nobody does better."""
    batch = make_batch(tmp_path, client, count=1, route=(("scripted", 1), ("second", 1)))
    batch.queue_pages()
    read_all(client, "*: doubtful")
    read_all(client, "*: refuse", queue="second")
    result = batch.store.result(batch.document.id, 1)
    assert result is not None
    assert result.verdict == "doubtful"
    assert batch.state()["doubtful"] == [1]
    assert batch.state()["done"] == [1]
    assert_counted(batch)


def test_a_page_that_failed_is_listed_with_its_reason(batch: Batch) -> None:
    """A failed page is in RQ's failed registry, and its job shows why."""
    batch.queue_pages()
    read_all(batch.client, "2: refuse")
    queue = Queue("scripted", connection=batch.client, job_class=PageJob, serializer="json")
    assert queue.failed_job_registry.get_job_ids() == [f"{batch.key}-p2"]
    job = PageJob.fetch(f"{batch.key}-p2", connection=batch.client)
    assert "page-damaged" in str(job.latest_result().exc_string)  # type: ignore[union-attr]


def test_a_failed_page_requeued_from_the_dashboard_is_read(batch: Batch) -> None:
    """Requeueing by RQ's own means clears the failure and collects again."""
    batch.queue_pages()
    read_all(batch.client, "2: refuse")
    collect_all(batch.client)
    assert "failed" in Path(batch.output.ledger).read_text(encoding="utf-8")
    PageJob.fetch(f"{batch.key}-p2", connection=batch.client).requeue()
    read_all(batch.client)
    collect_all(batch.client)
    assert batch.state()["failed"] == []
    assert '"state": "failed"' not in Path(batch.output.ledger).read_text(encoding="utf-8")
    assert_counted(batch)


def test_a_dead_worker_that_nobody_has_waited_for_is_dead(batch: Batch) -> None:
    """The page of a worker whose process is a zombie is read at once, not after its heartbeats."""
    batch.queue_pages()
    hand = Hands(batch.client).take("scripted")
    assert hand is not None
    hand.begin()
    with subprocess.Popen([sys.executable, "-c", "pass"]) as unreaped:
        zombie = psutil.Process(unreaped.pid)
        wait_until(lambda: zombie.status() == psutil.STATUS_ZOMBIE, "the process has ended")
        batch.client.hset(hand.worker.key, "pid", unreaped.pid)
        read_all(batch.client)
    assert batch.state()["done"] == [1, 2, 3]
