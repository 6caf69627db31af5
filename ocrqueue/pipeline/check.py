"""The check of a page as a step of its way: a worker of the embedded engine is the witness.

What a model has read is kept in the workspace meanwhile. Nothing that goes wrong here costs a page:
it settles as it was read, and its result says why nobody has checked it.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ocrqueue import logs
from ocrqueue.backends.base import ReadsLines
from ocrqueue.broker.job_ends import AttemptFailed, PutBack
from ocrqueue.model import failpoints, readings, routing
from ocrqueue.model.errors.page import Doubtful, PageError, ResultMissing
from ocrqueue.model.failpoints import Point
from ocrqueue.model.page import Attempt, ImageMode, PageResult, Reply, Testimony, Verdict
from ocrqueue.model.routing import CHECKER
from ocrqueue.pipeline import attempt, drawing, obedience, sight, unforeseen, witness
from ocrqueue.pipeline.attempt import Request, Tools
from ocrqueue.workspace.store import Store


def is_due(read: PageResult, request: Request, tools: Tools) -> bool:
    """Whether another worker is to check what was read here."""
    if tools.witness is not None or not witness.wants_engine(read):
        return False
    return request.document.reading.witness == readings.REQUIRE or tools.finds_checker()


def settle(request: Request, read: Attempt, store: Store, tools: Tools) -> PageResult:
    """Hold what an attempt has read against a second reading; return the result that counts.

    Raises:
        AttemptFailed: the result cannot be written, or was lost and nobody reads the page again.
        PutBack: the page goes on to another backend, to who checks it, or back to who has read it.
    """
    if tools.backend.name != CHECKER:
        raise PutBack(CHECKER, request.history)
    document = request.document
    if why := sight.of_input(document):
        raise sight.left_to_others(document, CHECKER, request.history, why)
    kept = store.kept(document.id, request.page)
    known, others = kept.of(read.backend), kept.but(read.backend)
    if known is None:
        raise _again(request)
    result = witness.outweighed(check(request, known, tools), others)
    failpoints.at(Point.PAGE_READ)
    try:
        if result.verdict is Verdict.DOUBTFUL:
            history = without(result.attempts, Doubtful(result.reason))
            if queue := _next(request, history):
                store.keep(document.id, result)
                failpoints.at(Point.PAGE_SENT_BACK)
                raise PutBack(queue, history)
            result = readings.best(result, others)
        result = store.accept(document.id, result)
    except OSError as error:
        unwritten = attempt.not_written(result, error)
        raise AttemptFailed(unwritten.attempt) from error
    failpoints.at(Point.PAGE_STORED)
    return result


def check(request: Request, kept: PageResult, tools: Tools) -> PageResult:
    """Return a page with what a second reading says. Raises nothing but what ends a process."""
    began, clock = datetime.now(UTC), time.monotonic()
    try:
        told = _testify(request, kept, tools)
    except PageError as error:
        told = _nobody(kept, f"{tools.backend.name}: {error}")
    except Exception as error:  # noqa: BLE001 - a bug costs a check, never its page
        fault = unforeseen.failure(error, request.document, request.page)
        told = _nobody(kept, f"{fault.code}: {type(error).__name__}")
    checked = readings.witnessed(kept, told)
    this = Attempt(
        backend=tools.backend.name,
        model=tools.backend.model,
        seconds=round(time.monotonic() - clock, 3),
        at=began.isoformat(timespec="milliseconds"),
        worker=tools.worker,
        verdict=checked.verdict,
        message=told.doubt or told.unwitnessed,
        memory_mb=tools.peak_mb(),
        checks=True,
    )
    _log(request, checked, this)
    return replace(checked, attempts=(*request.history, this))


def without(history: Sequence[Attempt], error: PageError) -> list[Attempt]:
    """Return the history of a page whose last reading does not count, as the error says."""
    told = {"error": error.code, "message": str(error)}
    return _changed(history, **told, again=error.again, hand_over=error.hand_over)


def lost(history: Sequence[Attempt]) -> list[Attempt]:
    """Return the history of a page of which what was read is gone: its backend reads it again.

    From the second time on that counts as a try of that backend.
    """
    before = any(one.error == ResultMissing.code for one in history)
    found = without(history, ResultMissing(readings.LOST))
    return _changed(found, again=True, hand_over=True, counts=before)


def _changed(history: Sequence[Attempt], **told: Any) -> list[Attempt]:
    """Return the history with the last reading told otherwise."""
    place = max(number for number, one in enumerate(history) if not one.checks)
    return [*history[:place], replace(history[place], **told), *history[place + 1 :]]


def _again(request: Request) -> AttemptFailed | PutBack:
    """Return what tells the queue who reads a page again of which what was read is lost."""
    history = lost(request.history)
    queue = _next(request, history)
    failed = next(one for one in reversed(history) if not one.checks)
    return PutBack(queue, history) if queue else AttemptFailed(failed)


def _next(request: Request, history: Sequence[Attempt]) -> str | None:
    route = request.document.reading.route
    return routing.next_step(route, history, may_leave=request.may_leave())


def _testify(request: Request, kept: PageResult, tools: Tools) -> Testimony:
    reading = request.document.reading
    if reading.witness == readings.OFF:
        return _nobody(kept, "no witness is wanted any more")
    engine = tools.backend
    if not isinstance(engine, ReadsLines):
        return _nobody(kept, f"{engine.name} is no witness")
    deadline = time.monotonic() + min(tools.limit_s, witness.LONGEST_S)
    source = drawing.unchanged(request.document)
    obedience.obey(tools.backend, tools.own, reading)
    sheet = attempt.sheet_of(request, tools, source, reading.size)
    image = attempt.drawn(request, tools, source, ImageMode.GREY, reading.size)
    said = Reply(
        text=kept.markdown or "", figures=kept.figures, backend=kept.backend, model=kept.model
    )
    return witness.testify(said, sheet, image, engine=engine, deadline=deadline)


def _nobody(kept: PageResult, why: str) -> Testimony:
    """Return what a page's own text says against it, or else that nobody has checked the page."""
    return readings.unwitnessed(kept, why).witness or Testimony(unwitnessed=why)


def _log(request: Request, checked: PageResult, this: Attempt) -> None:
    logs.emit(
        logs.Event.PAGE_CHECKED,
        document=request.document.id,
        source=request.document.source,
        page=request.page,
        backend=checked.backend,
        by=checked.witness.by if checked.witness else "",
        agreed=checked.witness.agreed if checked.witness else None,
        seconds=this.seconds,
        verdict=this.verdict,
        message=this.message,
    )
