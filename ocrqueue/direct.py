"""Reads one file from its first page to its last in this process, where no queue is wanted."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

from ocrqueue import attempt, enqueue, routing, wiring
from ocrqueue.attempt import Accepted, Outcome, Request, Tools
from ocrqueue.backends import factory
from ocrqueue.broker.page_job import failed_result
from ocrqueue.enqueue import Order
from ocrqueue.errors import FileUnreadable
from ocrqueue.model import Attempt, Document, PageResult, Verdict
from ocrqueue.render import Renderer
from ocrqueue.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A document and its settled pages, in order."""

    document: Document
    results: Sequence[PageResult]


def read(source: Path, order: Order, chosen: Settings) -> Read:
    """Read the chosen pages of a file, each along its route, as workers would.

    Raises:
        DocumentError: the file is no document that can be read, or has none of the pages.
        NotReady: the renderer does not start.
    """
    with ExitStack() as stack:
        renderer = stack.enter_context(wiring.renderer_of(chosen))
        document, password = _identify(source, order, renderer)
        numbers = enqueue.choose(document.pages, order)
        tools = {
            step.backend: _tools(chosen, step.backend, renderer) for step in order.reading.route
        }
        for one in tools.values():
            stack.enter_context(closing(one.backend))
        asked = (Request(document=document, page=page, password=password) for page in numbers)
        return Read(document=document, results=[_settle(request, tools) for request in asked])


def _identify(source: Path, order: Order, renderer: Renderer) -> tuple[Document, str | None]:
    """Return the file as a document, and the password that opens it."""
    try:
        with source.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        found = source.stat()
    except OSError as error:
        message = f"{source.name} cannot be read: {error.strerror}"
        raise FileUnreadable(message) from error
    counted = renderer.count(source, passwords=order.passwords)
    document = Document(
        id=enqueue.document_id(sha256, order.reading),
        sha256=sha256,
        kind=counted.kind,
        pages=counted.pages,
        source=str(source.absolute()),
        size=found.st_size,
        mtime_ns=found.st_mtime_ns,
        reading=order.reading,
    )
    return document, counted.password


def _tools(chosen: Settings, backend: str, renderer: Renderer) -> Tools:
    candidate = chosen.candidate(backend)
    made = factory.create(candidate)
    return Tools(renderer=renderer, backend=made, limit_s=candidate.timeout_s, worker="")


def _settle(request: Request, tools: Mapping[str, Tools]) -> PageResult:
    """Walk the page along its route; a doubtful reading is kept in case nobody does better."""
    route = request.document.reading.route
    backend, kept = route[0].backend, None
    while True:
        outcome = attempt.run(request, tools[backend])
        if isinstance(outcome, Accepted) and outcome.result.verdict is not Verdict.DOUBTFUL:
            return outcome.result
        history = (*request.history, _why_not(outcome))
        step = routing.next_step(route, history)
        if isinstance(step, routing.GiveUp):
            return _last_word(request.page, outcome, kept, history)
        kept = outcome.result if isinstance(outcome, Accepted) else kept
        request, backend = replace(request, history=history), step.backend


def _why_not(outcome: Outcome) -> Attempt:
    if isinstance(outcome, Accepted):
        return attempt.hand_over(outcome.result).attempt
    return outcome.attempt


def _last_word(
    page: int, outcome: Outcome, kept: PageResult | None, history: tuple[Attempt, ...]
) -> PageResult:
    if isinstance(outcome, Accepted):
        return outcome.result
    return replace(kept, attempts=history) if kept else failed_result(page, list(history))
