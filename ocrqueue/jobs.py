"""What the queue calls: read one page, collect one document. The only link from RQ to the story."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ocrqueue import attempt, collect, faults, logs, routing
from ocrqueue.attempt import Accepted, Rejected, Request, Tools
from ocrqueue.broker import page_job
from ocrqueue.broker.page_job import AttemptFailed, PageJob
from ocrqueue.errors import UsageError, WorkspaceUnusable
from ocrqueue.faults import Point
from ocrqueue.model import Attempt, Document, PageResult, Verdict
from ocrqueue.store import Store


@dataclass(slots=True)
class _Installed:
    """What this process reads with; RQ calls functions by name, so it must be reachable."""

    tools: Tools | None = None
    root: Path | None = None


_here = _Installed()


def install(tools: Tools) -> None:
    """Give this process what it needs to read pages."""
    _here.tools = tools


def stay_below(root: Path | None) -> None:
    """Let this process work in workspaces below a folder only; None: in all of its user."""
    _here.root = root.resolve() if root else None


def read_page(workspace: str, document_id: str, page: int) -> dict[str, Any]:
    """Read a page and keep its result; called by RQ in a worker.

    Raises:
        AttemptFailed: the attempt failed; the queue decides what comes next.
    """
    faults.at(Point.PAGE_BEGUN)
    store, document = _known(workspace, document_id)
    if page > document.pages:
        message = f"the document has {document.pages} pages, none of them is page {page}"
        raise UsageError(message)
    done = store.result(document.id, page)
    if done is not None and not done.failed:
        return _report(done)
    if _here.tools is None:
        message = "this process reads no pages: install() comes first"
        raise UsageError(message)
    request = Request(
        document=document,
        page=page,
        password=store.password(document.id),
        history=tuple(page_job.current_history()),
    )
    outcome = attempt.run(request, _here.tools)
    faults.at(Point.PAGE_READ)
    if isinstance(outcome, Accepted):
        outcome, done = _keep(outcome, document, store)
    _log(document, page, outcome, len(request.history) + 1)
    if isinstance(outcome, Rejected):
        raise AttemptFailed(outcome.attempt) from outcome.error
    faults.at(Point.PAGE_STORED)
    return _report(done or outcome.result)


def collect_document(workspace: str, document_id: str) -> dict[str, Any]:
    """Assemble a document from its page results; called by RQ in the collector."""
    store, document = _known(workspace, document_id)
    faults.at(Point.DOCUMENT_COLLECTING)
    written = collect.collect(store, document)
    faults.at(Point.DOCUMENT_TOLD)
    logs.emit(logs.Event.DOCUMENT_COLLECTED, document=document.id, outputs=len(written))
    return {"outputs": len(written)}


def give_up(job: PageJob, history: list[Attempt]) -> bool:
    """Keep why a page failed, or the doubtful reading that stands in; return whether one does."""
    store, document = _known(*[str(argument) for argument in job.args[:2]])
    page = job.page or 0
    kept = store.doubtful(document.id, page)
    if kept is not None:
        store.accept(document.id, replace(kept, attempts=tuple(history)))
        return True
    store.reject(document.id, page_job.failed_result(page, history))
    return False


def _known(workspace: str, document_id: str) -> tuple[Store, Document]:
    if _here.root and not Path(workspace).resolve().is_relative_to(_here.root):
        message = f"the workspace {workspace} is not below {_here.root}"
        raise WorkspaceUnusable(message)
    store = Store.open(Path(workspace))
    document = store.document(document_id)
    if document is None:
        message = f"the workspace {workspace} does not know the document {document_id}"
        raise UsageError(message)
    return store, document


def _keep(
    outcome: Accepted, document: Document, store: Store
) -> tuple[Accepted | Rejected, PageResult | None]:
    """Write the result down; return what came of the page, and the result that counts."""
    try:
        weighed = _weigh(outcome, document, store)
        if isinstance(weighed, Rejected):
            return weighed, None
        return weighed, store.accept(document.id, weighed.result)
    except OSError as error:
        return attempt.not_written(outcome.result, error), None


def _weigh(outcome: Accepted, document: Document, store: Store) -> Accepted | Rejected:
    """Hand a doubtful page over where another backend may follow."""
    result = outcome.result
    if result.verdict is not Verdict.DOUBTFUL:
        return outcome
    rejected = attempt.hand_over(result)
    history = (*result.attempts[:-1], rejected.attempt)
    if isinstance(routing.next_step(document.reading.route, history), routing.GiveUp):
        return outcome
    store.keep_doubtful(document.id, result)
    return rejected


def _report(result: PageResult) -> dict[str, Any]:
    doubtful = result.verdict is Verdict.DOUBTFUL
    return {"state": "doubtful" if doubtful else "done", "backend": result.backend}


def _log(document: Document, page: int, outcome: Accepted | Rejected, number: int) -> None:
    this = outcome.attempt if isinstance(outcome, Rejected) else outcome.result.attempts[-1]
    logs.emit(
        logs.Event.PAGE_ATTEMPT,
        document=document.id,
        page=page,
        backend=this.backend,
        model=this.model,
        attempt=number,
        seconds=this.seconds,
        outcome="rejected" if isinstance(outcome, Rejected) else "accepted",
        verdict=this.verdict,
        confidence=this.confidence,
        error=this.error,
    )
