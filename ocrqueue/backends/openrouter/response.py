"""Reads along while an answer arrives, and says when nothing more is needed; pure.

A service may send an error where it promised a page, a page in one piece where it promised a
stream, blank lines for minutes before either, and HTML instead of both.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ocrqueue.backends.openrouter import failure, prices
from ocrqueue.backends.openrouter.error_policy import failure_of
from ocrqueue.backends.openrouter.failure import Failure
from ocrqueue.backends.openrouter.prices import UNTOLD, Usage
from ocrqueue.backends.openrouter.sse import Events
from ocrqueue.backends.openrouter.wire import json_of, table
from ocrqueue.text.repetition import LONGEST_REPLY, Loop

STOPPED = "stop"  # the finish reason of a page that came to its end
LOOPED = "loop"  # the finish reason where we ended it
CUT_OFF = "length"  # the finish reason of what somebody else ended
_ERROR = "error"
_FILTERED = "content_filter"
_DONE = "[DONE]"
_ENDS = frozenset({STOPPED, "eos", "eos_token", "end_turn"})  # as servers of others call it
_FINISHES = frozenset({_FILTERED, "tool_calls", _ERROR})
_REFUSALS = frozenset(  # the same, as Google and Anthropic call it, and their proxies after them
    {"safety", "recitation", "blocklist", "prohibited_content", "spii", "image_safety", "refusal"}
)
_OBJECT = b"{"
_FIELDS = b":deir"  # what an event stream begins with: a comment, data, event, id, retry
_MARK = b"\xef\xbb\xbf"  # of the byte order, which some servers put before everything
_GENERATION = re.compile(r"(?:gen|chatcmpl)-[A-Za-z0-9_-]{1,64}")
_PROVIDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """An answer that came to its end."""

    text: str = field(repr=False)
    finish_reason: str  # stop, length, content_filter, tool_calls or loop
    usage: Usage = UNTOLD
    generation: str = ""  # what the service calls this answer
    provider: str = ""  # whom the service asked


class Listener:
    """Takes the pieces of one answer with status 200."""

    def __init__(self, now: datetime) -> None:
        """Begin before the first byte; `now` is what dates in the answer are compared with."""
        self._now = now
        self._first = b""  # byte: an object, or a field or comment of an event stream
        self._whole: list[bytes] = []
        self._events = Events()
        self._texts: list[str] = []
        self._letters = 0
        self.tokens = 0  # about: a service sends most of them one by one
        self._loop = Loop()
        self._finish = ""
        self._generation = self._provider = ""
        self._usage = UNTOLD
        self._failure: Failure | None = None
        self._has_choices = False
        self.is_over = False  # what is still to come could change nothing

    def feed(self, piece: bytes) -> None:
        """Take the next piece."""
        if not self._first:
            piece = piece.lstrip(_MARK + b" \t\r\n")
            self._first = piece[:1]
        if self._first == _OBJECT:
            self._whole.append(piece)
        elif self._first in _FIELDS:
            self._take_all(self._events.feed(piece))
        else:
            self._fail(failure.GARBLED)

    def end(self) -> Completion | Failure:
        """Say that there is no more; return the answer, or what is wrong with it."""
        if self._whole:
            self._take_all([b"".join(self._whole).decode("utf-8", "replace"), _DONE])
        else:
            self._take_all(self._events.end())
        if self._failure is not None:
            return self._failure
        if not self._has_choices:
            return failure.GARBLED
        if not self._finish and not self.is_over:
            return failure.CUT
        return Completion(
            text="".join(self._texts),
            finish_reason=LOOPED if self._loop.end() else self._finish or STOPPED,
            usage=self._usage,
            generation=self._generation,
            provider=self._provider,
        )

    def _take_all(self, events: Iterable[str]) -> None:
        for data in events:
            if self.is_over:
                return
            self._take(data)

    def _take(self, data: str) -> None:
        if data.strip() == _DONE:
            self.is_over = True
            return
        wire = json_of(data)
        if not isinstance(wire, dict):
            self._fail(failure.GARBLED)
            return
        if isinstance(usage := wire.get("usage"), Mapping):
            self._usage = prices.read_usage(usage)
        name = wire.get("id")
        if isinstance(name, str) and _GENERATION.fullmatch(name):
            self._generation = name
        provider = wire.get("provider")
        if isinstance(provider, str) and _PROVIDER.fullmatch(provider):
            self._provider = provider
        choice = _first_choice(wire)
        if error := next((each for each in (wire, choice) if each.get("error")), None):
            begun = bool(self._texts)
            self._fail(failure_of(error, status=200, headers={}, now=self._now, partial=begun))
        elif choice:
            self._take_choice(choice)

    def _take_choice(self, choice: Mapping[str, object]) -> None:
        self._has_choices = True
        text = _text(choice)
        self._texts.append(text)
        self.tokens += bool(text)
        self._letters += len(text)
        if self._letters > LONGEST_REPLY:
            self._fail(failure.TOO_LARGE)
            return
        if self._finish != _FILTERED and (finish := choice.get("finish_reason")):
            self._finish = _finish(finish)
        if _added(choice).get("refusal"):
            self._finish = _FILTERED
        if self._finish == _ERROR:
            self._fail(failure.ENDS_IN_ERROR)
        elif self._loop.feed(text):
            self.is_over = True

    def _fail(self, why: Failure) -> None:
        self._failure, self.is_over = why, True


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
    if known in _REFUSALS:
        return _FILTERED
    return known if known in _FINISHES else CUT_OFF


def _added(choice: Mapping[str, object]) -> Mapping[str, object]:
    return table(choice, "delta") or table(choice, "message")


def _text(choice: Mapping[str, object]) -> str:
    """Return what a choice adds: a text, or a list of parts some of which are texts."""
    content = _added(choice).get("content")
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        content = "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""
