"""What the queue calls to read one page: the link from RQ to the story."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ocrqueue import logs
from ocrqueue.broker import counts, job_lookup, page_job
from ocrqueue.broker.connection import Client
from ocrqueue.broker.job_ends import AttemptFailed, PutBack
from ocrqueue.model import failpoints, readings, routing
from ocrqueue.model.document import Document
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.model.failpoints import Point
from ocrqueue.model.page import ImageMode, PageResult, Verdict
from ocrqueue.pipeline import attempt, check, job_document, privacy, sight, untried, witness
from ocrqueue.pipeline.attempt import Accepted, Rejected, Request, Tools
from ocrqueue.render.prefetch import NextPage
from ocrqueue.workspace import corrections, sources
from ocrqueue.workspace.store import Store


@dataclass(slots=True)
class _Installed:
    """What this process reads with; RQ calls functions by name, so it must be reachable."""

    tools: Tools | None = None


_here = _Installed()


def install(tools: Tools) -> None:
    """Give this process what it needs to read pages."""
    _here.tools = tools


def read_page(workspace: str, document_id: str, page: int) -> dict[str, Any]:
    """Read a page, or check what was read of it, and keep its result; called by RQ in a worker.

    Raises:
        AttemptFailed: the attempt failed; the queue decides what comes next.
        PutBack: the page waits on: the backend could not be asked, it is to be checked, or this
            process does not see the folders that it needs.
    """
    failpoints.at(Point.PAGE_BEGUN)
    with sight.required(workspace) as store:
        return _read(store, document_id, page)


def _read(store: Store, document_id: str, page: int) -> dict[str, Any]:
    document = job_document.known(store, document_id)
    document = sources.at_hand(store, document)
    if page > document.pages:
        raise UsageError(f"the document has {document.pages} pages, none of them is page {page}")
    if done := corrections.accepted(store, document, page):
        return _report(done)
    if _here.tools is None:
        raise UsageError("this process reads no pages: install() comes first")
    request = Request(
        document=document,
        page=page,
        password=store.password(document.id),
        history=tuple(page_job.current_history()),
        may_leave=lambda: _may_leave(store, document),
    )
    if read := readings.unchecked(request.history):
        return _report(check.settle(request, read, store, _here.tools))
    outcome = attempt.run(request, _here.tools)
    failpoints.at(Point.PAGE_READ)
    if isinstance(outcome, Rejected) and not outcome.error.counts:
        raise untried.what_follows(request, outcome, _here.tools)
    if isinstance(outcome, Accepted):
        outcome, done = _keep(outcome, request, store, _here.tools)
    _log(document, page, outcome, len(request.history) + 1)
    if isinstance(outcome, Rejected):
        raise AttemptFailed(outcome.attempt) from outcome.error
    if done is None:
        failpoints.at(Point.PAGE_KEPT)
        raise PutBack(routing.CHECKER, outcome.result.attempts)
    failpoints.at(Point.PAGE_STORED)
    return _report(done)


def _may_leave(store: Store, document: Document) -> bool:
    """Return whether the workspace says that pages may leave, and the queue was told so as well.

    Who writes to one of them alone lets nothing leave.
    """
    job = page_job.current()
    return privacy.may_leave(store, document.id) and (job is None or job.may_leave)


def upcoming(client: Client, queue: str, mode: ImageMode) -> NextPage | None:
    """Return the page that a queue's worker will probably have to draw next.

    Raises:
        OcrqueueError: it cannot be told; nor does it matter.
    """
    found = job_lookup.upcoming(client, queue)
    if found is None:
        return None
    store, document = job_document.named(*found[:2])
    document = sources.at_hand(store, document)
    return NextPage(
        source=Path(document.source),
        page=found[2],
        size=document.reading.size,
        mode=ImageMode.GREY if document.reading.text_layer == "only" else mode,
        password=store.password(document.id),
    )


def _keep(
    outcome: Accepted, request: Request, store: Store, tools: Tools
) -> tuple[Accepted | Rejected, PageResult | None]:
    """Write the result down; return what came of the page, and what counts (None: not settled)."""
    document, result = request.document, outcome.result
    try:
        store.keep_source(document.id, result, outcome.pictures, raw=outcome.raw)
        if check.is_due(result, request, tools):
            store.keep(document.id, result)
            return outcome, None
        if tools.witness is None and witness.wants_engine(result):
            result = readings.unwitnessed(result, routing.NO_CHECKER)
        weighed = _weigh(replace(outcome, result=result), document, store)
        if isinstance(weighed, Rejected):
            return weighed, None
        return weighed, store.accept(document.id, weighed.result)
    except OSError as error:
        return attempt.not_written(result, error), None


def _weigh(outcome: Accepted, document: Document, store: Store) -> Accepted | Rejected:
    """Hand a doubtful page over where another backend may follow."""
    if (result := outcome.result).verdict is not Verdict.DOUBTFUL:
        return outcome
    rejected = attempt.hand_over(result)
    history = (*result.attempts[:-1], rejected.attempt)
    may_leave = _may_leave(store, document)
    if routing.next_step(document.reading.route, history, may_leave=may_leave) is None:
        best = readings.best(result, store.kept(document.id, result.page).readings)
        return replace(outcome, result=best)
    store.keep(document.id, result)
    return rejected


def _report(result: PageResult) -> dict[str, Any]:
    return {"state": result.state, "backend": result.backend, "counts": counts.of(result)}


def _log(document: Document, page: int, outcome: Accepted | Rejected, number: int) -> None:
    this = outcome.attempt if isinstance(outcome, Rejected) else outcome.result.attempts[-1]
    logs.emit(
        logs.Event.PAGE_ATTEMPT,
        document=document.id,
        source=document.source,
        page=page,
        backend=this.backend,
        model=this.model,
        attempt=number,
        seconds=this.seconds,
        outcome="rejected" if isinstance(outcome, Rejected) else "accepted",
        verdict=this.verdict,
        confidence=this.confidence,
        error=this.error,
        tokens=this.tokens,
        tokens_per_s=this.tokens_per_s,
        first_token_s=this.first_token_s,
    )
