"""Which files of watched folders have arrived: new or changed, and quiet for long enough.

What matters is what is there at each look, not what happened in between: nothing that the system
forgot to tell is missed, and ten thousand files at once are no other case than one.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ocrqueue.inputs.fingerprint import Stamp, stamp_at
from ocrqueue.inputs.walk import Found

UNTIL_WHOLE = 12  # times as long is waited for a file that lacks its end
LATE_S = 120.0  # so long, and twice as long as for such a one, until a file is told to be late
Look = Callable[[Found], bool]


def stamp(found: Found) -> Stamp | None:
    """Return the stamp of a file now; None where there is none any more."""
    if not isinstance(found.source, Path):
        return (hash(found.version),)  # as it was listed
    return stamp_at(found.source)


@dataclass(slots=True, kw_only=True)
class Arrivals:
    """What was seen at the last look: files that were handed out, and those that still rest.

    Of each it remembers a number for its path and stamp together, 64 bits: a million files are
    some 70 MB. What is gone is forgotten, so that it is new when it comes back.
    """

    settle_s: float
    clock: Callable[[], float]  # seconds, never set back
    is_open: Look  # somebody has it open for writing, as far as the system tells
    lacks_end: Look
    stamp: Callable[[Found], Stamp | None] = stamp
    _taken: set[int] = field(default_factory=set)
    _resting: dict[int, float] = field(default_factory=dict)  # -> since when it is as it is
    _awaited: dict[int, float | None] = field(default_factory=dict)  # its path -> since when
    _late: list[Found] = field(default_factory=list)

    def among(self, found: Iterable[Found]) -> Iterator[Found]:
        """Yield those of the files, which are all there are now, that have arrived.

        Each is counted as handed out once the next one is asked for: whoever stops before that
        finds it again.
        """
        taken, resting = set[int](), dict[int, float]()
        awaited = dict[int, float | None]()
        for one in found:
            known = self.stamp(one)
            if known is None:
                continue
            mark = hash((str(one.source), known))
            if mark in self._taken or mark in taken:  # the latter: in two of the folders
                taken.add(mark)
                continue
            since = self._resting.get(mark, self.clock())
            if self._has_arrived(one, self.clock() - since):
                yield one
                taken.add(mark)
            else:
                resting[mark] = since
                path = hash(str(one.source))
                awaited[path] = self._since_when(one, self._awaited.get(path, self.clock()))
        self._taken, self._resting, self._awaited = taken, resting, awaited

    def late(self) -> list[Found]:
        """Return the files that others are still writing after long; each of them once."""
        late, self._late = self._late, []
        return late

    @property
    def late_s(self) -> float:
        """For how long a file is waited for before it is late."""
        return max(LATE_S, 2 * UNTIL_WHOLE * self.settle_s)

    def due_s(self) -> float:
        """Return in how many seconds the next file may have arrived; infinite where none rests."""
        if not self._resting:
            return math.inf
        quiet_s = self.clock() - min(self._resting.values())
        return self.settle_s - quiet_s if quiet_s < self.settle_s else self.settle_s

    def _since_when(self, one: Found, since: float | None) -> float | None:
        """Return since when a file is waited for; None: and that it is late was told."""
        if since is None or self.clock() - since < self.late_s:
            return since
        self._late.append(one)
        return None

    def _has_arrived(self, one: Found, quiet_s: float) -> bool:
        if quiet_s < self.settle_s:
            return False
        return not self.is_open(one) and (
            quiet_s >= self.settle_s * UNTIL_WHOLE or not self.lacks_end(one)
        )
