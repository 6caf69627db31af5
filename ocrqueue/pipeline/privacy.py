"""May a document's pages leave this machine? The workspace knows, the queue is told.

An output says whether its input allows it. Where several inputs have the same content, and so are
one document, each of them must.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from ocrqueue import logs
from ocrqueue.broker import counts, document_record, job_lookup, keys, queue_ops, scripts
from ocrqueue.broker.connection import Client
from ocrqueue.broker.page_job import PageJob
from ocrqueue.model import routing
from ocrqueue.model.document import Document
from ocrqueue.model.errors.page import NobodyLocal
from ocrqueue.model.page import Attempt
from ocrqueue.workspace import outputs
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store


def may_leave(store: Store, document_id: str) -> bool:
    """Return whether every output that shows the document allows that its pages leave."""
    said = [output.allow_remote for output in outputs.showing(store, document_id)]
    return bool(said) and all(said)


def permit(store: Store, chosen: Sequence[Output], *, may_leave: bool) -> list[Output]:
    """Write down whether pages of these inputs may leave; return their outputs as they are now."""
    changed = []
    for before in chosen:
        after = replace(before, allow_remote=may_leave)
        changed.append(after.confirm() if before.is_confirmed else after)
        if before != changed[-1]:
            store.save_output(after.key, changed[-1].to_wire(), after.document)
            log_change(after)
    return changed


def log_change(output: Output) -> None:
    """Log that an input's pages may leave this machine from now on, or no longer."""
    if output.allow_remote:
        logs.emit(logs.Event.REMOTE_ALLOWED, document=output.document, source=output.shown)
    else:
        logs.emit(logs.Event.REMOTE_FORBIDDEN, document=output.document, source=output.shown)


def tell_queue(client: Client, store: Store, document: Document, key: str) -> int:
    """Tell the queue what the workspace says; return how many waiting pages were called home."""
    allowed = may_leave(store, document.id)
    document_record.permit(client, key, routing.open_to(document.reading.route, may_leave=allowed))
    return 0 if allowed else call_home(client, store, document, key)


def call_home(client: Client, store: Store, document: Document, key: str) -> int:
    """Move pages that wait for a remote backend to a local one; return how many there were.

    A page that no local backend may read any more fails, with that reason.
    """
    remote = {step.backend for step in document.reading.route if step.remote}
    if not remote:
        return 0
    pending = queue_ops.pages_in(client, key, "pending")
    ids = [keys.page_job_id(key, page) for page in pending]
    waiting = [job for job in job_lookup.jobs_of(client, ids) if job and job.origin in remote]
    return sum(_call_home(client, store, document, job) for job in waiting)


def _call_home(client: Client, store: Store, document: Document, job: PageJob) -> bool:
    local = routing.elsewhere(job.route, job.history, than=job.origin, may_leave=False)
    if local is not None:
        return scripts.move(client, job.id, job.origin, local)
    page = job.page or 0
    if not queue_ops.withdraw(client, job.document, [page]):
        return False  # its worker sees to it
    attempts = (*job.history, nobody_local(page, job.history))
    ended = store.settle_failed(document.id, page, attempts)
    scripts.settle(client, job.document, page, ended.state, counts.of(ended))
    return True


def nobody_local(page: int, history: Sequence[Attempt]) -> Attempt:
    """Return what ends the history of a page that nobody here may read any more."""
    why = "no local backend of its route is left" if history else "its route has no local backend"
    error = NobodyLocal(f"page {page} may not leave this machine, and {why}")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Attempt.ended_by(error, at=now)
