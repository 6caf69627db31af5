"""How far the work is, in one or two lines."""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ocrqueue.cli import output
from ocrqueue.cli.summary import MINUTE_S, several, spell_time
from ocrqueue.pipeline.status import Now

AWAY_S = 3.0  # a server that is restarted answers sooner
ENOUGH = 5  # pages, for a guess at the time that is left


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressLine:
    """One look at the work: counts since the command began."""

    done: int = 0
    failed: int = 0
    doubtful: int = 0
    left: int = 0
    documents: int = 0  # not written yet
    per_minute: float = 0.0
    eta_s: float | None = None  # None: not known yet
    counting: bool = True  # inputs are still being looked at
    workers: tuple[str, ...] = ()
    trouble: str = ""
    tokens_per_s: float = 0.0  # of the models that read now; 0 where none does

    def __str__(self) -> str:
        """Return one plain line, with all there is to say."""
        return ", ".join(self.fitted(sys.maxsize))

    def fitted(self, columns: int) -> list[str]:
        """Return the counts, and how it goes on: on one line where so many columns have room.

        Two lines otherwise, the second with what matters most first: its end may be cut.
        """
        pages = [
            f"{several(self.done, 'page')} done",
            f" ({self.doubtful} doubtful)" if self.doubtful else "",
            f", {self.failed} failed" if self.failed else "",
            f", {self.left}{'+' if self.counting else ''} left",
        ]
        counts, goes_on = "".join(pages), ", ".join(filter(None, self._goes_on()))
        one = f"{counts}, {goes_on}"
        return [one] if len(one) <= columns else [counts, goes_on]

    def _goes_on(self) -> Iterator[str]:
        if self.trouble:
            yield f"waiting: {self.trouble}"
            return
        yield f"in {several(self.documents, 'document')}" if self.documents else ""
        yield f"{spell_time(self.eta_s)} to go" if self.eta_s is not None else ""
        yield f"{self.per_minute:.0f} pages/min"
        yield f"{self.tokens_per_s:.0f} tok/s" if self.tokens_per_s else ""


NOTHING = ProgressLine()


@dataclass(slots=True, kw_only=True)
class ProgressMeter:
    """Turns the queue's counts into progress since a first look."""

    began: float = field(default_factory=time.monotonic)
    first: Now | None = None
    last: ProgressLine = NOTHING
    seen_at: float = field(default_factory=time.monotonic)

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

    def without_server(self, why: str) -> ProgressLine | None:
        """Return the progress where no server serves; None: one may be there in a moment."""
        if time.monotonic() - self.seen_at < AWAY_S:
            return None
        return replace(self.last, trouble=f"the queue server {why}", workers=())
