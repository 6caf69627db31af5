"""Settles what nobody else will: pages whose job was removed, documents whose producer died.

Run by the collector while the queues are idle. It also lets go of pages that wait for their check
where nobody is there who could do it.
"""

from collections.abc import Mapping
from itertools import groupby

from ocrqueue import logs
from ocrqueue.broker import counts, job_lookup, job_validation, keys, monitor, queue_ops, scripts
from ocrqueue.broker.connection import Client, text
from ocrqueue.broker.page_job import PageJob
from ocrqueue.model import readings, routing
from ocrqueue.model.document import Document
from ocrqueue.model.errors.operator import OperatorError, StorageAway
from ocrqueue.model.errors.page import JobRemoved, ResultMissing
from ocrqueue.model.page import Attempt, PageResult, failed_result
from ocrqueue.pipeline import job_document, sight
from ocrqueue.workspace.store import Store

BATCH = 1000


def sweep(client: Client, now: str) -> int:
    """Settle lost pages and release forgotten documents; return how many pages were settled.

    `now` is UTC in ISO 8601, for the ledger.
    """
    settled = 0
    if not queue_ops.idle(client, monitor.waiting(client)):
        return settled  # mostly so, and looking for workspaces is dear
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


def call_off_checks(client: Client, now: str) -> int:
    """Settle the pages that wait for a check, as they were read; return how many these were.

    Asked for where no worker has been there for them for long. Documents that require it wait on.
    """
    called_off = 0
    waiting = map(text, client.lrange(keys.queue(routing.CHECKER), 0, -1))
    for key, ids in groupby(sorted(waiting), key=lambda job_id: keys.meant_by(job_id)[0]):
        known = _named(key, queue_ops.document_of(client, key)) if key else None
        if known is None or known[1].reading.witness == readings.REQUIRE:
            continue
        for job in job_lookup.jobs_of(client, list(ids)):
            if job and job.is_check:
                called_off += _call_off(client, job, *known, now)
    if called_off:
        logs.emit(logs.Event.CHECKS_CALLED_OFF, queue=routing.CHECKER, pages=called_off)
    return called_off


def _call_off(client: Client, job: PageJob, store: Store, document: Document, now: str) -> int:
    page = job.page or 0
    this = Attempt(
        backend=routing.CHECKER, seconds=0.0, at=now, message=routing.NO_CHECKER, checks=True
    )
    if not store.kept(document.id, page).readings:
        this = Attempt.ended_by(ResultMissing(readings.LOST), at=now)
    taken = queue_ops.withdraw(client, job.document, [page])
    for history in taken.values():
        client.lrem(keys.queue(routing.CHECKER), 1, job.id)
        ended = store.settle_failed(document.id, page, [*history, this])
        scripts.settle(client, job.document, page, ended.state, counts.of(ended))
    return len(taken)


def _settle_lost(client: Client, key: str, before: set[int], now: str) -> int:
    """Settle what was pending before, and still is, though nothing waits or runs anywhere."""
    pending = [page for page in queue_ops.pages_in(client, key, "pending") if page in before][
        :BATCH
    ]
    lost = queue_ops.without_job(client, key, pending)
    queue_ops.put_back(client, key, [page for page in pending if page not in lost])
    document = queue_ops.document_of(client, key) if lost else {}
    is_named = job_validation.is_place_of(document.get("workspace"), document.get("document"), key)
    if is_named and sight.of_workspace(document["workspace"]):
        return 0  # whoever sees it, later, writes down why
    if lost:
        for page in lost:
            ended = _conclude(key, document, page, now)
            scripts.settle(client, key, page, ended.state, counts.of(ended))
        logs.emit(logs.Event.PAGES_SWEPT, document=document.get("document", ""), pages=len(lost))
    return len(lost)


def _conclude(key: str, document: dict[str, str], page: int, now: str) -> PageResult:
    """Return how a page without a job ends: a worker may have kept its result before it died."""
    known = _named(key, document)
    gone = Attempt.ended_by(JobRemoved("its job was removed from the queue"), at=now)
    if known is None:
        return failed_result(page, [gone])
    return known[0].settle_failed(known[1].id, page, [gone])


def _named(key: str, record: Mapping[str, str]) -> tuple[Store, Document] | None:
    """Return what a document's hash in Redis names; None: somebody else wrote it.

    Or the workspace was deleted too, or is none that we may work in.
    """
    workspace, document_id = record.get("workspace", ""), record.get("document", "")
    if not job_validation.is_place_of(workspace, document_id, key):
        return None
    try:
        return job_document.named(workspace, document_id)
    except StorageAway:  # it may still be there
        raise
    except OperatorError:
        return None
