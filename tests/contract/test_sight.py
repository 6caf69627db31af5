"""A workspace, or the folder of an input, that a process does not see: nothing is lost by it."""

from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.broker import keys, recovery
from ocrqueue.broker.page_job import PageJob
from ocrqueue.pipeline import reconcile, status
from ocrqueue.pipeline.attempt import Request
from ocrqueue.pipeline.status import Now
from tests.support.batch import Batch, assert_counted, make_batch, reader, the_job
from tests.support.folders import jobs_left
from tests.support.servers import wait_until
from tests.support.stepping import Hands

NOW = "2026-01-01T00:00:00+00:00"


@pytest.fixture
def batch(tmp_path: Path, client: Redis) -> Batch:
    """Three pages in the queue, in a folder that can be taken away."""
    (tmp_path / "share").mkdir()
    made = make_batch(tmp_path / "share", client)
    made.queue_pages()
    return made


@pytest.fixture
def other(tmp_path: Path, batch: Batch) -> Batch:
    """Three pages behind these, in a workspace that stays."""
    (tmp_path / "here").mkdir()
    made = make_batch(tmp_path / "here", batch.client, name="b")
    made.queue_pages()
    return made


def away(path: Path) -> Path:
    return path.with_name(f"{path.name}-away")


def take_away(path: Path) -> None:
    path.rename(away(path))


def bring_back(path: Path) -> None:
    away(path).rename(path)


def now(batch: Batch) -> Now:
    return status.now(batch.client, batch.store)


def test_a_workspace_out_of_sight_costs_no_page(batch: Batch, other: Batch) -> None:
    """Its pages wait in their order, untried; others are read, and it goes on by itself."""
    take_away(batch.store.base)
    with reader(batch.client) as worker:
        worker.work(burst=True, logging_level="WARNING")
        assert other.state()["done"] == [1, 2, 3]
        assert batch.waiting("scripted") == [f"{batch.key}-p{page}" for page in (1, 2, 3)]
        assert the_job(batch).history == []
        assert_counted(batch)
        bring_back(batch.store.base)
        wait_until(worker.passed.finds_work, "it sees the folder again")
        worker.work(burst=True, logging_level="WARNING")
    assert batch.state()["done"] == [1, 2, 3]
    result = batch.store.result(batch.document.id, 1)
    assert result is not None
    assert len(result.attempts) == 1


def test_people_are_told_while_it_lasts(batch: Batch) -> None:
    """`status` says which worker rests and why; with the folder that is over."""
    with reader(batch.client) as worker:
        worker.register_birth()  # type: ignore[no-untyped-call]
        take_away(batch.store.base)
        job = worker.dequeue_job_and_maintain_ttl(None)
        assert job is not None
        worker.execute_job(*job)
        worker.set_state("idle")
        seen = now(batch)
        assert seen.standstill == f"the workspace {batch.store.root} is not there"
        assert (seen.unread, seen.is_out_of_sight) == (("scripted",), True)
        bring_back(batch.store.base)
        wait_until(worker.passed.finds_work, "it sees the folder again")
        assert now(batch).standstill == ""


def test_a_workspace_that_goes_while_a_page_is_read(batch: Batch) -> None:
    """What was read is written nowhere, and the page waits as if nobody had tried it."""

    def unplug(_: Request) -> None:
        take_away(batch.store.base)

    with reader(batch.client, begin=unplug) as worker:
        worker.work(burst=True, logging_level="WARNING")
    assert batch.state()["pending"] == [1, 2, 3]
    assert the_job(batch).history == []
    assert list(away(batch.store.base).rglob("pages/*")) == []
    assert not batch.store.base.exists()


def test_results_that_lie_where_the_share_is_not_do_not_count(batch: Batch) -> None:
    """A folder made anew in the share's place is no workspace: the page waits."""

    def unplug(_: Request) -> None:
        take_away(batch.store.base)
        batch.store.root.mkdir(parents=True)

    with reader(batch.client, begin=unplug) as worker:
        worker.work(burst=True, logging_level="WARNING")
    assert batch.state()["pending"] == [1, 2, 3]


