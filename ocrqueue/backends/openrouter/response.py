"""Reads along while an answer arrives, and says when nothing more is needed; pure.

A service may send an error where it promised a page, a page in one piece where it promised a
stream, blank lines for minutes before either, and HTML instead of both.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from ocrqueue.backends.openrouter import prices
from ocrqueue.backends.openrouter.failure import Signs, Trouble, read
from ocrqueue.backends.openrouter.prices import Usage
from ocrqueue.backends.openrouter.sse import Events
from ocrqueue.text.repetition import LONGEST_REPLY, Loop

STOPPED = "stop"  # the finish reason of a page that came to its end
LOOPED = "loop"  # the finish reason where we ended it
CUT_OFF = "length"  # the finish reason of what somebody else ended
_ERROR = "error"
_DONE = "[DONE]"
_ENDS = frozenset({STOPPED, "eos", "eos_token", "end_turn"})  # as servers of others call it
_FINISHES = frozenset({"content_filter", "tool_calls", _ERROR})
_FIELDS = frozenset(b":deir")  # what an event stream begins with: a comment, data, event, id, retry
_GENERATION = re.compile(r"(?:gen|chatcmpl)-[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer that came to its end."""

    text: str = field(repr=False)
    finish_reason: str  # stop, length, content_filter, tool_calls or loop
    usage: Usage | None = None
    generation: str = ""  # what the service calls this answer


class _Kind(Enum):
    UNKNOWN = auto()
    WHOLE = auto()
    EVENTS = auto()


class Listener:
    """Takes the pieces of one answer with status 200."""

    def __init__(self, now: datetime) -> None:
        """Begin before the first byte; `now` is what dates in the answer are compared with."""
        self._kind = _Kind.UNKNOWN
        self._whole: list[bytes] = []
        self._events = Events()
        self._answer = _Answer(now=now)

    @property
    def needs_more(self) -> bool:
        """Whether what is still to come could change anything."""
        return not self._answer.is_over

    @property
    def tokens(self) -> int:
        """About how many tokens were written: a service sends most of them one by one."""
        return self._answer.tokens

    def feed(self, piece: bytes) -> None:
        """Take the next piece."""
        if self._kind is _Kind.UNKNOWN:
            piece = piece.lstrip()
            self._kind = _kind(piece)
        match self._kind:
            case _Kind.WHOLE:
                self._whole.append(piece)
            case _Kind.EVENTS:
                self._take(self._events.feed(piece))
            case _Kind.UNKNOWN if piece:
                self._answer.fail(Trouble.GARBLED)

    def end(self) -> Said | Signs:
        """Say that there is no more; return the answer, or what is wrong with it."""
        match self._kind:
            case _Kind.WHOLE:
                self._take([b"".join(self._whole).decode("utf-8", "replace"), _DONE])
            case _Kind.EVENTS:
                self._take(self._events.end())
        return self._answer.end()

    def _take(self, events: Iterable[str]) -> None:
        for data in events:
            if self._answer.is_over:
                return
            self._answer.take(data)


@dataclass(slots=True, kw_only=True)
class _Answer:
    """What was understood so far."""

    now: datetime
    is_over: bool = False
    texts: list[str] = field(default_factory=list)
    tokens: int = 0  # pieces of text
    letters: int = 0
    finish: str = ""
    generation: str = ""
    usage: Usage | None = None
    failure: Signs | None = None
    has_choices: bool = False
    loop: Loop = field(default_factory=Loop)

    def fail(self, trouble: Trouble) -> None:
        self.failure = Signs(status=200, trouble=trouble)
        self.is_over = True

    def take(self, data: str) -> None:
        if data.strip() == _DONE:
            self.is_over = True
            return
        try:
            wire = json.loads(data)
        except (ValueError, RecursionError):
            wire = None
        if not isinstance(wire, dict):
            self.fail(Trouble.GARBLED)
            return
        self._take_what_is_said_of_it(wire)
        choice = _first_choice(wire)
        if error := next((each for each in (wire, choice) if each.get("error")), None):
            self._take_error(error)
        elif choice:
            self._take_choice(choice)

    def end(self) -> Said | Signs:
        if self.failure is not None:
            return self.failure
        if not self.has_choices:
            return Signs(status=200, trouble=Trouble.GARBLED)
        if not self.finish and not self.is_over:
            return Signs(status=200, trouble=Trouble.CUT)
        return Said(
            text="".join(self.texts),
            finish_reason=LOOPED if self.loop.end() else self.finish or STOPPED,
            usage=self.usage,
            generation=self.generation,
        )

    def _take_what_is_said_of_it(self, wire: Mapping[str, object]) -> None:
        self.usage = prices.read_usage(wire.get("usage")) or self.usage
        name = wire.get("id")
        if isinstance(name, str) and _GENERATION.fullmatch(name):
            self.generation = name

    def _take_error(self, holder: Mapping[str, object]) -> None:
        self.failure = read(holder, status=200, headers={}, now=self.now, partial=bool(self.texts))
        self.is_over = True

    def _take_choice(self, choice: Mapping[str, object]) -> None:
        self.has_choices = True
        text = _text(choice)
        self.texts.append(text)
        self.tokens += bool(text)
        self.letters += len(text)
        if self.letters > LONGEST_REPLY:
            self.fail(Trouble.TOO_LARGE)
            return
        if finish := choice.get("finish_reason"):
            self.finish = _finish(finish)
        if self.finish == _ERROR:
            self.fail(Trouble.IN_BAND)
        elif self.loop.feed(text):
            self.is_over = True


def _kind(piece: bytes) -> _Kind:
    """Tell from the first byte: an object, or a field or comment of an event stream.

    What was compressed is neither: nobody asked for that, and a few bytes of it may be gigabytes.
    """
    if piece.startswith(b"{"):
        return _Kind.WHOLE
    return _Kind.EVENTS if piece and piece[0] in _FIELDS else _Kind.UNKNOWN


def _first_choice(wire: Mapping[str, object]) -> Mapping[str, object]:
    choices = wire.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def _finish(word: object) -> str:
    """Return a finish reason that we know; one that is new may mean anything but a whole page.

    Servers write `abort`, `max_tokens`, `model_length` or `repetition` where a page was cut.
    """
    known = word.lower() if isinstance(word, str) else ""
    if known in _ENDS:
        return STOPPED
    return known if known in _FINISHES else CUT_OFF


def _text(choice: Mapping[str, object]) -> str:
    """Return what a choice adds: a text, or a list of parts some of which are texts."""
    message = choice.get("delta") or choice.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        content = "".join(_part(part) for part in content)
    return content if isinstance(content, str) else ""


def _part(part: object) -> str:
    text = part.get("text") if isinstance(part, dict) else None
    return text if isinstance(text, str) else ""
