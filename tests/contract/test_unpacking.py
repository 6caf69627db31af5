"""What somebody wrote into Redis takes no memory, time or depth that is not written there."""

import base64
import functools
import json
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient

from ocrqueue.broker import keys, queue_ops, unpacking
from ocrqueue.broker.page_job import PageJob
from ocrqueue.model import json_values
from ocrqueue.pipeline import reconcile, status
from tests.support.batch import Batch, collect_all, read_all

NOW = "2026-01-01T00:00:00+00:00"
MB = 1 << 20


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@functools.cache
def bomb(megabytes: int = 64) -> bytes:
    """Return some kilobytes that inflate to so much."""
    packer = zlib.compressobj(1)
    return b"".join(packer.compress(bytes(MB)) for _ in range(megabytes)) + packer.flush()


FORGED: dict[str, Callable[[], dict[str, bytes]]] = {
    "meta beyond Python's depth": lambda: {"meta": b'{"doc":' + nested(50_000) + b"}"},
    "meta just below it": lambda: {"meta": b'{"doc":' + nested(900) + b"}"},
    "data beyond Python's depth": lambda: {"data": nested(50_000)},
    "data just below it": lambda: {"data": nested(900)},
    "a result that is deep": lambda: {"result": nested(900)},
    "dependencies that are deep": lambda: {"dependency_ids": nested(50_000)},
    "pauses that are deep": lambda: {"retry_intervals": nested(50_000)},
    "repeats that are deep": lambda: {"repeat_intervals": nested(50_000)},
    "data that inflates": lambda: {"data": bomb()},
    "data that inflates twice": lambda: {"data": zlib.compress(bomb())},
    "an error that inflates": lambda: {"exc_info": bomb()},
    "long data": lambda: {"data": b'"' + b"x" * 5 * MB + b'"'},
    "no date": lambda: {"created_at": b"yesterday"},
    "no number": lambda: {"result_ttl": b"9" * 5000},
    "no state": lambda: {"status": b"content"},
    "no text": lambda: {"description": b"\xff\xfe"},
}


def job(batch: Batch, page: int = 1) -> str:
    return keys.page_job_id(batch.key, page)


def plant(batch: Batch, fields: dict[str, bytes]) -> None:
    """Change the job of page 1."""
    batch.client.hset(f"rq:job:{job(batch)}", mapping=fields)  # type: ignore[arg-type]


@contextmanager
def within(megabytes: int, seconds: float = 20) -> Iterator[None]:
    """Look that Python never held so much more memory than before, and soon got through."""
    tracemalloc.start()
    began = time.monotonic()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * MB
        assert time.monotonic() - began < seconds
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_forged_job_hides_no_other(
    batch: Batch, browser: FlaskClient, forged: Callable[[], dict[str, bytes]]
) -> None:
    """Its own pages answer or say that it is none, and the lists show the jobs beside it."""
    fields = forged()
    plant(batch, fields)

    with within(40):
        codes = [
            browser.get(path).status_code
            for path in (f"/0/view/job/{job(batch)}", f"/0/data/job/{job(batch)}.json")
        ]
        listed: Any = browser.get("/0/data/jobs/scripted/queued/8/asc/1.json")

    assert codes in ([200, 200], [404, 404])
    assert listed.status_code == 200
    assert "a.pdf page 2" in [one["description"] for one in listed.json["jobs"]]


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_forged_job_stops_no_worker(batch: Batch, forged: Callable[[], dict[str, bytes]]) -> None:
    """Its page ends in one way or another, and the next page is read."""
    plant(batch, forged())

    with within(40):
        read_all(batch.client)
        reconcile.sweep(batch.client, NOW)
        read_all(batch.client)
        reconcile.sweep(batch.client, NOW)
        collect_all(batch.client)

    assert batch.state()["pending"] == []
    assert 2 in batch.state()["done"]
    assert not batch.is_live()


@pytest.mark.parametrize("kind", ["dependencies that are deep", "data that inflates", "no date"])
def test_a_forged_job_of_a_dead_worker_stops_no_other(batch: Batch, kind: str) -> None:
    """What a worker takes back at its start may be anything: the next page is read."""
    plant(batch, {"status": b"started", **FORGED[kind]()})
    batch.client.lrem("rq:queue:scripted", 0, job(batch))
    batch.client.zadd("rq:wip:scripted", {f"{job(batch)}:x": 1})

    read_all(batch.client)

    assert 2 in batch.state()["done"]
    assert batch.client.zcard("rq:wip:scripted") == 0


