"""What a job from Redis may ask of a process: our two functions, for what its own id names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rq.job import Job

from ocrqueue.broker import keys
from ocrqueue.model.address import Address
from ocrqueue.model.document import RouteStep
from ocrqueue.model.errors.base import OcrqueueError
from ocrqueue.model.page import Attempt

MOST_TRIES = 10  # as the settings allow
MOST_ATTEMPTS = 100  # at one page, over its whole route
_BACKEND = re.compile(r"[a-z][a-z0-9-]{0,60}")


class ForbiddenCallable(OcrqueueError):
    """A job in the queue names something else than our two functions, or not what its id says."""

    code = "forbidden-callable"
    remedy = "Somebody else writes to this Redis: use one of your own."


def require_ours(job: Job) -> None:
    """Refuse a job that we did not write.

    Raises:
        ForbiddenCallable: it calls something else, or its arguments are not what its id names.
    """
    if job.func_name not in keys.CALLABLES or job.instance is not None:
        raise ForbiddenCallable(f"the callable {job.func_name!r:.200} is not allowed")
    document, page = keys.meant_by(job.id)
    function = keys.COLLECT_DOCUMENT if page is None else keys.READ_PAGE
    rest = [] if page is None else [page]
    if job.func_name != function or job.kwargs or not _fits(job.args, document, rest):
        message = f"the arguments of the job {job.id!r:.200} are not what it stands for"
        raise ForbiddenCallable(message)


def is_place_of(workspace: object, document_id: object, document: str) -> bool:
    """Return whether the workspace and the document's id are those of its name in Redis."""
    if not isinstance(workspace, str) or not isinstance(document_id, str):
        return False
    return keys.document_key(Address.of(workspace).key, document_id) == document


def route_of(meta: Mapping[str, Any]) -> list[RouteStep]:
    """Return the route in a job's meta; empty, so that nothing is retried, where it is odd."""
    try:
        route = [RouteStep.from_wire(step) for step in meta.get("route", ())]
    except (TypeError, ValueError):
        return []
    names = {step.backend for step in route if _BACKEND.fullmatch(step.backend)}
    if len(names) < len(route):  # a page must not go round for ever
        return []
    return [replace(step, tries=min(step.tries, MOST_TRIES)) for step in route]


def history_of(meta: Mapping[str, Any]) -> list[Attempt]:
    """Return the attempts in a job's meta; none where they are odd."""
    try:
        return [Attempt.from_wire(wire) for wire in meta.get("history", ())[-MOST_ATTEMPTS:]]
    except (TypeError, ValueError):
        return []


def with_uncounted(history: Sequence[Attempt], attempt: Attempt) -> list[Attempt]:
    """Return the attempts with one more that does not count; it takes in those of its kind.

    A page that waits for money for days is put back many times.
    """

    def is_alike(one: Attempt) -> bool:
        return not one.counts and (one.backend, one.error) == (attempt.backend, attempt.error)

    alike = [one for one in history if is_alike(one)]
    costs = [one.cost_usd for one in (*alike, attempt) if one.cost_usd is not None]
    last = replace(
        attempt,
        seconds=sum(one.seconds for one in (*alike, attempt)),
        cost_usd=sum(costs) if costs else None,
    )
    return [*(one for one in history if not is_alike(one)), last]


def _fits(args: Any, document: str, rest: list[int]) -> bool:
    if not isinstance(args, list | tuple) or len(args) != 2 + len(rest):
        return False
    same_page = all(type(given) is int for given in args[2:]) and list(args[2:]) == rest
    return same_page and is_place_of(args[0], args[1], document)
