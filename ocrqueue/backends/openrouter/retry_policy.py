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
    has_refused: bool = False  # a model
    has_resent: bool = False
    is_smaller: bool = False  # the picture
    is_roomier: bool = False  # the answer


Next = Plan | type[PageError]


def following(plan: Plan, decision: Decision) -> Next:
    """Return what comes after a request that brought no page, or that was not let out."""
    plan = replace(plan, wait_s=0.0)
    if decision in (Decision.PAUSE, Decision.BUSY, Decision.ELSEWHERE):
        return _waited(plan, decision) or decision.end
    plan = replace(plan, asked=plan.asked + 1, here=plan.here + 1)
    return _tried(plan, decision) or decision.end


def _waited(plan: Plan, decision: Decision) -> Plan | None:
    """Ask again when the gate lets us: who waits is no worse off than before."""
    if decision is Decision.ELSEWHERE:
        return _elsewhere(plan)
    if plan.pauses >= MOST_PAUSES:
        return None
    waited = replace(plan, pauses=plan.pauses + 1)
    return waited if decision is Decision.PAUSE else _elsewhere(waited)


def _tried(plan: Plan, decision: Decision) -> Plan | None:
    found = None
    match decision:
        case Decision.RETRY | Decision.REREAD:
            found = _again(_later(plan))
        case Decision.UNREACHED:
            found = _once_more(_later(plan))
        case Decision.RESEND if not plan.has_resent:
            found = _again(_later(replace(plan, has_resent=True)))
        case Decision.HOTTER:
            found = _again(replace(plan, temperature=max(plan.temperature, HOTTER)))
        case Decision.NEXT_MODEL | Decision.MODEL_DEAD | Decision.UNPROVEN:
            found = _elsewhere(plan)
        case Decision.REFUSED if not plan.has_refused:
            found = _elsewhere(replace(plan, has_refused=True))
        case Decision.SMALLER if not plan.is_smaller:
            found = _once_more(replace(plan, is_smaller=True))
        case Decision.LONGER if len(plan.models) > 1:
            found = _elsewhere(plan)
        case Decision.LONGER if not plan.is_roomier:
            found = _once_more(replace(plan, room=2 * plan.room, is_roomier=True))
    return found


def _later(plan: Plan) -> Plan:
    return replace(plan, wait_s=min(LONGEST_BACKOFF_S, BACKOFF_S * 2.0 ** (plan.asked - 1)))


def _again(plan: Plan) -> Plan | None:
    """Ask the same model, or the next one once that was asked often enough."""
    is_enough = plan.here >= MOST_HERE and len(plan.models) > 1
    return _elsewhere(plan) if is_enough else _once_more(plan)


def _elsewhere(plan: Plan) -> Plan | None:
    """Ask the next model: the first one is out of the question for this page."""
    rest = replace(plan, models=plan.models[1:], here=0)
    return _once_more(rest) if rest.models else None


def _once_more(plan: Plan) -> Plan | None:
    return plan if plan.asked < MOST_REQUESTS else None
