"""Settles what nobody else will: pages whose job was removed, documents whose producer died.

Run by the collector while the queues are idle.
"""

from ocrqueue import logs
from ocrqueue.broker import job_validation, monitor, queue_ops, scripts
from ocrqueue.broker.connection import Client
from ocrqueue.model.errors.operator import OperatorError
from ocrqueue.model.errors.page import JobRemoved
from ocrqueue.model.page import Attempt
from ocrqueue.pipeline import job_document

BATCH = 1000


def sweep(client: Client, now: str) -> int:
    """Settle lost pages and release forgotten documents; return how many pages were settled.

    `now` is UTC in ISO 8601, for the ledger.
    """
    settled = 0
    for workspace in queue_ops.workspaces(client):
        for key in queue_ops.live_documents(client, workspace):
            before = set(queue_ops.pages_in(client, key, "pending"))
            if not queue_ops.idle(client, monitor.waiting(client)):
                return settled
            settled += _settle_lost(client, key, before, now)
            if not queue_ops.is_fed(client, key) and not queue_ops.pages_in(client, key, "pending"):
                queue_ops.restore_collector(client, key)
                scripts.seal(client, key)
    return settled


def _settle_lost(client: Client, key: str, before: set[int], now: str) -> int:
    """Settle what was pending before, and still is, though nothing waits or runs anywhere."""
    pending = [page for page in queue_ops.pages_in(client, key, "pending") if page in before][
        :BATCH
    ]
    lost = queue_ops.without_job(client, key, pending)
    queue_ops.put_back(client, key, [page for page in pending if page not in lost])
    if lost:
        document = queue_ops.document_of(client, key)
        for page in lost:
            scripts.settle(client, key, page, _conclude(key, document, page, now))
        logs.emit(logs.Event.PAGES_SWEPT, document=document.get("document", ""), pages=len(lost))
    return len(lost)


def _conclude(key: str, document: dict[str, str], page: int, now: str) -> str:
    """Return how a page without a job ends: a worker may have kept its result before it died."""
    workspace, document_id = document.get("workspace", ""), document.get("document", "")
    if not job_validation.is_place_of(workspace, document_id, key):
        return "failed"  # somebody else wrote it
    gone = Attempt.ended_by(JobRemoved("its job was removed from the queue"), at=now)
    try:
        store, known = job_document.named(workspace, document_id)
    except OperatorError:
        return "failed"  # the workspace was deleted too, or is none that we may work in
    return store.settle_failed(known.id, page, [gone]).state
