"""What the queue forgets: jobs that ended before many others, documents that are done."""

import pytest
from redis import Redis
from rq import Queue

from ocrqueue.broker import keys, recovery, scripts
from ocrqueue.broker.page_job import PageJob
from ocrqueue.model.gate import Lease
from ocrqueue.pipeline import reconcile
from tests.support.batch import KEPT, Batch, collect_all, read_all, reader, the_job
from tests.support.shared_gate import Open

NOW = "2026-01-01T00:00:00+00:00"


def listed(batch: Batch) -> dict[str, list[str]]:
    queue = Queue("scripted", connection=batch.client, job_class=PageJob, serializer="json")
    return {
        "finished": queue.finished_job_registry.get_job_ids(),
        "failed": queue.failed_job_registry.get_job_ids(),
    }


@pytest.mark.parametrize(("script", "kind"), [("", "finished"), ("*: refuse", "failed")])
def test_of_many_ended_jobs_the_last_ones_stay(
    batch: Batch, monkeypatch: pytest.MonkeyPatch, script: str, kind: str
) -> None:
    """Whoever looks after a queue bounds what it lists, whatever the time; the job goes as well."""
    monkeypatch.setattr(recovery, "MOST_ENDED", 1)
    read_all(batch.client, script)
    assert listed(batch)[kind] == [f"{batch.key}-p1", f"{batch.key}-p2"]

    with reader(batch.client) as worker:
        worker.clean_registries()

    assert listed(batch)[kind] == [f"{batch.key}-p2"]
    assert not batch.client.exists(f"rq:job:{batch.key}-p1", f"rq:results:{batch.key}-p1")
    assert batch.client.exists(f"rq:job:{batch.key}-p2")


def test_a_job_that_runs_again_is_not_forgotten(batch: Batch) -> None:
    """Somebody may have put it back in the moment before: then it is listed as ended no more."""
    read_all(batch.client, "1: refuse")
    the_job(batch).requeue()
    batch.client.zadd("rq:failed:scripted", {f"{batch.key}-p1": 1})

    assert scripts.forget(batch.client, "rq:failed:scripted", most=0, step=10) == 1

    assert the_job(batch).get_status() == "queued"
    read_all(batch.client)
    assert batch.state()["failed"] == []


@pytest.mark.parametrize(
    ("script", "kept_s"), [("", KEPT.result_ttl_s), ("1: refuse", KEPT.failure_ttl_s)]
)
def test_what_is_known_of_a_document_stays_while_pages_may_be_wanted_again(
    batch: Batch, script: str, kept_s: int
) -> None:
    """A document that is done is forgotten as its jobs are; one with failed pages stays longer."""
    read_all(batch.client, script)
    collect_all(batch.client)
    for name in (keys.document_hash(batch.key), keys.bitmap(batch.key, "done")):
        if batch.client.exists(name):
            assert kept_s - 60 < batch.client.ttl(name) <= kept_s


def test_the_sweep_looks_for_workspaces_only_while_nothing_waits(
    batch: Batch, client: Redis
) -> None:
    """Going through the names of all keys is dear, and in vain while pages are read."""

    def scans() -> int:
        told = client.info("commandstats").get("cmdstat_scan", {"calls": 0})
        return int(told["calls"])

    before = scans()
    reconcile.sweep(client, NOW)
    assert scans() == before
    read_all(batch.client)
    collect_all(batch.client)
    reconcile.sweep(client, NOW)
    assert scans() > before


def test_a_settled_request_is_soon_forgotten(client: Redis, opened: Open) -> None:
    """A pool with hundreds of answers a second keeps the holds of minutes, not of hours."""
    gate = opened()
    lease = gate.admit(100, "a-model")
    assert isinstance(lease, Lease)
    gate.settle(lease, 50)
    (hold,) = client.keys("ocrq:gate:openrouter:hold:*")
    assert 600 < client.ttl(hold) <= 900
