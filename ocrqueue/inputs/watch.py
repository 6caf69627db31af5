"""Watched folders: looked through again and again, each file handed out once it has arrived."""

import math
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event

from ocrqueue.inputs import notice
from ocrqueue.inputs.arrivals import Arrivals
from ocrqueue.inputs.notice import Wait
from ocrqueue.inputs.walk import Found

BREATH_S = 1.0  # between two looks, at least
SHARE = 20  # times as long as a look took is paused after it: looking takes 5 % of the time at most
FOREIGN_S = 10.0  # between two looks at a folder of another machine, and at one that is away
ANYWAY_S = 300.0  # between two looks where the system tells what changes: it may forget something


@dataclass(slots=True, kw_only=True)
class Watch:
    """Looks through folders until it is told to stop."""

    folders: Sequence[Path]
    ours: Sequence[Path]  # what we write there is no news
    find: Callable[[Path], Iterable[Found]]  # what lies in one of the folders
    arrivals: Arrivals
    poll_s: float  # between two looks; 0: when the system tells
    stopping: Event
    tell: Callable[[str], None]
    after_look: Callable[[], None] = lambda: None
    _away: set[Path] = field(default_factory=set)
    _drives: set[Path] = field(default_factory=set)  # folders in which something was mounted

    def files(self) -> Iterator[Found]:
        """Yield files as they arrive; a folder that goes away is waited for."""
        while not self.stopping.is_set():
            took_s, was_quiet = yield from self._look()
            if not was_quiet:
                self.stopping.wait(pause_s(took_s, self.arrivals.due_s()))
                continue
            # From here on changes are told; what came just before is found by one more look.
            with self._told_of_changes() as wait:
                took_s, was_quiet = yield from self._look()
                if was_quiet:
                    wait(ANYWAY_S)
            self.stopping.wait(pause_s(took_s, 0))

    def _look(self) -> Generator[Found, None, tuple[float, bool]]:
        """Hand out what has arrived; return how long looking took, and whether nothing is new."""
        began, handed_s, is_quiet = time.monotonic(), 0.0, True
        for one in self.arrivals.among(self._all()):
            is_quiet, before = False, time.monotonic()
            yield one
            handed_s += time.monotonic() - before
        self.after_look()
        took_s = time.monotonic() - began - handed_s
        return took_s, is_quiet and math.isinf(self.arrivals.due_s())

    def _all(self) -> Iterator[Found]:
        for folder in self.folders:
            try:
                if self._is_there(folder):
                    yield from self.find(folder)
            except OSError as error:
                self._miss(folder, f"cannot be looked through: {error.strerror}")

    def _is_there(self, folder: Path) -> bool:
        why = self._why_away(folder)
        if why:
            self._miss(folder, why)
        elif folder in self._away:
            self._away.discard(folder)
            self.tell(f"{folder} is back")
        return not why

    def _why_away(self, folder: Path) -> str:
        """Return why a folder is away, in words; of a drive that is, an empty folder remains."""
        if not folder.is_dir():
            return "is not there"
        if folder.is_mount():
            self._drives.add(folder)
            return ""
        return "has no drive in it any more" if folder in self._drives else ""

    def _miss(self, folder: Path, why: str) -> None:
        if folder not in self._away:
            self._away.add(folder)
            self.tell(f"{folder} {why}; it is waited for")

    @contextmanager
    def _told_of_changes(self) -> Iterator[Wait]:
        """Yield what waits for news, or for the next look where nobody tells any."""
        every_s = self.poll_s or (FOREIGN_S if self._is_any_foreign() else 0)
        with ExitStack() as stack:
            wait: Wait = partial(self._rest, every_s or FOREIGN_S)
            if not every_s:
                with suppress(OSError):
                    told = notice.listening(self.folders, self.ours, self.stopping)
                    wait = stack.enter_context(told)
            yield wait

    def _rest(self, every_s: float, seconds: float) -> None:
        self.stopping.wait(min(every_s, seconds))

    def _is_any_foreign(self) -> bool:
        return bool(self._away) or any(map(notice.is_foreign, self.folders))


def pause_s(took_s: float, due_s: float) -> float:
    """Return for how long to wait after a look, where the next file may have arrived in `due_s`."""
    return max(BREATH_S, SHARE * took_s, 0 if math.isinf(due_s) else due_s)
