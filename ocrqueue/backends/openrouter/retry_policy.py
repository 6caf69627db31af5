"""What comes next after a request that brought no page: again, otherwise, or no more; pure.

At most three requests a page: the same model again, then the next one. What makes the whole pool
wait is no try, but a model that does so twice in a row is left for the next one. The queue may let
the page come back later; that is not decided here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from ocrqueue.backends.openrouter.error_policy import Action
from ocrqueue.text.chatter import Flaw

MOST_REQUESTS = 3
MOST_HERE = 2  # of one model, while there is another one
MOST_PAUSES = 5
HOTTER = 0.3  # temperature of a second reading: at 0 a model runs into the same circle again
BACKOFF_S, LONGEST_BACKOFF_S = 2.0, 60.0


class End(StrEnum):
    """Why a page is not asked for any more."""

    FAILED = "failed"
    FLAWED = "flawed"
    REFUSED = "refused"
    REJECTED = "rejected"
    STOPPED = "stopped"
    NO_CREDIT = "no credit"
    PAUSED = "paused"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Where a page stands: what is asked next, and what was tried."""

    models: tuple[str, ...]  # still worth asking; the first one is next
    temperature: float
    room: int  # most tokens of an answer
    asked: int = 0  # requests so far
    here: int = 0  # of them, of the model that is next
    pauses: int = 0
    weary: frozenset[str] = frozenset()  # models that were busy when they were asked last
    has_refused: bool = False  # a model
    has_resent: bool = False
    is_smaller: bool = False  # the picture
    is_roomier: bool = False  # the answer

    def counted(self) -> "Course":
        """Return the course with one more request."""
        return replace(self, asked=self.asked + 1, here=self.here + 1)

    @property
    def moves_on(self) -> bool:
        """Whether the model is not waited for once more: it is busy again, and there is another."""
        return self.models[0] in self.weary and len(self.models) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask on this course, after up to so many seconds."""

    course: Course
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """Ask no more."""

    end: End


Next = Ask | GiveUp

_ENDS: Mapping[Action, End] = {  # where nothing is left to try
    Action.RESEND: End.FAILED,
    Action.SMALLER: End.REJECTED,
    Action.REJECTED: End.REJECTED,
    Action.NEXT_MODEL: End.REJECTED,
    Action.MODEL_DEAD: End.STOPPED,
    Action.PAUSE: End.PAUSED,
    Action.BUSY: End.PAUSED,
    Action.STOP: End.STOPPED,
    Action.NO_CREDIT: End.NO_CREDIT,
    Action.TIMED_OUT: End.TIMED_OUT,
}


def after_failure(course: Course, action: Action) -> Next:
    """Decide after a request that failed and was counted."""
    match action:
        case Action.RETRY | Action.RESEND if action is Action.RETRY or not course.has_resent:
            resent = course.has_resent or action is Action.RESEND
            course = replace(course, has_resent=resent)
            return _again(course, End.FAILED, wait_s=_backoff(course))
        case Action.SMALLER if not course.is_smaller:
            return _ask(replace(course, is_smaller=True), End.REJECTED)
        case Action.NEXT_MODEL | Action.MODEL_DEAD:
            return without_model(course, _ENDS[action])
        case Action.REFUSED:
            return _refused(course)
        case Action.PAUSE | Action.BUSY if course.pauses < MOST_PAUSES:
            return _paused(course, action)
    return GiveUp(end=_ENDS[action])


def after_flaw(course: Course, flaw: Flaw) -> Next:
    """Decide after a reply that is no page."""
    match flaw:
        case Flaw.REFUSES:
            return _refused(course)
        case Flaw.EMPTY:
            return _again(course, End.FLAWED, wait_s=_backoff(course))
        case Flaw.LOOPED | Flaw.TORN:
            hotter = replace(course, temperature=max(course.temperature, HOTTER))
            return _again(hotter, End.FLAWED)
        case Flaw.CUT_OFF if len(course.models) > 1:
            return without_model(course, End.FLAWED)
        case Flaw.CUT_OFF if not course.is_roomier:
            return _ask(replace(course, room=2 * course.room, is_roomier=True), End.FLAWED)
        case Flaw.CUT_OFF:
            return GiveUp(end=End.FLAWED)


def without_model(course: Course, end: End, wait_s: float = 0.0) -> Next:
    """Decide when the model that was next is out of the question for this page."""
    rest = replace(course, models=course.models[1:], here=0)
    return _ask(rest, end, wait_s) if rest.models else GiveUp(end=end)


def _ask(course: Course, end: End, wait_s: float = 0.0) -> Next:
    if course.asked >= MOST_REQUESTS:
        return GiveUp(end=end)
    return Ask(course=course, wait_s=wait_s)


def _again(course: Course, end: End, wait_s: float = 0.0) -> Next:
    if course.here >= MOST_HERE and len(course.models) > 1:
        return without_model(course, end, wait_s)
    return _ask(course, end, wait_s)


def _refused(course: Course) -> Next:
    if course.has_refused:
        return GiveUp(end=End.REFUSED)
    return without_model(replace(course, has_refused=True), End.REFUSED)


def _paused(course: Course, action: Action) -> Next:
    """Ask again when the gate lets us: who waits is no worse off than before."""
    back = replace(course, asked=course.asked - 1, here=course.here - 1, pauses=course.pauses + 1)
    if action is Action.PAUSE:
        return Ask(course=back)
    if course.moves_on:
        return without_model(back, End.PAUSED)
    return Ask(course=replace(back, weary=back.weary | {back.models[0]}))


def _backoff(course: Course) -> float:
    return min(LONGEST_BACKOFF_S, BACKOFF_S * 2.0 ** max(course.asked - 1, 0))
