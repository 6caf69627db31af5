"""THE STORY: one attempt of one backend at one page: draw it, read it, judge it, conclude."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from ocrqueue import quality
from ocrqueue.backends.base import NO_IMAGE, Backend
from ocrqueue.errors import (
    Doubtful,
    PageError,
    ResultNotWritten,
    SourceChanged,
    UnexpectedFailure,
)
from ocrqueue.model import (
    Attempt,
    Document,
    ImageMode,
    Judgement,
    PageImage,
    PageResult,
    Reply,
    Task,
    Verdict,
)

TEXT_LAYER = "text-layer"


class Draws(Protocol):
    """What draws pages: `ocrqueue.render.Renderer`."""

    def page(
        self, source: Path, page: int, *, dpi: int, mode: ImageMode, password: str | None = None
    ) -> PageImage:
        """Draw a page."""
        ...

    def text_layer(self, source: Path, page: int, *, password: str | None = None) -> str | None:
        """Return the page's own text where it is plausible."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a worker reads pages with."""

    renderer: Draws
    backend: Backend
    limit_s: float  # time for the backend, once the page is drawn
    worker: str  # its name, for the ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One page to read."""

    document: Document
    page: int
    password: str | None = None
    history: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The page was read. `result.verdict` may still be doubtful."""

    result: PageResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The attempt failed; `attempt` says why and what may be tried."""

    attempt: Attempt
    error: PageError


Outcome = Accepted | Rejected


def run(request: Request, tools: Tools) -> Outcome:
    """Try to read the page once. Raises nothing but what ends a process."""
    began, clock = datetime.now(UTC), time.monotonic()
    this = Attempt(
        backend=tools.backend.name,
        model=tools.backend.model,
        seconds=0.0,
        at=began.isoformat(timespec="milliseconds"),
        worker=tools.worker,
    )
    try:
        reply, judgement = _read(request, tools)
    except PageError as error:
        return _rejected(error, replace(this, seconds=_since(clock)))
    except Exception as error:  # noqa: BLE001 - a bug costs its page, never the batch
        unforeseen = UnexpectedFailure(f"{type(error).__name__}: {error}")
        unforeseen.__cause__ = error
        return _rejected(unforeseen, replace(this, seconds=_since(clock)))
    return _accepted(request, reply, judgement, replace(this, seconds=_since(clock)))


def _read(request: Request, tools: Tools) -> tuple[Reply, Judgement]:
    source = _unchanged(request.document)
    if request.document.reading.text_layer == "prefer":
        text = tools.renderer.text_layer(source, request.page, password=request.password)
        _unchanged(request.document)
        if text is not None:
            reply = Reply(text=text, backend=TEXT_LAYER, model="", words=len(text.split()))
            return reply, Judgement(verdict=Verdict.GOOD)
    image = _draw(request, tools, source)
    _unchanged(request.document)  # what was drawn is the file that was enqueued
    reply = _ask(request, tools, image)
    return reply, quality.judge(reply, image)


def _unchanged(document: Document) -> Path:
    source = Path(document.source)
    try:
        found = source.stat()
    except OSError as error:
        message = f"{source.name} is no longer there"
        raise SourceChanged(message) from error
    if (found.st_size, found.st_mtime_ns) != (document.size, document.mtime_ns):
        message = f"{source.name} was changed after it was enqueued"
        raise SourceChanged(message)
    return source


def _draw(request: Request, tools: Tools, source: Path) -> PageImage:
    mode = tools.backend.image_mode
    if mode is None:
        return NO_IMAGE
    dpi = request.document.reading.dpi
    return tools.renderer.page(source, request.page, dpi=dpi, mode=mode, password=request.password)


def _ask(request: Request, tools: Tools, image: PageImage) -> Reply:
    ask: Callable[..., Reply]
    match request.document.reading.task:
        case Task.PAGE:
            ask = tools.backend.page_to_markdown
        case Task.TABLE:
            ask = tools.backend.table_to_markdown
        case Task.FORMULA:
            ask = tools.backend.formula_to_latex
    return ask(image, deadline=time.monotonic() + tools.limit_s, page=request.page)


def _accepted(request: Request, reply: Reply, judgement: Judgement, this: Attempt) -> Accepted:
    confidence = None if reply.confidence is None else round(reply.confidence, 1)
    this = replace(
        this,
        backend=reply.backend,
        model=reply.model,
        confidence=confidence,
        verdict=judgement.verdict,
        message=judgement.reason,
    )
    result = PageResult(
        page=request.page,
        markdown=reply.text,
        attempts=(*request.history, this),
        backend=reply.backend,
        model=reply.model,
        verdict=judgement.verdict,
        confidence=confidence,
        rotation=reply.rotation,
        reason=judgement.reason,
    )
    return Accepted(result=result)


def _rejected(error: PageError, this: Attempt) -> Rejected:
    told = replace(
        this,
        error=error.code,
        message=str(error),
        again=error.again,
        hand_over=error.hand_over,
    )
    return Rejected(attempt=told, error=error)


def _since(clock: float) -> float:
    return round(time.monotonic() - clock, 3)


def hand_over(result: PageResult) -> Rejected:
    """Return the rejection of a doubtful result that the next backend should better."""
    error = Doubtful(result.reason or "the text is doubtful")
    this = replace(
        result.attempts[-1], error=error.code, again=error.again, hand_over=error.hand_over
    )
    return Rejected(attempt=this, error=error)


def not_written(result: PageResult, problem: OSError) -> Rejected:
    """Return the rejection of a result that was read but cannot be kept."""
    error = ResultNotWritten(f"the result cannot be written: {problem.strerror}")
    error.__cause__ = problem
    this = replace(result.attempts[-1], verdict=None, confidence=None)
    return _rejected(error, this)
