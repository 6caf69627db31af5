"""Asks for one page until there is one: admitted by the gate, settled whatever happens.

Nothing here repeats what a service said: a failure is told in our own words.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from ocrqueue import logs
from ocrqueue.backends.openrouter import account, prices, request
from ocrqueue.backends.openrouter import failure as failures
from ocrqueue.backends.openrouter.client import Client
from ocrqueue.backends.openrouter.failure import Decision, Failure
from ocrqueue.backends.openrouter.model_pool import ModelPool
from ocrqueue.backends.openrouter.response import CUT_OFF, FILTERED, LOOPED, STOPPED, Completion
from ocrqueue.backends.openrouter.retry_policy import Next, Plan, following
from ocrqueue.backends.openrouter.service import Service
from ocrqueue.model.document import Task
from ocrqueue.model.errors.page import BackendTimedOut, PageError, PoolPaused, PoolStopped
from ocrqueue.model.gate import MICRO, NO_CREDIT, Admission, Gate, Lease, Refused, Wait, Why
from ocrqueue.model.page import PageImage, Reply
from ocrqueue.text import chatter, quality, replies

PATIENCE_S = 15.0  # what a page waits for by itself; for longer it goes back to the queue
LEAST_S = 1.0  # what must be left of the page's time for a request to make sense
LEAST_NAP_S = 0.05
PAUSE_S = 5.0  # where a service wants us to wait and does not say how long; doubles
LEAST_PAUSE_S = 1.0
NO_CREDIT_S = 300.0  # how long nobody needs to look again whether there is money
REST_S = 300.0  # how long, at least, a model that stays busy is asked after the others
RESTS = 4  # and so many times the pause it wants, which all of us keep: or we would only pause
ALONE_S = 60.0  # how long nobody needs to ask for models that the gate leaves alone

_FLAWS: Mapping[str, Failure] = {  # by the finish reason of a reply that is no page
    LOOPED: failures.LOOPED,
    CUT_OFF: failures.TOO_LONG,
    FILTERED: failures.REFUSES,
}


@dataclass(slots=True, kw_only=True)
class PageRequest:
    """One page to be read until an instant of `time.monotonic()`, and what it is read with."""

    image: PageImage = field(repr=False)
    task: Task
    prompt: str
    deadline: float
    page: int
    service: Service
    client: Client
    models: ModelPool
    gate: Gate
    nap: Callable[[float], None]  # waits so many seconds
    chance: Callable[[], float]  # from 0 to 1
    spent_micro_usd: int = 0  # by all requests so far; where that is unknown, the most
    seconds: float = 0.0  # that the last request took

    def has_time(self, seconds: float) -> bool:
        """Whether a request still makes sense after so many seconds."""
        return time.monotonic() + seconds + LEAST_S < self.deadline


def read(wanted: PageRequest) -> Reply:
    """Return the page, with what all requests for it cost.

    Raises:
        PageError: there is none; it tells the cost all the same.
    """
    plan = first(wanted.service, wanted.models)
    step: Next = plan if plan.models else PoolStopped
    failed = Failure(decision=Decision.STOP, message=wanted.models.objections)
    while isinstance(step, Plan):
        wait_s = step.wait_s * wanted.chance()
        if not wanted.has_time(wait_s):
            step = BackendTimedOut
            break
        if wait_s:
            wanted.nap(wait_s)
        found = _asked(wanted, step)
        if isinstance(found, Completion):
            return _reply(wanted, step.models[0], found)
        failed, step = found, following(step, found.decision)
    raise _error(step, failed, wanted.spent_micro_usd)


def first(service: Service, models: ModelPool) -> Plan:
    """Return what is asked first for a page."""
    asked, names = service.settings, models.names
    room, side_px = asked.max_tokens, asked.side_px
    return Plan(models=names, temperature=asked.temperature, room=room, side_px=side_px)


def reservation(service: Service, models: ModelPool, prompt: str, plan: Plan) -> int:
    """Return the most that one request may cost, in micro-USD; 0: no model is asked."""
    tokens = prices.most_prompt_tokens(prompt, plan.side_px, service.settings.image_tokens)
    dearest = map(models.dearest, plan.models[:1])
    return sum(prices.estimate(price, tokens, plan.room) for price in dearest)


def _asked(wanted: PageRequest, plan: Plan) -> Completion | Failure:
    """Ask once, as the plan says."""
    estimate = reservation(wanted.service, wanted.models, wanted.prompt, plan)
    match _admitted(wanted, estimate, plan.models[0]):
        case Wait(seconds=seconds, why=why, told=told):
            message = f"the pool waits: {told or why}"
            return Failure(decision=Decision.LATER, message=message, wait_s=seconds)
        case Refused(why=Why.MODEL):
            message = f"{plan.models[0]} failed too often lately"
            return Failure(decision=Decision.ELSEWHERE, message=message, wait_s=ALONE_S)
        case Refused(why=Why.BUDGET):
            message = f"a page reserves {estimate / MICRO:.4f} USD, and less is left of the budget"
            return Failure(decision=Decision.NO_CREDIT, message=message)
        case Refused():
            closed = failures.NOT_FREE if wanted.service.is_own else failures.NO_GATE
            return _told(wanted, plan, closed)
        case Lease() as lease:
            return _sent(wanted, plan, lease)


def _admitted(wanted: PageRequest, estimate: int, model: str) -> Admission:
    """Ask the gate until it says more than to wait a little."""
    while isinstance(found := wanted.gate.admit(estimate, model), Wait):
        nap_s = max(found.seconds, LEAST_NAP_S)
        if nap_s > PATIENCE_S or not wanted.has_time(nap_s):
            return found
        wanted.nap(nap_s)
    return found


def _sent(wanted: PageRequest, plan: Plan, lease: Lease) -> Completion | Failure:
    began = time.monotonic()
    cost: int | None = 0
    try:
        body = request.body(wanted.service, plan, prompt=wanted.prompt, image=wanted.image)
        cost = None
        heard = wanted.client.ask(body, wanted.deadline, partial(wanted.gate.leaves, lease))
        if isinstance(heard, Failure):
            cost = heard.cost
        else:
            cost = prices.cost_of(heard.usage, wanted.models.price(lease.model))
    finally:  # a signal ends the page here too, and what was sent may be billed
        wanted.gate.settle(lease, cost)
    wanted.seconds = time.monotonic() - began
    spent = lease.estimate_micro_usd if cost is None else cost
    wanted.spent_micro_usd += spent
    _log(wanted, lease.model, heard, cost)
    if isinstance(heard, Failure):
        return _told(wanted, plan, heard)
    if wanted.service.is_own and spent:
        return _told(wanted, plan, failures.NOT_FREE)
    wanted.gate.ok(lease.model)
    wanted.models.note_answer(lease.model)
    if flaw := _flaw(heard, wanted.image):
        return replace(flaw, message=f"{lease.model}: {flaw.message}")
    return heard


def _told(wanted: PageRequest, plan: Plan, failed: Failure) -> Failure:
    """Tell gate and models of a failure; return it as the page's error will tell it."""
    gate, models, model = wanted.gate, wanted.models, plan.models[0]
    why = f"{wanted.service.host}, {model}: {failed.message}"
    match failed.decision:
        case Decision.RETRY | Decision.RESEND | Decision.TIMED_OUT:  # the service's own
            gate.fail(model)
        case Decision.REJECTED if not models.may_blame(model):
            why = f"{why}, and it has read no page before"
            return replace(failed, decision=Decision.MODEL_DEAD, message=why)
        case Decision.REJECTED:
            if denied := account.denial(wanted.service, wanted.client, wanted.deadline):
                return replace(failed, decision=Decision.STOP, message=f"{why}; {denied}")
        case Decision.MODEL_DEAD:
            models.drop(model, why)
            why = models.objections
        case Decision.NO_CREDIT:
            gate.pause(NO_CREDIT_S, f"{NO_CREDIT}: {why}")
        case Decision.PAUSE | Decision.BUSY:
            return _paused(wanted, plan, replace(failed, message=why))
    return replace(failed, message=why)


