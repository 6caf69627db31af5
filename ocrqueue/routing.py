"""Pure: what happens to a page after an attempt failed: again, hand over, or give up."""

from collections.abc import Sequence
from dataclasses import dataclass

from ocrqueue.model import Attempt, RouteStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """The same backend tries once more."""

    backend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """The page moves to the next backend of its route."""

    backend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """Nobody may try any more."""


Step = Again | HandOver | GiveUp


def next_step(route: Sequence[RouteStep], history: Sequence[Attempt]) -> Step:
    """Decide from the route and all attempts so far, the failed one last.

    A backend that is not on the route (the document was enqueued under another configuration)
    gets no second try.
    """
    last = history[-1]
    names = [step.backend for step in route]
    if last.backend not in names:
        return GiveUp()
    here = names.index(last.backend)
    tries = sum(attempt.backend == last.backend for attempt in history)
    if last.again and tries < route[here].tries:
        return Again(backend=last.backend)
    if last.hand_over and here + 1 < len(route):
        return HandOver(backend=names[here + 1])
    return GiveUp()