def test_a_collector_waits_for_its_workspace(batch: Batch) -> None:
    """A document that cannot be seen is written when it can, whole."""
    with reader(batch.client) as worker:
        worker.work(burst=True, logging_level="WARNING")
    take_away(batch.store.base)
    with reader(batch.client, queue=keys.COLLECT_QUEUE) as worker:
        worker.work(burst=True, logging_level="WARNING")
        assert batch.is_live()
        assert batch.waiting(keys.COLLECT_QUEUE) == [keys.collect_job_id(batch.key)]
        bring_back(batch.store.base)
        wait_until(worker.passed.finds_work, "it sees the folder again")
        worker.work(burst=True, logging_level="WARNING")
    assert "page 3" in batch.text()
    assert jobs_left(batch.client, ["scripted", keys.COLLECT_QUEUE]) == {}


def test_inputs_out_of_sight_cost_no_page(batch: Batch, other: Batch, tmp_path: Path) -> None:
    """Where the folder that was named is gone its pages wait, though the workspace is there."""
    root = tmp_path / "scans"
    lies_there = batch.document.found_at(
        str(root / "a.pdf"), batch.document.mtime_ns, batch.document.reading, root=str(root)
    )
    batch.store.save_document(lies_there)
    with reader(batch.client) as worker:
        worker.work(burst=True, logging_level="WARNING")
        assert batch.state()["pending"] == [1, 2, 3]
        assert other.state()["done"] == [1, 2, 3]
        assert the_job(batch).history == []
        root.mkdir()
        Path(batch.document.source).rename(root / "a.pdf")
        wait_until(worker.passed.finds_work, "it sees the folder again")
        worker.work(burst=True, logging_level="WARNING")
    assert batch.state()["done"] == [1, 2, 3]


def test_a_file_that_is_gone_from_its_folder_fails(batch: Batch) -> None:
    """The folder is there, the file was deleted: its pages fail, and say so."""
    Path(batch.document.source).unlink()
    with reader(batch.client) as worker:
        worker.work(burst=True, logging_level="WARNING")
    assert batch.state()["failed"] == [1, 2, 3]
    result = batch.store.result(batch.document.id, 1)
    assert result is not None
    assert result.error == "source-changed"


def test_a_document_that_is_gone_from_its_workspace_fails(batch: Batch) -> None:
    """The workspace is there, the document's own files are not: its pages fail."""
    (batch.store.root / "documents").rename(batch.store.root / "lost")
    with reader(batch.client) as worker:
        worker.work(burst=True, logging_level="WARNING")
    assert batch.state()["failed"] == [1, 2, 3]


def test_who_does_not_see_the_workspace_gives_no_page_up(batch: Batch) -> None:
    """A page that has killed its worker as often as it may is given up by who can write that."""
    for _ in range(2):
        hand = Hands(batch.client).take("scripted")
        assert hand is not None
        hand.begin()
        batch.client.hset(hand.worker.key, "pid", 2**22 + 1)
        take_away(batch.store.base)
        with reader(batch.client) as worker:
            recovery.put_back(worker, worker.queues[0])
        bring_back(batch.store.base)
        batch.client.lrem("rq:queue:scripted", 0, f"{batch.key}-p1")
        batch.client.lpush("rq:queue:scripted", f"{batch.key}-p1")
    assert batch.state()["pending"] == [1, 2, 3]
    assert [one.error for one in the_job(batch).history] == ["worker-died"] * 2


def test_the_sweep_fails_nothing_that_it_does_not_see(batch: Batch) -> None:
    """A page without a job waits for whoever can write down what became of it."""
    batch.client.delete("rq:queue:scripted")
    PageJob.fetch(f"{batch.key}-p2", connection=batch.client).delete()
    take_away(batch.store.base)
    assert reconcile.sweep(batch.client, NOW) == 0
    assert 2 in batch.state()["pending"]
    bring_back(batch.store.base)
    batch.client.delete("rq:queue:scripted")
    assert reconcile.sweep(batch.client, NOW) == 1
    assert batch.state()["failed"] == [2]