@pytest.mark.parametrize(
    "result",
    [
        {"type": 2, "exc_string": lambda: base64.b64encode(bomb())},
        {"type": 1, "return_value": base64.b64encode(nested(50_000))},
        {"type": 1, "return_value": base64.b64encode(nested(900))},
        {"type": 1, "return_value": b"*"},
        {"type": 9},
        {"type": 2, "exc_string": base64.b64encode(b"no zlib")},
        {"type": 1, "execution_ended_at": b"1e300"},
        {"x": 1},
    ],
    ids=["inflates", "too deep", "deep", "no base64", "type", "no zlib", "date", "nothing"],
)
def test_a_forged_result_hides_no_job(
    batch: Batch, browser: FlaskClient, result: dict[Any, Any]
) -> None:
    """A result that cannot be shown is left out; its job and the others are there."""
    fields = {name: value() if callable(value) else value for name, value in result.items()}
    batch.client.xadd(f"rq:results:{job(batch)}", fields)

    with within(40):
        details = browser.get(f"/0/data/job/{job(batch)}.json")
        listed: Any = browser.get("/0/data/jobs/scripted/queued/8/asc/1.json")

    assert (details.status_code, listed.status_code) == (200, 200)
    assert len(listed.json["jobs"]) == 2


def test_pages_that_no_document_has_are_not_counted(batch: Batch) -> None:
    """One set bit far out is no page; looking for it takes neither time nor memory."""
    batch.client.setbit(keys.bitmap(batch.key, "pending"), 1_600_000_000, 1)

    with within(50, seconds=5):
        found = queue_ops.pages_in(batch.client, batch.key, "pending")

    assert found == [1, 2]


@pytest.mark.parametrize("odd", [b"9" * 5000, b"x", b"-1e9", b"1" * 20, b"\xff", b""])
def test_odd_numbers_are_none(batch: Batch, odd: bytes) -> None:
    """What should be a number and is none stops neither `status`, nor a worker, nor the sweep."""
    client, workspace = batch.client, batch.store.address.key
    worker = {"pid": odd, "successful_job_count": odd, "queues": "scripted", "birth": odd}
    client.hset("rq:worker:w", mapping=worker)  # type: ignore[arg-type]
    client.sadd("rq:workers", "rq:worker:w")
    client.sadd("rq:workers:scripted", "rq:worker:w")
    client.hset(keys.overflow("scripted"), "taken", odd)
    client.hset(keys.document_hash(batch.key), "kept_s", odd)

    read_all(client)
    client.delete(f"rq:job:{keys.collect_job_id(batch.key)}")
    queue_ops.restore_collector(client, batch.key)
    client.hset(keys.totals(workspace), "failed", odd)
    now = status.now(client, batch.store)

    assert (now.done, now.failed) == (2, 0)
    assert [(one.pid, one.done) for one in now.workers if one.name == "w"] == [(0, 0)]
    assert [one.taken for one in now.helped] == [0]


@pytest.mark.parametrize("depth", [1, json_values.DEEPEST, json_values.DEEPEST + 1, 900, 200_000])
def test_depth_has_a_limit(depth: int) -> None:
    """JSON of the depth that is allowed is read, deeper JSON is refused in the same way."""
    try:
        value = unpacking.ShallowJSON.loads(nested(depth))
    except ValueError:
        value = None

    assert (value is not None) == (depth <= json_values.DEEPEST)


def test_what_we_write_is_far_from_the_limits(batch: Batch) -> None:
    """A job of ours with as many attempts as there can be is taken as it was written."""
    attempt = {"backend": "scripted", "seconds": 1.0, "at": NOW, "message": "m" * 2000}
    meta = {"route": [["scripted", 2]], "history": [attempt] * 100}
    plant(batch, {"meta": json.dumps(meta).encode()})

    ours = PageJob.fetch(job(batch), connection=batch.client)

    assert isinstance(ours, PageJob)
    assert len(ours.history) == 100
    assert ours.args[1:] == [batch.document.id, 1]
