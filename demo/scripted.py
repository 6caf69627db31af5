"""A backend that does what a script says, page by page: for demos, tests and benchmarks.

A script is one text, such as `3: slow 2; 4: crash; 5-7: empty; 9: fail 2; *: ok`. Each part names
pages (a number, a range, or `*` for the rest) and what happens there:

    ok           deterministic Markdown that names the page (what happens without a script)
    slow S       ok after S seconds
    empty        no text
    doubtful     text with a confidence of 20
    refuse       an error for good: nobody else is asked
    reject       an error that another backend may cure
    fail N       N crashes reported as errors, then ok (counted in this process, each page apart)
    crash        the process kills itself (SIGKILL)
    hang         no answer until the deadline has passed
    stuck        no answer ever, whatever the deadline says
"""

import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ocrqueue.backends.base import OnTokens, tell_nobody
from ocrqueue.backends.by_task import ByTask
from ocrqueue.model.document import Task
from ocrqueue.model.errors.page import (
    BackendCrashed,
    BackendTimedOut,
    BackendUnavailable,
    PageDamaged,
    PageError,
    ReplyRejected,
)
from ocrqueue.model.page import ImageMode, PageImage, Reply
from ocrqueue.settings.engines import Candidate, ScriptedSettings

TEXTS = {
    Task.PAGE: "# Page {page}\n\nThis is the scripted text of page {page}.",
    Task.TABLE: "| Page |\n| --- |\n| {page} |",
    Task.FORMULA: "p = {page}",
}
DOUBTFUL_CONFIDENCE = 20.0
_PART: Final = re.compile(r"(\*|\d+)(?:-(\d+))?\s*:\s*([a-z]+)(?:\s+(\d+(?:\.\d+)?))?")
_BEHAVIOURS: Final = frozenset(
    {"ok", "slow", "empty", "doubtful", "refuse", "reject", "fail", "crash", "hang", "stuck"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What happens on a page: a word of the script and its number."""

    word: str = "ok"
    number: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What happens on which page."""

    pages: Mapping[int, Behaviour] = field(default_factory=dict)
    rest: Behaviour = field(default_factory=Behaviour)

    def at(self, page: int) -> Behaviour:
        """Return what happens on this page."""
        return self.pages.get(page, self.rest)


def parse_script(text: str) -> Script:
    """Return the script that the text spells; later parts win.

    Raises:
        ValueError: a part is not understood.
    """
    pages: dict[int, Behaviour] = {}
    rest = Behaviour()
    for part in filter(None, (part.strip() for part in text.split(";"))):
        found = _PART.fullmatch(part)
        if not found or found[3] not in _BEHAVIOURS:
            message = f"{part!r} is not 'PAGE: WORD [NUMBER]' with one of {sorted(_BEHAVIOURS)}"
            raise ValueError(message)
        behaviour = Behaviour(word=found[3], number=float(found[4] or 1))
        if found[1] == "*":
            rest = behaviour
        else:
            pages |= dict.fromkeys(range(int(found[1]), int(found[2] or found[1]) + 1), behaviour)
    return Script(pages=pages, rest=rest)


class Scripted(ByTask):
    """Does on each page what its script says."""

    def __init__(self, options: ScriptedSettings) -> None:
        """Keep the options; the script is read at the first page."""
        self.name = options.name
        self.model = options.model
        self.image_mode: ImageMode | None = ImageMode.GREY if options.needs_image else None
        self.on_tokens: OnTokens = tell_nobody
        self._options = options
        self._script: Script | None = None
        self._failures: Counter[int] = Counter()

    def obey(self, asked: Candidate) -> None:
        """Change nothing: what it does, its own script says."""

    def read(self, task: Task, image: PageImage, deadline: float, page: int) -> Reply:
        """Do what the script says for this page.

        Raises:
            PageError: the script wants it, or it cannot be read.
        """
        del image
        text = TEXTS[task].format(page=page)
        behaviour = self._read_script().at(page)
        match behaviour.word:
            case "slow":
                _wait(time.monotonic() + behaviour.number, deadline, page)
            case "hang":
                _wait(float("inf"), deadline, page)
            case "stuck":
                threading.Event().wait()
            case "crash":
                os.kill(os.getpid(), signal.SIGKILL)
            case "fail" if self._failures[page] < behaviour.number:
                self._failures[page] += 1
                message = f"scripted failure {self._failures[page]} of page {page}"
                raise BackendCrashed(message)
            case "refuse" | "reject":
                raise _refusal(behaviour.word, page)
        return self._reply(behaviour, text)

    def close(self) -> None:
        """Forget the script and the failures counted so far."""
        self._script = None
        self._failures.clear()

    def _read_script(self) -> Script:
        if self._script is None:
            try:
                self._script = parse_script(self._options.script)
            except ValueError as error:
                raise BackendUnavailable(str(error)) from error
        return self._script

    def _reply(self, behaviour: Behaviour, text: str) -> Reply:
        text = "" if behaviour.word == "empty" else text
        return Reply(
            text=text,
            backend=self.name,
            model=self.model,
            words=len(text.split()),
            confidence=DOUBTFUL_CONFIDENCE if behaviour.word == "doubtful" else None,
        )


def create(candidate: ScriptedSettings) -> Scripted:
    """Return the backend with the candidate's options."""
    return Scripted(candidate)


def check(candidate: ScriptedSettings) -> list[str]:
    """Return what keeps the candidate from working, in words."""
    try:
        parse_script(candidate.script)
    except ValueError as error:
        return [str(error)]
    return []


def _refusal(word: str, page: int) -> PageError:
    message = f"scripted refusal of page {page}"
    return PageDamaged(message) if word == "refuse" else ReplyRejected(message)


def _wait(until: float, deadline: float, page: int) -> None:
    """Wait for `until`; give up at the deadline. Both are instants of `time.monotonic()`."""
    seconds = max(0.0, min(until, deadline) - time.monotonic())
    threading.Event().wait(min(seconds, threading.TIMEOUT_MAX))
    if until > deadline:
        message = f"scripted wait on page {page} was longer than its time"
        raise BackendTimedOut(message)
