"""What Redis holds of a job may be forged: it costs us no more than a job of ours does."""

import base64
import json
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.broker import keys, queue_ops
from ocrqueue.broker.bounded import DEEPEST
from ocrqueue.broker.page_job import PageJob
from tests.support.batch import Batch, collect_all, make_batch, read_all

MIB = 1 << 20
SMALL = zlib.compress(bytes(32 * MIB), 9)  # 32 kB: shorter than what a job of ours may have
LARGE = zlib.compress(bytes(128 * MIB), 9)


@pytest.fixture
def batch(tmp_path: Path, client: Redis) -> Batch:
    """Two pages in the queue."""
    made = make_batch(tmp_path, client, count=2)
    made.queue_pages()
    return made


@contextmanager
def at_most(mebibytes: int) -> Iterator[None]:
    """Fail where more memory than that is held at any moment."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < mebibytes * MIB
    finally:
        tracemalloc.stop()


def key_of(batch: Batch, page: int = 1) -> str:
    return f"rq:job:{keys.page_job_id(batch.key, page)}"


@pytest.mark.parametrize("bomb", [SMALL, LARGE], ids=["short", "long"])
def test_a_call_that_inflates_fails_its_page_alone(batch: Batch, bomb: bytes) -> None:
    """Nothing is inflated beyond what a call of ours has; the other page is read."""
    batch.client.hset(key_of(batch), "data", bomb)

    with at_most(8):
        read_all(batch.client)

    assert batch.state() == {"pending": [], "done": [2], "failed": [1], "doubtful": []}
    collect_all(batch.client)
    assert not batch.is_live()


@pytest.mark.parametrize("bomb", [SMALL, LARGE], ids=["short", "long"])
def test_a_trace_that_inflates_is_not_shown(batch: Batch, bomb: bytes) -> None:
    """Neither the one of the job nor that of a result, which the dashboard asks for."""
    batch.client.hset(key_of(batch), "exc_info", bomb)
    result: dict[str, bytes | int] = {"type": 2, "exc_string": base64.b64encode(bomb)}
    batch.client.xadd(f"rq:results:{keys.page_job_id(batch.key, 1)}", result)  # type: ignore[arg-type]

    with at_most(8):
        job = PageJob.fetch(keys.page_job_id(batch.key, 1), connection=batch.client)
        shown, listed = job.latest_result(), job.results()

    assert job._exc_info is None
    assert [one.exc_string for one in (shown, *listed) if one] == [None, None]


def test_a_trace_of_ours_is_shown_whole(batch: Batch) -> None:
    """What the worker wrote comes back as it was."""
    read_all(batch.client, "1: refuse, refuse")

    result = PageJob.fetch(keys.page_job_id(batch.key, 1), connection=batch.client).latest_result()

    assert result is not None
    assert "scripted" in str(result.exc_string)


@pytest.mark.parametrize("levels", [DEEPEST + 2, 900, 100_000])
def test_deep_meta_ends_no_worker(batch: Batch, levels: int) -> None:
    """Brackets in brackets are dropped before anybody goes through them."""
    meta = '{"route": [["scripted", 2]], "more": ' + "[" * levels + "]" * levels + "}"
    batch.client.hset(key_of(batch), "meta", meta)

    assert PageJob.fetch(keys.page_job_id(batch.key, 1), connection=batch.client).meta == {}
    read_all(batch.client, "1: refuse")
    assert batch.state() == {"pending": [], "done": [2], "failed": [1], "doubtful": []}


def test_meta_of_ours_stays(batch: Batch) -> None:
    """A route and a long history are far below the bounds."""
    attempt = {"backend": "scripted", "at": "2026-01-01", "seconds": 1.0, "message": "why" * 300}
    meta = {"route": [["scripted", 2]], "history": [attempt] * 100}
    batch.client.hset(key_of(batch), "meta", json.dumps(meta))

    job = PageJob.fetch(keys.page_job_id(batch.key, 1), connection=batch.client)

    assert isinstance(job, PageJob)
    assert len(job.history) == 100
    assert [step.backend for step in job.route] == ["scripted"]


def test_a_bitmap_names_no_more_pages_than_a_document_has(batch: Batch) -> None:
    """Two megabytes would name sixteen million pages."""
    batch.client.set(keys.bitmap(batch.key, "pending"), b"\xff" * (2 * MIB))

    named = queue_ops.pages_in(batch.client, batch.key, "pending")

    assert max(named) < keys.MOST_PAGES + 8
