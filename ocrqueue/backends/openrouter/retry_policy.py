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
SMALLER = 0.7  # a side of the second picture, as a share of the first's
HOTTER = 0.3  # temperature of a second reading: at 0 a model runs into the same circle again
ONCE = (Decision.RESEND, Decision.REFUSED, Decision.SMALLER)  # a page, whatever comes
BACKOFF_S, LONGEST_BACKOFF_S = 2.0, 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where a page stands: what is asked next, and what was tried."""

    models: tuple[str, ...]  # still worth asking; the first one is next
    temperature: float
    room: int  # most tokens of an answer
    side_px: int  # of the picture, the long one
    wait_s: float = 0.0  # before it is asked, at most
    asked: int = 0  # requests so far
    here: int = 0  # of them, of the model that is next
    pauses: int = 0
    done: frozenset[Decision] = frozenset()  # of what is done once a page


Next = Plan | type[PageError]


def following(plan: Plan, decision: Decision) -> Next:
    """Return what comes after a request that brought no page, or that was not let out."""
    if decision in (Decision.PAUSE, Decision.BUSY):  # who waits is no worse off than before
        plan = replace(plan, wait_s=0.0, pauses=plan.pauses + 1)
    elif decision is Decision.ELSEWHERE:
        plan = replace(plan, wait_s=0.0)
    else:
        plan = replace(plan, wait_s=0.0, asked=plan.asked + 1, here=plan.here + 1)
    if plan.pauses > MOST_PAUSES or decision in plan.done:
        return decision.end
    if decision in ONCE or (decision is Decision.LONGER and len(plan.models) == 1):
        plan = replace(plan, done=plan.done | {decision})
    return _tried(plan, decision) or decision.end


def _tried(plan: Plan, decision: Decision) -> Plan | None:
    found = None
    match decision:
        case Decision.PAUSE:
            found = plan
        case Decision.BUSY | Decision.ELSEWHERE:
            found = _elsewhere(plan)
        case Decision.RETRY | Decision.REREAD | Decision.RESEND:
            found = _again(_later(plan))
        case Decision.HOTTER:
            found = _again(replace(plan, temperature=max(plan.temperature, HOTTER)))
        case Decision.UNREACHED:
            found = _once_more(_later(plan))
        case Decision.SMALLER:
            found = _once_more(replace(plan, side_px=round(plan.side_px * SMALLER)))
        case Decision.LONGER if len(plan.models) == 1:
            found = _once_more(replace(plan, room=2 * plan.room))
        case Decision.NEXT_MODEL | Decision.MODEL_DEAD | Decision.REFUSED | Decision.LONGER:
            found = _elsewhere(plan)
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
