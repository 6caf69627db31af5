"""Where a page goes that could not be tried: nobody answers, a model is not there, or a folder."""

from collections.abc import Sequence
from pathlib import PurePath

from ocrqueue import logs
from ocrqueue.broker import job_validation, page_job
from ocrqueue.broker.job_ends import AttemptFailed, LeftToOthers, PutBack
from ocrqueue.model import failpoints, routing
from ocrqueue.model.document import RouteStep
from ocrqueue.model.errors.page import (
    MustStay,
    NotEquipped,
    OutOfMoney,
    OutOfSight,
    PageError,
    ServiceAway,
)
from ocrqueue.model.failpoints import Point
from ocrqueue.model.page import Attempt
from ocrqueue.pipeline import privacy, sight
from ocrqueue.pipeline.attempt import Rejected, Request, Tools


def what_follows(request: Request, outcome: Rejected, tools: Tools) -> AttemptFailed | PutBack:
    """Return what tells the queue where a page goes that the backend could not be asked about.

    A page that was taken from a long queue goes back there; one that may not leave goes to a local
    backend, or fails if there is none. Others wait where they are, or are handed over.
    """
    error, here, document = outcome.error, tools.backend.name, request.document
    may_leave = not isinstance(error, MustStay)
    route = document.reading.route
    if may_leave and not (error.hand_over and tools.hands_over(error)):
        route = route[: [*(step.backend for step in route), here].index(here)]  # those before it
    other = routing.elsewhere(route, request.history, than=here, may_leave=may_leave)
    queue = other or (here if may_leave else "")
    if not may_leave:
        logs.emit(
            logs.Event.PAGE_SENT_BACK,
            document=document.id,
            source=document.source,
            page=request.page,
            queue=queue,
        )
    else:
        is_left = isinstance(error, NotEquipped | OutOfSight)
        if not is_left and not _is_handed_on(error, route, here, queue):
            tools.rest(error)
        logs.emit(
            logs.Event.PAGE_PUT_BACK,
            document=document.id,
            source=document.source,
            page=request.page,
            queue=queue,
            error=error.code,
            message=str(error),
        )
    if not queue:
        return AttemptFailed(privacy.nobody_local(request.page, request.history))
    failpoints.at(Point.PAGE_SENT_BACK)
    history: Sequence[Attempt] = request.history
    if outcome.attempt.left or outcome.attempt.cost_usd:
        history = job_validation.with_uncounted(history, outcome.attempt)
    if isinstance(error, OutOfSight):
        return sight.left_to_others(document, queue, history, str(error))
    job = page_job.current()
    if isinstance(error, NotEquipped) and job is not None:
        why = f"{PurePath(document.source).name}: {error}"
        return LeftToOthers(queue, history, names=[job.document], why=why)
    return PutBack(queue, history)


def _is_handed_on(error: PageError, route: Sequence[RouteStep], here: str, queue: str) -> bool:
    """Return whether a page that nobody pays for goes on along its route: so may the next one.

    One that goes back to the long queue it was taken from would only be taken again.
    """
    backends = [step.backend for step in route]
    follows = here in backends and queue in backends[backends.index(here) + 1 :]
    return isinstance(error, OutOfMoney | ServiceAway) and follows
