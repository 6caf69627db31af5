"""Watched folders: looked through again and again, each file handed out once it has arrived."""

import math
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event
from typing import Self

from ocrqueue import logs
from ocrqueue.inputs import notice
from ocrqueue.inputs.arrivals import Arrivals
from ocrqueue.inputs.notice import Wait
from ocrqueue.inputs.walk import Found
from ocrqueue.model.errors.operator import StorageAway
from ocrqueue.model.place import Place

BREATH_S = 1.0  # between two looks, at least
# A look is followed by a pause so many times as long: it takes 5 % of a processor's time at most,
# and 25 % of the time of a disk that is slow, or far away.
PROCESSOR, DISK = 20, 3
FOREIGN_S = 10.0  # between two looks at a folder of another machine, and at one that is away
MOST_TOLD = 5  # files that are late, by name, at one look
ANYWAY_S = 300.0  # between two looks where the system tells what changes: it may forget something


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds that a look took, and of these of the processor."""

    all_s: float = 0.0
    processor_s: float = 0.0

    @classmethod
    def so_far(cls) -> Self:
        """Return what this thread has cost until now."""
        return cls(time.monotonic(), time.thread_time())

    def minus(self, other: Self) -> Self:
        """Return what is left without the other one."""
        return type(self)(self.all_s - other.all_s, self.processor_s - other.processor_s)


@dataclass(slots=True, kw_only=True)
class Watch:
    """Looks through folders until it is told to stop."""

    folders: Sequence[Place]
    ours: Sequence[Path]  # what we write there is no news
    find: Callable[[Place], Iterable[Found]]  # what lies in one of the folders
    arrivals: Arrivals
    poll_s: float  # between two looks; 0: when the system tells
    stopping: Event
    tell: Callable[[str], None]
    after_look: Callable[[], None] = lambda: None
    _away: set[Place] = field(default_factory=set)
    _drives: set[Path] = field(default_factory=set)  # folders in which something was mounted

    def files(self) -> Iterator[Found]:
        """Yield files as they arrive; a folder that goes away is waited for."""
        while not self.stopping.is_set():
            cost, was_quiet = yield from self._look()
            if not was_quiet:
                self.stopping.wait(pause_s(cost, self.arrivals.due_s()))
                continue
            # From here on changes are told; what came just before is found by one more look.
            with self._told_of_changes() as wait:
                cost, was_quiet = yield from self._look()
                if was_quiet:
                    wait(ANYWAY_S)
            self.stopping.wait(pause_s(cost, 0))

    def _look(self) -> Generator[Found, None, tuple[Cost, bool]]:
        """Hand out what has arrived; return what looking cost, and whether nothing is new."""
        began, is_quiet = Cost.so_far(), True
        for one in self.arrivals.among(self._all()):
            is_quiet, looked = False, Cost.so_far().minus(began)
            yield one
            began = Cost.so_far().minus(looked)
        self._tell_late()
        self.after_look()
        cost = Cost.so_far().minus(began)
        return cost, is_quiet and math.isinf(self.arrivals.due_s())

    def _all(self) -> Iterator[Found]:
        for folder in self.folders:
            try:
                if why := self._why_away(folder):
                    self._miss(folder, why)
                    continue
                yield from self.find(folder)
            except OSError as error:
                self._miss(folder, f"cannot be looked through: {error.strerror}")
            except StorageAway as error:
                self._miss(folder, str(error).removeprefix(f"{folder} "))
            else:
                self._welcome(folder)

    def _tell_late(self) -> None:
        late = self.arrivals.late()
        for one in late:
            logs.emit(logs.Event.INPUT_LATE, source=str(one.source), seconds=self.arrivals.late_s)
        for one in late[:MOST_TOLD]:
            why = f"it is open or changes still, after {self.arrivals.late_s:.0f} s"
            self.tell(f"waiting for {one.source}: {why}")
        if more := len(late[MOST_TOLD:]):
            self.tell(f"waiting for {more} more files that are open or change still")

    def _welcome(self, folder: Place) -> None:
        if folder in self._away:
            self._away.discard(folder)
            self.tell(f"{folder} is back")

    def _why_away(self, folder: Place) -> str:
        """Return why a folder is away, in words; of a drive that is, an empty folder remains."""
        if not isinstance(folder, Path):
            return ""  # that is told by its listing
        if not folder.is_dir():
            return "is not there"
        if folder.is_mount():
            self._drives.add(folder)
            return ""
        return "has no drive in it any more" if folder in self._drives else ""

    def _miss(self, folder: Place, why: str) -> None:
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
                    told = notice.listening(self._paths, self.ours, self.stopping)
                    wait = stack.enter_context(told)
            yield wait

    def _rest(self, every_s: float, seconds: float) -> None:
        self.stopping.wait(min(every_s, seconds))

    def _is_any_foreign(self) -> bool:
        is_any_bucket = len(self._paths) < len(self.folders)
        return bool(self._away) or is_any_bucket or any(map(notice.is_foreign, self._paths))

    @property
    def _paths(self) -> list[Path]:
        return [folder for folder in self.folders if isinstance(folder, Path)]


def pause_s(cost: Cost, due_s: float) -> float:
    """Return for how long to wait after a look, where the next file may have arrived in `due_s`."""
    least_s = max(BREATH_S, PROCESSOR * cost.processor_s, DISK * cost.all_s)
    return least_s if math.isinf(due_s) else max(least_s, due_s)
