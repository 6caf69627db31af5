"""Asks for one page until there is one: admitted by the gate, settled whatever happens.

Nothing here raises what a service said: a failure is returned, and told in our own words.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ocrqueue import logs
from ocrqueue.backends.openrouter import error_policy, prices, request
from ocrqueue.backends.openrouter import retry_policy as courses
from ocrqueue.backends.openrouter.client import Client
from ocrqueue.backends.openrouter.error_policy import Action
from ocrqueue.backends.openrouter.failure import Limit, Signs
from ocrqueue.backends.openrouter.model_pool import Roster
from ocrqueue.backends.openrouter.options import OpenRouterOptions
from ocrqueue.backends.openrouter.prices import FREE
from ocrqueue.backends.openrouter.request import SMALLER, Request, data_url, size
from ocrqueue.backends.openrouter.response import CUT_OFF, LOOPED, STOPPED, Said
from ocrqueue.backends.openrouter.retry_policy import Ask, Course, End, GiveUp, Next
from ocrqueue.model.gate import MICRO, NO_CREDIT, Gate, Lease, Refused, Wait, Why
from ocrqueue.model.page import PageImage
from ocrqueue.text import chatter, quality
from ocrqueue.text.chatter import Flaw

PATIENCE_S = 15.0  # what a page waits for by itself; for longer it goes back to the queue
LEAST_S = 1.0  # what must be left of the page's time for a request to make sense
LEAST_NAP_S = 0.05
PAUSE_S = 5.0  # where a service wants us to wait and does not say how long; doubles
LEAST_PAUSE_S = 1.0
NO_CREDIT_S = 300.0  # how long nobody needs to look again whether there is money
REST_S = 300.0  # how long, at least, a model that stays busy is asked after the others
RESTS = 4  # and so many times the pause it wants, which all of us keep: or we would only pause
ALONE_S = 60.0  # how long nobody needs to ask for models that the gate leaves alone

_FINISHES: Mapping[str, Flaw] = {
    LOOPED: Flaw.LOOPED,
    CUT_OFF: Flaw.CUT_OFF,
    "content_filter": Flaw.REFUSES,
    "tool_calls": Flaw.EMPTY,
}
_FAILURES = frozenset({Action.RETRY, Action.RESEND, Action.TIMED_OUT})  # the service's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What all pages of this process share."""

    options: OpenRouterOptions
    client: Client
    roster: Roster
    gate: Gate
    nap: Callable[[float], None]  # waits so many seconds
    chance: Callable[[], float]  # from 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One page to be read, until an instant of `time.monotonic()`."""

    image: PageImage = field(repr=False)
    prompt: str
    deadline: float
    page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A reply that is a page, as far as can be told here."""

    said: Said = field(repr=False)
    model: str
    seconds: float
    cost_micro_usd: int  # of all requests for the page; where one is unknown, the most


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No page, and why."""

    end: End
    why: str
    wait_s: float
    cost_micro_usd: int


