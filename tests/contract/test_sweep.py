"""What the sweep of the collector promises: no document waits for ever for who is gone."""

from pathlib import Path

import pytest
from redis import Redis
from rq import Queue

from ocrqueue.broker import keys, queue_ops
from ocrqueue.broker.page_job import PageJob
from ocrqueue.pipeline import job_document, reconcile
from tests.support.batch import KEPT, Batch, assert_counted, collect_all, make_batch, read_all

NOW = "2026-01-01T00:00:00+00:00"


@pytest.fixture
def batch(tmp_path: Path, client: Redis) -> Batch:
    """Three pages that nobody has queued yet."""
    return make_batch(tmp_path, client)


def test_a_page_whose_job_was_deleted_is_settled_by_the_sweep(batch: Batch) -> None:
    """A job deleted by hand fails its page with that reason; the rest is read and written."""
    batch.queue_pages()
    PageJob.fetch(f"{batch.key}-p2", connection=batch.client).delete()
    read_all(batch.client)
    assert batch.state()["pending"] == [2]
    assert reconcile.sweep(batch.client, NOW) == 1
    assert batch.state() == {"pending": [], "done": [1, 3], "failed": [2], "doubtful": []}
    collect_all(batch.client)
    result = batch.store.result(batch.document.id, 2)
    assert result is not None
    assert result.error == "job-removed"
    assert_counted(batch)


def test_an_emptied_queue_is_settled_by_the_sweep(batch: Batch) -> None:
    """Emptying a queue from the dashboard leaves no document waiting for ever."""
    batch.queue_pages()
    Queue("scripted", connection=batch.client, job_class=PageJob, serializer="json").empty()  # type: ignore[no-untyped-call]
    assert reconcile.sweep(batch.client, NOW) == 3
    collect_all(batch.client)
    assert not batch.is_live()
    assert_counted(batch)


def test_the_sweep_writes_nothing_outside_the_folder_it_may_work_in(
    batch: Batch, tmp_path: Path
) -> None:
    """Pages of a workspace elsewhere are left to who may work there (`workers.root`)."""
    batch.queue_pages()
    Queue("scripted", connection=batch.client, job_class=PageJob, serializer="json").empty()  # type: ignore[no-untyped-call]

    job_document.stay_below(tmp_path / "elsewhere")
    try:
        assert reconcile.sweep(batch.client, NOW) == 0
    finally:
        job_document.stay_below(None)

    assert batch.state()["pending"] == [1, 2, 3]
    assert batch.store.settled_pages(batch.document.id) == (set(), set())


def test_a_collector_job_deleted_by_hand_is_made_again(batch: Batch) -> None:
    """Emptying the collect queue from the dashboard leaves no document uncollected."""
    batch.queue_pages()
    read_all(batch.client)
    Queue("collect", connection=batch.client, job_class=PageJob, serializer="json").empty()  # type: ignore[no-untyped-call]
    reconcile.sweep(batch.client, NOW)
    collect_all(batch.client)
    assert "3" in batch.text()
    assert not batch.is_live()


def test_a_job_that_is_in_no_list_is_queued_again(batch: Batch) -> None:
    """A page whose job exists but waits nowhere is read after all."""
    batch.queue_pages()
    batch.client.delete("rq:queue:scripted")
    assert reconcile.sweep(batch.client, NOW) == 0
    read_all(batch.client)
    assert batch.state()["done"] == [1, 2, 3]


def test_the_sweep_leaves_a_busy_queue_alone(batch: Batch) -> None:
    """While anything waits, nothing is taken for lost."""
    batch.queue_pages()
    PageJob.fetch(f"{batch.key}-p2", connection=batch.client).delete()
    assert reconcile.sweep(batch.client, NOW) == 0
    assert batch.state()["pending"] == [1, 2, 3]


def test_a_dead_producers_document_is_collected(batch: Batch) -> None:
    """What a producer queued before it died is collected once its mark has expired."""
    queue_ops.open_document(batch.client, batch.live, KEPT)
    queue_ops.add_pages(batch.client, batch.live, [1], KEPT)
    read_all(batch.client)
    reconcile.sweep(batch.client, NOW)
    assert batch.waiting(keys.COLLECT_QUEUE) == []
    batch.client.delete(keys.feeding(batch.key))  # as its time to live does
    reconcile.sweep(batch.client, NOW)
    collect_all(batch.client)
    assert not batch.is_live()


def test_a_producer_that_waits_keeps_its_mark(batch: Batch) -> None:
    """Waiting for room renews the mark that holds the collector back."""
    queue_ops.open_document(batch.client, batch.live, KEPT)
    batch.client.expire(keys.feeding(batch.key), 1)
    queue_ops.still_feeding(batch.client, batch.key)
    assert batch.client.ttl(keys.feeding(batch.key)) > 30