def _paused(wanted: PageRequest, plan: Plan, failed: Failure) -> Failure:
    """Let all wait; a model that stays busy rests, and the pool hears of it."""
    models, model = wanted.models, plan.models[0]
    asked_s = PAUSE_S * 2.0**plan.pauses if failed.wait_s is None else failed.wait_s
    pause_s = max(asked_s, LEAST_PAUSE_S)
    wanted.gate.pause(pause_s, failed.message, fewer=failed.decision is Decision.PAUSE)
    failed = replace(failed, wait_s=pause_s)
    if failed.decision is Decision.PAUSE:
        return failed
    if not models.is_busy_again(model) or len(plan.models) == 1:
        return replace(failed, decision=Decision.PAUSE)
    models.rest(model, max(REST_S, RESTS * pause_s))
    wanted.gate.fail(model)
    return failed


def _flaw(said: Completion, image: PageImage) -> Failure | None:
    """Return why an answer is no page; None where nothing speaks for it."""
    if said.finish_reason != STOPPED:
        return _FLAWS.get(said.finish_reason, failures.EMPTY)
    text = chatter.cleaned(said.text)
    if not text.strip() and image.ink > quality.FULL_INK:
        return failures.EMPTY
    if chatter.refuses(text):
        return failures.REFUSES
    return failures.TORN if chatter.is_torn(text) else None


def _error(kind: type[PageError], failed: Failure, spent_micro_usd: int) -> PageError:
    error = kind(failed.message or failures.LATE.message)
    if isinstance(error, PoolPaused):
        error.wait_s = failed.wait_s or 0.0
    error.cost_usd = spent_micro_usd / MICRO or None
    return error


def _reply(wanted: PageRequest, model: str, said: Completion) -> Reply:
    text = replies.written(wanted.task, chatter.cleaned(said.text))
    tokens, seconds = said.usage.completion_tokens, wanted.seconds
    return Reply(
        text=text,
        backend=wanted.service.settings.name,
        model=model,
        words=len(text.split()),
        tokens=tokens,
        tokens_per_s=round(tokens / seconds, 1) if tokens and seconds else None,
        prompt_tokens=said.usage.prompt_tokens,
        finish_reason=said.finish_reason,
        cost_usd=wanted.spent_micro_usd / MICRO,
        provider=said.provider,
        raw=said.text,
        chats=True,
    )


def _log(wanted: PageRequest, model: str, heard: Completion | Failure, cost: int | None) -> None:
    said = heard if isinstance(heard, Completion) else None
    logs.emit(
        logs.Event.REMOTE_ANSWER,
        page=wanted.page,
        model=model,
        outcome=heard.decision.word if isinstance(heard, Failure) else heard.finish_reason,
        why=heard.message if isinstance(heard, Failure) else None,
        seconds=round(wanted.seconds, 3),
        prompt_tokens=said.usage.prompt_tokens if said else None,
        tokens=said.usage.completion_tokens if said else None,
        cost_usd=None if cost is None else cost / MICRO,
        provider=(said.provider or None) if said else None,
    )
