"""THE STORY: one attempt of one backend at one page: draw it, read it, judge it, conclude."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ocrqueue.backends.base import NO_IMAGE, Backend, KnowsByName, ReadsLines
from ocrqueue.model import readings
from ocrqueue.model.document import Document, Kind, PageSize, Task
from ocrqueue.model.errors.page import (
    BackendTimedOut,
    Doubtful,
    MustStay,
    OutOfSight,
    PageError,
    ResultNotWritten,
)
from ocrqueue.model.page import Attempt, ImageMode, Judgement, PageImage, PageResult, Reply, Verdict
from ocrqueue.pipeline import (
    drawing,
    judged_reply,
    obedience,
    own_text,
    picture,
    resolution,
    sight,
    unforeseen,
    witness,
)
from ocrqueue.pipeline.drawing import Draws
from ocrqueue.pipeline.judged_reply import Finished
from ocrqueue.pipeline.own_text import Use
from ocrqueue.settings.engines import Candidate
from ocrqueue.text import stand_in
from ocrqueue.text.layer.sheet import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the reading of a page is: told when it begins, and after each token of a model."""

    document: Document
    page: int
    backend: str
    tokens: int = 0  # written so far
    tokens_per_s: float = 0.0  # 0: not known yet
    first_token_s: float = 0.0  # from being asked to the first token; 0: not known


def ignore(_: Progress) -> None:
    """Do nothing: nobody wants to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a worker reads pages with."""

    renderer: Draws
    backend: Backend
    own: Candidate  # the worker's settings of the backend; a document may ask for others
    limit_s: float  # time for the backend, once the page is drawn
    worker: str  # its name, for the ledger
    remote: bool = False  # the backend sends pages to another machine
    # Whether what it cannot send now goes to the next backend of its route.
    hands_over: Callable[[PageError], bool] = lambda _: False
    engine: ReadsLines | None = None  # the embedded one, beside the backend
    witness: ReadsLines | None = None  # the same where it checks pages in this process
    finds_checker: Callable[[], bool] = lambda: True  # one who checks what is read here may come
    # Called before a page is drawn; a PageError that it raises ends the attempt.
    begin: "Callable[[Request], None]" = lambda _: None
    rest: Callable[[PageError], None] = lambda _: None  # told when the backend cannot be asked
    # Whether a remote backend has sent the page of this request.
    has_left: "Callable[[Request], bool]" = lambda _: False
    on_progress: Callable[[Progress], None] = ignore  # a PageError it raises ends the attempt
    peak_mb: Callable[[], int | None] = lambda: None  # most memory that was held so far


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One page to read."""

    document: Document
    page: int
    password: str | None = None
    history: tuple[Attempt, ...] = ()
    may_leave: Callable[[], bool] = lambda: False  # asked just before the page would be sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The page was read. `result.verdict` may still be doubtful."""

    result: PageResult
    pictures: Mapping[str, bytes] = field(default_factory=dict)  # SHA-256 -> PNG file
    raw: str | None = None  # what a model said


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
        reply, judgement, pictures = _read(request, tools)
    except Exception as error:  # noqa: BLE001 - a bug costs its page, never the batch
        return _rejected(_cause(error, request), _ended(this, clock, request, tools))
    judgement = stand_in.weigh(judgement, reply.text, request.document)
    result = _result(request, reply, judgement, _ended(this, clock, request, tools))
    return Accepted(result=result, pictures=pictures, raw=reply.raw)


def _cause(error: Exception, request: Request) -> PageError:
    """Return why a page was not read: whatever failed, a folder that is away comes first."""
    if why := sight.of_input(request.document):
        cause: PageError = OutOfSight(why)
    elif isinstance(error, PageError):
        return error
    else:
        cause = unforeseen.failure(error, request.document, request.page)
    cause.__cause__ = error
    return cause


def _read(request: Request, tools: Tools) -> Finished:
    """Return the reply, what it is worth, and the PNG files of its figures by SHA-256."""
    _tell(request, tools)
    source = drawing.unchanged(request.document)
    use = own_text.use(request.document.reading, tools.backend, tools.engine)
    obedience.obey(tools.backend, tools.own, request.document.reading)
    if use is not Use.ONLY:
        tools.begin(request)
    size = request.document.reading.size
    sheet = None if use is Use.NEVER else sheet_of(request, tools, source, size)
    mode = ImageMode.GREY if sheet and use is Use.ONLY else tools.backend.image_mode
    mode = mode or (ImageMode.GREY if sheet else None)
    draw = partial(drawn, request, tools, source, mode)
    image = draw(size)
    look = partial(sheet_of, request, tools, source)
    image, sheet = resolution.with_sheet(image, sheet, size, draw=draw, look=look)
    deadline = time.monotonic() + tools.limit_s
    own = own_text.read(sheet, image, tools.backend, tools.engine, deadline) if sheet else None
    if use is Use.ONLY:
        return *own_text.alone(own), {}
    if own and own.is_sound:
        return own.reply, own.judgement, {}
    ask = partial(_ask, request, tools, deadline)
    said, image = picture.read(image, size, draw=draw, ask=ask)
    said = replace(said, own_text=own.judgement.reason if own else "")
    try:
        finished = judged_reply.judged(said, request.document.reading, request.page, image)
    except PageError as error:
        error.cost_usd = said.cost_usd  # what is no page was paid for all the same
        if isinstance(error, BackendTimedOut):
            error.again = False  # asked again, it would say what takes as long again
        raise
    return _witnessed(finished, request, tools, image, deadline)


