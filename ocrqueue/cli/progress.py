"""How far the work is, on standard error: a live panel on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from ocrqueue.cli import output
from ocrqueue.cli.echo import say_every
from ocrqueue.cli.summary import MINUTE_S, several, spell_time
from ocrqueue.pipeline.status import Now

PLAIN_EVERY_S = 5.0
AWAY_S = 3.0  # a server that is restarted answers sooner
ENOUGH = 5  # pages, for a guess at the time that is left


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressLine:
    """One look at the work: counts since the command began."""

    done: int
    failed: int
    doubtful: int
    left: int
    documents: int  # not written yet
    per_minute: float
    eta_s: float | None  # None: not known yet
    counting: bool  # inputs are still being looked at
    workers: tuple[str, ...]
    trouble: str = ""
    tokens_per_s: float = 0.0  # of the models that read now; 0 where none does

    def __str__(self) -> str:
        """Return one plain line, with all there is to say."""
        return self.fitted(sys.maxsize)

    def fitted(self, columns: int) -> str:
        """Return one plain line for so many columns: what matters less is left out first."""
        doubtful = f" ({self.doubtful} doubtful)" if self.doubtful else ""
        failed = f", {self.failed} failed" if self.failed else ""
        left = f", {self.left}{'+' if self.counting else ''} left"
        done = f"{several(self.done, 'page')} done"
        if self.trouble:
            return f"{done}{failed}{left}: waiting, {self.trouble}"[:columns]
        documents = f" in {self.documents} documents" if self.documents > 1 else ""
        tokens = f", {self.tokens_per_s:.0f} tok/s" if self.tokens_per_s else ""
        eta = f", {spell_time(self.eta_s)} to go" if self.eta_s is not None else ""
        pace = f", {self.per_minute:.0f} pages/min"
        every = (
            f"{done}{doubtful}{failed}{left}{documents}{pace}{tokens}{eta}",
            f"{done}{doubtful}{failed}{left}{pace}{eta}",
            f"{self.done} done{doubtful}{failed}{left}{eta}",
            f"{self.done} done{failed}{left}{eta}",
            f"{self.done} done{failed}{left}",
        )
        return next((line for line in every if len(line) <= columns), every[-1][:columns])


@dataclass(slots=True, kw_only=True)
class ProgressMeter:
    """Turns the queue's counts into progress since a first look."""

    began: float = field(default_factory=time.monotonic)
    first: Now | None = None
    last: ProgressLine | None = None
    seen_at: float = 0.0

    def read(self, now: Now, *, counting: bool) -> ProgressLine:
        """Return the progress at this moment."""
        first = self.first or now
        self.first = first
        done = max(0, now.done - first.done)
        failed = max(0, now.failed - first.failed)
        minutes = max(1e-6, (time.monotonic() - self.began) / MINUTE_S)
        pace = (done + failed) / minutes
        known = done + failed >= ENOUGH and not counting
        self.last = ProgressLine(
            done=done,
            failed=failed,
            doubtful=max(0, now.doubtful - first.doubtful),
            left=now.pending,
            documents=now.documents,
            per_minute=pace,
            eta_s=now.pending / pace * MINUTE_S if known else None,
            counting=counting,
            workers=tuple(f"{w.queue}: {output.activity(w)}" for w in now.workers),
            tokens_per_s=sum(w.tokens_per_s for w in now.workers),
            trouble=now.standstill,
        )
        self.seen_at = time.monotonic()
        return self.last

    def without_server(self) -> ProgressLine | None:
        """Return the progress where nobody answers; None: it may be back in a moment."""
        if self.last is None or time.monotonic() - self.seen_at < AWAY_S:
            return None
        return replace(self.last, trouble="the queue server does not answer", workers=())


@contextmanager
def screen(*, silent: bool) -> Iterator[Callable[[ProgressLine], None]]:
    """Yield what shows a look at the work: nowhere, on the terminal, or line by line."""
    if silent:
        yield lambda _: None
    elif sys.stderr.isatty():
        from ocrqueue.cli import panel  # noqa: PLC0415 - rich costs a quarter of a start

        with panel.live() as show:
            yield show
    else:
        tell = say_every(PLAIN_EVERY_S)
        yield lambda progress: tell(str(progress))
