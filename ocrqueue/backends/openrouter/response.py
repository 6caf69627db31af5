"""Reads along while an answer arrives, and says when nothing more is needed; pure.

A service may send an error where it promised a page, a page in one piece where it promised a
stream, blank lines for minutes before either, and HTML instead of both.
"""

import codecs
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ocrqueue.backends.openrouter import failure, prices
from ocrqueue.backends.openrouter.error_policy import failure_of
from ocrqueue.backends.openrouter.failure import Failure
from ocrqueue.backends.openrouter.prices import Usage
from ocrqueue.backends.openrouter.wire import json_of, table
from ocrqueue.text.repetition import LONGEST_REPLY, Loop

STOPPED = "stop"  # the finish reason of a page that came to its end
LOOPED = "loop"  # the finish reason where we ended it
CUT_OFF = "length"  # the finish reason of what somebody else ended
FILTERED = "content_filter"  # the finish reason of what somebody does not want to say
_ERROR = "error"
_DONE = "[DONE]"
# What servers of others call it, Google and Anthropic among them, and their proxies after them. One
# that is not here may mean anything but a whole page: abort, max_tokens, model_length, repetition.
_FINISHES = {
    **dict.fromkeys((STOPPED, "eos", "eos_token", "end_turn"), STOPPED),
    **dict.fromkeys((FILTERED, "safety", "recitation", "blocklist", "refusal"), FILTERED),
    **dict.fromkeys(("prohibited_content", "spii", "image_safety"), FILTERED),
    **{word: word for word in (_ERROR, "tool_calls")},
}
_OBJECT = b"{"
_FIELDS = b":deir"  # what an event stream begins with: a comment, data, event, id, retry
_MARK = b"\xef\xbb\xbf"  # of the byte order, which some servers put before everything
_PROVIDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """An answer that came to its end."""

    text: str = field(repr=False)
    finish_reason: str  # stop, length, content_filter, tool_calls or loop
    usage: Usage
    provider: str = ""  # whom the service asked


class Listener:
    """Takes the pieces of one answer with status 200."""

    def __init__(self, now: datetime) -> None:
        """Begin before the first byte; `now` is what dates in the answer are compared with."""
        self._now = now
        self._first = b""  # byte: an object, or a field or comment of an event stream
        letters = codecs.getincrementaldecoder("utf-8")("replace")
        self._decoder = io.IncrementalNewlineDecoder(letters, translate=True)
        self._line: list[str] = []  # pieces of a line that has not ended
        self._data: list[str] = []  # lines of an event, or of an object
        self._texts: list[str] = []
        self._letters = 0
        self.tokens = 0  # about: a service sends most of them one by one
        self._loop = Loop()
        self._finish = self._provider = ""
        self._usage = Usage()
        self._failure: Failure | None = None
        self.is_over = False  # what is still to come could change nothing

    def feed(self, piece: bytes) -> None:
        """Take the next piece."""
        if not self._first:
            piece = piece.lstrip(_MARK + b" \t\r\n")
            self._first = piece[:1]
        if self._first not in _OBJECT + _FIELDS:
            self._fail(failure.GARBLED)
        first, *more = self._decoder.decode(piece).split("\n")
        self._line.append(first)  # joined once a line: pieces of one byte must not cost a copy each
        for start in more:
            self._end_line()
            self._line = [start]

    def end(self) -> Completion | Failure:
        """Say that there is no more; return the answer, or what is wrong with it."""
        self._line.append(self._decoder.decode(b"", final=True))
        self._end_line()
        self._end_event()  # some servers forget the empty line
        if self._failure is not None:
            return self._failure
        if not self._texts:
            return failure.GARBLED
        if not self._finish and not self.is_over and self._first != _OBJECT:
            return failure.CUT
        return Completion(
            text="".join(self._texts),
            finish_reason=LOOPED if self._loop.end() else self._finish or STOPPED,
            usage=self._usage,
            provider=self._provider,
        )

    def _end_line(self) -> None:
        """Take a line; of events only the field `data` matters, and an empty line ends one.

        See https://html.spec.whatwg.org/multipage/server-sent-events.html
        """
        line, self._line = "".join(self._line), []
        name, _, value = line.partition(":")
        if self._first == _OBJECT:
            self._data.append(line)
        elif name == "data":  # a comment has the name ""
            self._data.append(value.removeprefix(" "))
        elif not line:
            self._end_event()

    def _end_event(self) -> None:
        data, self._data = "\n".join(self._data), []
        if data and not self.is_over:
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
        provider = wire.get("provider")
        if isinstance(provider, str) and _PROVIDER.fullmatch(provider):
            self._provider = provider
        choices = wire.get("choices")
        first = choices[0] if isinstance(choices, list) and choices else None
        choice = first if isinstance(first, dict) else {}
        if error := next((each for each in (wire, choice) if each.get("error")), None):
            begun = bool(self._texts)
            self._fail(failure_of(error, status=200, headers={}, now=self._now, partial=begun))
        elif choice:
            self._take_choice(choice)

    def _take_choice(self, choice: Mapping[str, object]) -> None:
        text = _text(choice)
        self._texts.append(text)
        self.tokens += bool(text)
        self._letters += len(text)
        if self._letters > LONGEST_REPLY:
            self._fail(failure.TOO_LARGE)
            return
        if _added(choice).get("refusal"):
            self._finish = FILTERED
        elif self._finish != FILTERED and (finish := choice.get("finish_reason")):
            self._finish = _FINISHES.get(str(finish).lower(), CUT_OFF)
        if self._finish == _ERROR:
            self._fail(failure.ENDS_IN_ERROR)
        elif self._loop.feed(text):
            self.is_over = True

    def _fail(self, why: Failure) -> None:
        self._failure, self.is_over = why, True


def _added(choice: Mapping[str, object]) -> Mapping[str, object]:
    return table(choice, "delta") or table(choice, "message")


def _text(choice: Mapping[str, object]) -> str:
    """Return what a choice adds: a text, or a list of parts some of which are texts."""
    content = _added(choice).get("content")
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        content = "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""