def _witnessed(
    finished: Finished, request: Request, tools: Tools, image: PageImage, deadline: float
) -> Finished:
    """Return a model's page with what a second reading says of it."""
    reply, judgement, pictures = finished
    if judgement.verdict is Verdict.BLANK or not witness.is_wanted(request.document.reading, reply):
        return finished
    try:
        source, size = Path(request.document.source), request.document.reading.size
        sheet = sheet_of(request, tools, source, size)
    except PageError:  # what was read is not lost for want of a witness
        sheet = None
    told = witness.testify(reply, sheet, image, engine=tools.witness, deadline=deadline)
    return replace(reply, witness=told), readings.judged(judgement, told), pictures


def sheet_of(request: Request, tools: Tools, source: Path, size: PageSize) -> Sheet | None:
    """Return what the file itself says about the page; None for an image."""
    if request.document.kind is not Kind.PDF:
        return None  # without a question to the child, which draws ahead meanwhile
    return tools.renderer.sheet(source, request.page, size, password=request.password)


def _tell(request: Request, tools: Tools) -> None:
    """Tell that the page begins, and let the backend tell how it goes on."""
    begun = Progress(document=request.document, page=request.page, backend=tools.backend.name)
    tools.on_progress(begun)
    tools.backend.on_tokens = lambda tokens, pace, first_s: tools.on_progress(
        replace(begun, tokens=tokens, tokens_per_s=pace, first_token_s=first_s)
    )


def drawn(
    request: Request, tools: Tools, source: Path, mode: ImageMode | None, size: PageSize
) -> PageImage:
    """Return the page as it looks; the file is still the one that was enqueued."""
    if mode is None:
        return NO_IMAGE
    image = tools.renderer.page(source, request.page, size, mode=mode, password=request.password)
    drawing.unchanged(request.document)  # what was drawn is the file that was enqueued
    return image


def _ask(request: Request, tools: Tools, deadline: float, image: PageImage) -> Reply:
    if isinstance(tools.backend, KnowsByName):
        tools.backend.of_document(Path(request.document.source), request.document.pages)
    if tools.remote and not request.may_leave():
        raise MustStay(f"page {request.page} may not leave this machine")
    ask = {
        Task.PAGE: tools.backend.page_to_markdown,
        Task.TABLE: tools.backend.table_to_markdown,
        Task.FORMULA: tools.backend.formula_to_latex,
    }[request.document.reading.task]
    return ask(image, deadline=deadline, page=request.page)


def _result(request: Request, reply: Reply, judgement: Judgement, this: Attempt) -> PageResult:
    confidence = None if reply.confidence is None else round(reply.confidence, 1)
    twice = f"asked for twice: {reply.retried}" if reply.retried else ""
    agreed = f"read twice: {reply.agreed:.0%} of the words agree" if reply.agreed else ""
    refused = f"its own text was not taken: {reply.own_text}" if reply.own_text else ""
    this = replace(
        this,
        backend=reply.backend,
        model=reply.model,
        confidence=confidence,
        verdict=judgement.verdict,
        message="; ".join(filter(None, (judgement.reason, twice, agreed, refused))),
        tokens=reply.tokens,
        tokens_per_s=reply.tokens_per_s,
        first_token_s=reply.first_token_s,
        cost_usd=reply.cost_usd,
        provider=reply.provider,
        lang=reply.lang,
    )
    return PageResult(
        page=request.page,
        markdown=reply.text,
        attempts=(*request.history, this),
        backend=reply.backend,
        model=reply.model,
        verdict=judgement.verdict,
        confidence=confidence,
        rotation=reply.rotation,
        reason=judgement.reason,
        figures=reply.figures,
        witness=reply.witness,
        margins=reply.margins,
    )


def _rejected(error: PageError, this: Attempt) -> Rejected:
    told = replace(
        this,
        error=error.code,
        message=str(error),
        again=error.again,
        hand_over=error.hand_over,
        cost_usd=this.cost_usd if error.cost_usd is None else error.cost_usd,
        counts=error.counts,
    )
    return Rejected(attempt=told, error=error)


def _ended(this: Attempt, clock: float, request: Request, tools: Tools) -> Attempt:
    seconds = round(time.monotonic() - clock, 3)
    left = tools.remote and tools.has_left(request)
    return replace(this, seconds=seconds, left=left, memory_mb=tools.peak_mb())


def hand_over(result: PageResult) -> Rejected:
    """Return the rejection of a doubtful result that the next backend should better."""
    error, last = Doubtful(result.reason or "the text is doubtful"), result.attempts[-1]
    this = replace(last, error=error.code, again=error.again, hand_over=error.hand_over)
    return Rejected(attempt=this, error=error)


def not_written(result: PageResult, problem: OSError) -> Rejected:
    """Return the rejection of a result that was read but cannot be kept."""
    error = ResultNotWritten(f"the result cannot be written: {problem.strerror}")
    error.__cause__ = problem
    this = replace(result.attempts[-1], verdict=None, confidence=None)
    return _rejected(error, this)
