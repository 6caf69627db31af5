"""Pure: which backend reads a page: the first one, and after a failed attempt again or another.

A step that sends pages to another machine is skipped for a page that may not leave this one. What a
model has read waits for its check: its attempt, which has no error, is the last of the history.
"""

from collections.abc import Sequence

from ocrqueue.model import readings
from ocrqueue.model.document import RouteStep
from ocrqueue.model.page import Attempt

CHECKER = "tesseract"  # the backend whose workers hold what models read against a second reading
NO_CHECKER = f"no worker of {CHECKER} was there"
MOST_CHECKS = 2  # that may come to nothing, as their workers died


def first_step(route: Sequence[RouteStep], *, may_leave: bool) -> str | None:
    """Decide which backend gets a page that nobody has tried; None: nobody may read it."""
    return elsewhere(route, (), than="", may_leave=may_leave)


def open_to(route: Sequence[RouteStep], *, may_leave: bool) -> list[str]:
    """Return the backends that may read a page at all."""
    return [step.backend for step in route if may_leave or not step.remote]


def next_step(
    route: Sequence[RouteStep], history: Sequence[Attempt], *, may_leave: bool = False
) -> str | None:
    """Decide from the route and all attempts so far, the failed one last, who tries next.

    The same backend: again. Another one: the page is handed over. None: it is given up. A check
    that came to nothing is no try of a backend: it is done once more, or the page is left as it is.

    A backend that is not on the route (the document was enqueued under another configuration)
    gets no second try.
    """
    if readings.unchecked(history):
        return CHECKER if readings.checks(history) < MOST_CHECKS else None
    last = readings.tries(history)[-1]
    here = next((step for step in route if step.backend == last.backend), None)
    if here is None:
        return None
    may_stay = may_leave or not here.remote
    if may_stay and last.again and _is_open(here, history):
        return here.backend
    if last.hand_over or not may_stay:
        return elsewhere(route, history, than=here.backend, may_leave=may_leave)
    return None


def elsewhere(
    route: Sequence[RouteStep], history: Sequence[Attempt], *, than: str, may_leave: bool
) -> str | None:
    """Decide who else gets a page: the first backend of its route that may try it still, or None.

    Mostly that is the one after `than`; where a remote worker took the page from a long queue, it
    is the one whose queue that was.
    """
    for step in route:
        allowed = may_leave or not step.remote
        if allowed and step.backend != than and _is_open(step, history):
            return step.backend
    return None


def way_back(
    route: Sequence[RouteStep], history: Sequence[Attempt], *, here: str, may_leave: bool
) -> str:
    """Decide where a page waits with which a worker of `here` can do nothing just now.

    That is where it is, or the queue before it on its route from whose end it was taken.
    """
    if readings.unchecked(history):
        return here
    before = route[: [*(step.backend for step in route), here].index(here)]
    return elsewhere(before, history, than=here, may_leave=may_leave) or here


def _is_open(step: RouteStep, history: Sequence[Attempt]) -> bool:
    """Return whether a backend has not tried the page, or may do so again."""
    tries = [one for one in readings.tries(history) if one.backend == step.backend and one.counts]
    return not tries or (tries[-1].again and len(tries) < step.tries)
