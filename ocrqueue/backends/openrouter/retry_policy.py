"""What comes next after a request that brought no page: again, otherwise, or no more; pure.

At most three requests a page: the same model again, then the next one. What makes the whole pool
wait is no try, but a model that does so twice in a row is left for the next one. The queue may let
the page come back later; that is not decided here.
"""

from dataclasses import dataclass, replace

from ocrqueue.backends.openrouter.failure import Decision
from ocrqueue.model.errors.page import PageError

MOST_REQUESTS = 3
MOST_HERE = 2  # of one model, while there is another one
MOST_PAUSES = 5
HOTTER = 0.3  # temperature of a second reading: at 0 a model runs into the same circle again
BACKOFF_S, LONGEST_BACKOFF_S = 2.0, 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where a page stands: what is asked next, and what was tried."""

    models: tuple[str, ...]  # still worth asking; the first one is next
    temperature: float
    room: int  # most tokens of an answer
    wait_s: float = 0.0  # before it is asked, at most
    asked: int = 0  # requests so far
    here: int = 0  # of them, of the model that is next
    pauses: int = 0
    busy: frozenset[str] = frozenset()  # models that were so when they were asked last
    has_refused: bool = False  # a model
    has_resent: bool = False
    is_smaller: bool = False  # the picture
    is_roomier: bool = False  # the answer

    @property
    def moves_on(self) -> bool:
        """Whether the model is not waited for once more: it is busy again, and there is another."""
        return self.models[0] in self.busy and len(self.models) > 1


Next = Plan | type[PageError]


def following(plan: Plan, decision: Decision) -> Next:
    """Return what comes after a request that brought no page, or that was not let out."""
    plan = replace(plan, wait_s=0.0)
    if decision is Decision.ELSEWHERE:
        return _elsewhere(plan, decision)
    if decision in (Decision.PAUSE, Decision.BUSY):
        return _paused(plan, decision)
    plan = replace(plan, asked=plan.asked + 1, here=plan.here + 1)
    match decision:
        case Decision.RETRY | Decision.RESEND | Decision.REREAD | Decision.HOTTER:
            return _again(plan, decision)
        case Decision.SMALLER | Decision.LONGER:
            return _otherwise(plan, decision)
        case Decision.NEXT_MODEL | Decision.MODEL_DEAD | Decision.REFUSED:
            return _elsewhere(plan, decision)
    return decision.end


def _paused(plan: Plan, decision: Decision) -> Next:
    """Ask again when the gate lets us: who waits is no worse off than before."""
    if plan.pauses >= MOST_PAUSES:
        return decision.end
    waited = replace(plan, pauses=plan.pauses + 1)
    if decision is Decision.PAUSE:
        return waited
    if plan.moves_on:
        return _elsewhere(waited, decision)
    return replace(waited, busy=plan.busy | {plan.models[0]})


def _again(plan: Plan, decision: Decision) -> Next:
    if decision is Decision.RESEND:
        if plan.has_resent:
            return decision.end
        plan = replace(plan, has_resent=True)
    if decision is Decision.HOTTER:
        plan = replace(plan, temperature=max(plan.temperature, HOTTER))
    else:
        backoff_s = BACKOFF_S * 2.0 ** (plan.asked - 1)
        plan = replace(plan, wait_s=min(LONGEST_BACKOFF_S, backoff_s))
    if plan.here >= MOST_HERE and len(plan.models) > 1:
        return _elsewhere(plan, decision)
    return _once_more(plan, decision)


def _otherwise(plan: Plan, decision: Decision) -> Next:
    """Ask with a smaller picture; or, for a longer answer, another model before the same one."""
    if decision is Decision.LONGER and len(plan.models) > 1:
        return _elsewhere(plan, decision)
    if decision is Decision.LONGER and not plan.is_roomier:
        return _once_more(replace(plan, room=2 * plan.room, is_roomier=True), decision)
    if decision is Decision.SMALLER and not plan.is_smaller:
        return _once_more(replace(plan, is_smaller=True), decision)
    return decision.end


def _elsewhere(plan: Plan, decision: Decision) -> Next:
    """Ask the next model: the first one is out of the question for this page."""
    if decision is Decision.REFUSED:
        if plan.has_refused:
            return decision.end
        plan = replace(plan, has_refused=True)
    rest = replace(plan, models=plan.models[1:], here=0)
    return _once_more(rest, decision) if rest.models else decision.end


def _once_more(plan: Plan, decision: Decision) -> Next:
    return plan if plan.asked < MOST_REQUESTS else decision.end
