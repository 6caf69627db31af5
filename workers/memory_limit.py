"""What a worker's memory may come to: looked at between two pages, and between two tokens."""

import resource
import sys
import time
from dataclasses import dataclass, field

import psutil

from ocrqueue.backends.base import KeepsModel
from ocrqueue.model.errors.page import BackendOutOfMemory
from ocrqueue.pipeline.attempt import Progress

MB = 1 << 20
LOOK_S = 0.25
MAXRSS_A_MB = MB if sys.platform == "darwin" else 1024  # bytes there, else kB: getrusage(2)
WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


@dataclass(slots=True, kw_only=True)
class Ceiling:
    """Knows whether this process holds too much, and ends a page that makes it so."""

    limit_mb: int  # 0: none
    model: KeepsModel | None  # what the backend has loaded, if it keeps one
    is_broken: bool = False  # a page had to be ended
    _page: tuple[str, int] = ("", 0)  # the one in hand
    _was_below: bool = False  # when its first token came
    _looked_at: float = 0.0
    _process: psutil.Process = field(default_factory=psutil.Process)

    def held_mb(self) -> float:
        """Return what this process holds, in MB; what a GPU holds is not all in the RSS."""
        resident = float(self._process.memory_info().rss) / MB
        return max(resident, self.model.memory_mb if self.model else 0.0)

    def peak_mb(self) -> int:
        """Return the most that this process has held, and its largest child that ended, in MB."""
        own, child = (resource.getrusage(who).ru_maxrss / MAXRSS_A_MB for who in WHO)
        return round(max(own, self.model.peak_memory_mb if self.model else 0.0) + child)

    def is_exceeded(self) -> bool:
        """Return whether this process is to be renewed."""
        return self.is_broken or 0 < self.limit_mb < self.held_mb()

    def look(self, progress: Progress) -> None:
        """End the reading of a page that takes too much.

        Only what the page adds counts: with a model that is above the ceiling by itself no page
        would ever be read, so then the process is only renewed after each.

        Raises:
            BackendOutOfMemory: the process was below the ceiling with the page's first token, and
                is above it now.
        """
        if not self.limit_mb or not progress.tokens:
            return
        page, now = (progress.document.id, progress.page), time.monotonic()
        if page != self._page:
            self._page, self._was_below = page, self.held_mb() <= self.limit_mb
        elif self._was_below and now - self._looked_at > LOOK_S:
            self._looked_at = now
            if (held := self.held_mb()) > self.limit_mb:
                self.is_broken = True
                message = f"{held:.0f} MB after {progress.tokens} tokens, above {self.limit_mb} MB"
                raise BackendOutOfMemory(message)
