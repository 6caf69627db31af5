"""A pool of remote workers as one of them sees it: a page in hand, a run that pays, money spent."""

from collections.abc import Callable
from unittest.mock import patch

from ocrqueue.broker import page_job
from ocrqueue.broker.page_job import PageJob
from ocrqueue.model.gate import Lease
from ocrqueue.pipeline.attempt import Request
from ocrqueue.pipeline.remote_gate import Pool
from tests.support.batch import Batch

MODEL = "maker/model"


def begun(batch: Batch, pool: Pool, *, may_leave: Callable[[], bool] = lambda: True) -> Pool:
    """Let the pool take page 1 in hand, as a worker does while the page's job runs."""
    request = Request(document=batch.document, page=1, may_leave=may_leave)
    job = PageJob.fetch(f"{batch.key}-p1", connection=batch.client)
    with patch.object(page_job, "current", lambda: job):
        pool.begin(request)
    return pool


def book(batch: Batch, run: str, cap: int | None = None) -> None:
    """Let a command have queued the document."""
    client, key = batch.client, f"ocrq:doc:{batch.key}"
    client.hset(key, mapping={"run": run, "cap": "" if cap is None else str(cap)})


def spend(pool: Pool, micro_usd: int) -> None:
    lease = pool.admit(micro_usd, MODEL)
    assert isinstance(lease, Lease)
    pool.settle(lease, micro_usd)