class Asking:
    """One page on its way through models, waits and tries."""

    def __init__(self, desk: Desk, wanted: Wanted) -> None:
        """Begin before the first request."""
        self._desk, self._wanted = desk, wanted
        self._pictures: dict[int, str] = {}  # by long side
        self._spent = 0
        self._why = desk.roster.objections
        self._wait_s = 0.0

    def run(self) -> Read | Failed:
        """Return the page, or why there is none."""
        options, roster = self._desk.options, self._desk.roster
        models = roster.models
        start = Course(
            models=models,
            temperature=options.temperature,
            room=options.max_tokens,
            weary=roster.weary,
        )
        step: Next = Ask(course=start) if models else GiveUp(end=End.STOPPED)
        while isinstance(step, Ask):
            if not self._has_time(wait_s := step.wait_s * self._desk.chance()):
                return self._failed(End.TIMED_OUT)
            if wait_s:
                self._desk.nap(wait_s)
            found = self._once(step.course)
            if isinstance(found, Read):
                return found
            step = found
        return self._failed(step.end)

    def _once(self, course: Course) -> Read | Next:
        model = course.models[0]
        body, estimate = self._composed(course)
        match self._admitted(estimate, model):
            case Wait(seconds=seconds, why=why):
                self._wait_s, self._why = seconds, f"the pool waits ({why})"
                return GiveUp(end=End.PAUSED)
            case Refused(why=why):
                return self._not_admitted(course, why)
            case Lease() as lease:
                return self._sent(course.counted(), lease, body)

    def _composed(self, course: Course) -> tuple[bytes, int]:
        """Return the body of the request, and the most it can cost in micro-USD."""
        options, roster, image = self._desk.options, self._desk.roster, self._wanted.image
        model = course.models[0]
        side_px = round(options.side_px * (SMALLER if course.is_smaller else 1))
        if side_px not in self._pictures:
            self._pictures[side_px] = data_url(image, side_px)
        wish = Request(
            model=model,
            prompt=self._wanted.prompt,
            temperature=course.temperature,
            max_tokens=course.room,
            effort=roster.effort(model),
            max_price=options.max_price,
        )
        tokens = prices.most_prompt_tokens(wish.prompt, *size(image, side_px), options.image_tokens)
        estimate = prices.estimate(roster.dearest(model) or FREE, tokens, course.room)
        return request.body(wish, options.endpoint, self._pictures[side_px]), estimate

    def _admitted(self, estimate: int, model: str) -> Lease | Wait | Refused:
        """Ask the gate until it says more than to wait a little."""
        while isinstance(found := self._desk.gate.admit(estimate, model), Wait):
            nap_s = max(found.seconds, LEAST_NAP_S)
            if nap_s > PATIENCE_S or not self._has_time(nap_s):
                return found
            self._desk.nap(nap_s)
        return found

    def _not_admitted(self, course: Course, why: Why) -> Next:
        match why:
            case Why.MODEL:
                self._why = f"{course.models[0]} failed too often lately"
                self._wait_s = ALONE_S
                return courses.without_model(course, End.PAUSED)
            case Why.BUDGET:
                self._why = "the budget is spent"
                return GiveUp(end=End.NO_CREDIT)
            case _:
                self._why = "nobody watches over the budget here"
                return GiveUp(end=End.STOPPED)

    def _sent(self, course: Course, lease: Lease, body: bytes) -> Read | Next:
        began, cost = time.monotonic(), None
        try:
            heard = self._desk.client.ask(body, self._wanted.deadline)
            cost = self._cost(heard, lease.model)
        finally:  # a signal ends the page here too, and what was sent may be billed
            self._desk.gate.settle(lease, cost)
            self._spent += lease.estimate_micro_usd if cost is None else cost
        seconds = time.monotonic() - began
        self._log(heard, lease, cost, seconds)
        if isinstance(heard, Signs):
            return self._after_failure(course, heard)
        return self._after_answer(course, heard, seconds)

    def _cost(self, heard: Said | Signs, model: str) -> int | None:
        if isinstance(heard, Signs):
            return None if error_policy.may_be_billed(heard) else 0
        return prices.cost_of(heard.usage, self._desk.roster.price(model))

    def _after_failure(self, course: Course, signs: Signs) -> Next:
        gate, model, action = self._desk.gate, course.models[0], error_policy.action_for(signs)
        self._why = f"{self._desk.options.endpoint.host}, {model}: {signs.told}"
        match action:
            case _ if action in _FAILURES:
                gate.fail(model)
            case Action.MODEL_DEAD:
                self._desk.roster.strike(model, self._why)
                self._why = self._desk.roster.objections
            case Action.NO_CREDIT:
                self._wait_s = NO_CREDIT_S
                gate.pause(NO_CREDIT_S, f"{NO_CREDIT}: {self._why}")
            case Action.PAUSE:
                self._pause(course, signs)
            case Action.BUSY:
                self._pause(course, signs)
                self._tire(course)
        return courses.after_failure(course, action)

    def _pause(self, course: Course, signs: Signs) -> None:
        asked = PAUSE_S * 2.0**course.pauses if signs.wait_s is None else signs.wait_s
        self._wait_s = max(asked, LEAST_PAUSE_S)
        self._desk.gate.pause(self._wait_s, self._why, fewer=signs.limit is Limit.IN_FLIGHT)

    def _tire(self, course: Course) -> None:
        """Keep in mind for the next pages, and tell the pool, that a model is always busy."""
        model = course.models[0]
        self._desk.roster.tire(model)
        if course.moves_on:
            self._desk.roster.rest(model, max(REST_S, RESTS * self._wait_s))
            self._desk.gate.fail(model)

    def _after_answer(self, course: Course, said: Said, seconds: float) -> Read | Next:
        model = course.models[0]
        self._desk.gate.ok(model)
        self._desk.roster.refresh(model)
        if flaw := _flaw(said, self._wanted.image):
            self._why = f"{model}: {flaw}"
            return courses.after_flaw(course, flaw)
        return Read(said=said, model=model, seconds=seconds, cost_micro_usd=self._spent)

    def _has_time(self, seconds: float) -> bool:
        return time.monotonic() + seconds + LEAST_S < self._wanted.deadline

    def _failed(self, end: End) -> Failed:
        return Failed(
            end=end,
            why=self._why or "the time was over",
            wait_s=self._wait_s,
            cost_micro_usd=self._spent,
        )

    def _log(self, heard: Said | Signs, lease: Lease, cost: int | None, seconds: float) -> None:
        said = heard if isinstance(heard, Said) else None
        usage = said.usage if said else None
        logs.emit(
            logs.Event.REMOTE_ANSWER,
            page=self._wanted.page,
            model=lease.model,
            outcome=said.finish_reason if said else error_policy.action_for(heard),  # type: ignore[arg-type]
            why=heard.told if isinstance(heard, Signs) else None,
            seconds=round(seconds, 3),
            prompt_tokens=usage.prompt_tokens if usage else None,
            tokens=usage.completion_tokens if usage else None,
            cost_usd=None if cost is None else cost / MICRO,
            generation=(said.generation or None) if said else None,
        )


def _flaw(said: Said, image: PageImage) -> Flaw | None:
    """Return why an answer is no page; None where nothing speaks for it."""
    if said.finish_reason != STOPPED:
        return _FINISHES.get(said.finish_reason, Flaw.EMPTY)
    text = chatter.cleaned(said.text)
    if not text.strip() and image.ink > quality.FULL_INK:
        return Flaw.EMPTY
    if chatter.refuses(text):
        return Flaw.REFUSES
    return Flaw.TORN if chatter.is_torn(text) else None
