"""What a worker leaves in its queue for others: it lacks money, a model, or sight of a folder."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from ocrqueue import logs
from ocrqueue.broker import keys, monitor, scripts
from ocrqueue.broker.connection import Client
from ocrqueue.broker.job_ends import LeftToOthers
from ocrqueue.settings.schema import QueueSettings

MOST = 5000  # names; beyond, the one that was added first is forgotten, and tried once more
BY_DEFAULT = QueueSettings()
PASSED_S = 60.0  # a page of what a worker cannot read is tried once more: its data may be there
WINDOW = 5000  # ids that are looked at in one step of the server: some milliseconds
BREATH_S = 1.0  # after a look in vain: so long the queue is not looked through again

Still = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Passed:
    until: float
    seconds: float
    still: Still


class PassedOver:
    """Workspaces, folders of inputs, runs and documents whose pages a worker passes over.

    All by their names in Redis.
    """

    def __init__(
        self,
        client: Client,
        queue: str,
        times: QueueSettings = BY_DEFAULT,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Pass over nothing yet; the server is asked nothing yet."""
        self._client, self._queue, self._clock = client, queue, clock
        self._first_s, self._longest_s = times.beat_s / 5, 6 * times.beat_s  # between two looks
        # Longer than the patience of a `run` that has nothing else to wait for.
        self._passed_s = PASSED_S + 4 * times.beat_s * times.missed_beats
        self._passed: dict[str, _Passed] = {}
        self._looks_at = 0.0

    def add(self, name: str, seconds: float, still: Still = lambda: False) -> None:
        """Pass over the pages of a name for so long, and then twice as long while it `still` holds.

        When it does no more, one page is tried.
        """
        self._passed.pop(name, None)  # so that it is the last one
        self._passed[name] = _Passed(until=self._clock() + seconds, seconds=seconds, still=still)
        if len(self._passed) > MOST:
            del self._passed[next(iter(self._passed))]

    def leave(self, left: LeftToOthers, worker: str) -> None:
        """Pass over what a page was left to others for, and tell people why."""
        if left.look is None:
            for_s = self._passed_s + BREATH_S
            monitor.tell(self._client, keys.declined(worker), left.why, for_s=for_s)
            for name in left.names:
                self.add(name, self._passed_s)
            return
        look, key, for_s = left.look, keys.resting(worker), 2 * self._longest_s

        def still() -> bool:
            if why := look():
                monitor.tell(self._client, key, why, for_s=for_s)
            else:
                self._client.delete(key)
                logs.emit(logs.Event.WORKER_GOES_ON, worker=worker)
            return bool(why)

        monitor.tell(self._client, key, left.why, for_s=for_s)
        logs.emit(logs.Event.WORKER_RESTS, worker=worker, message=left.why)
        for name in left.names:
            self.add(name, self._first_s, still)

    @property
    def names(self) -> list[str]:
        """Return what is passed over now."""
        now = self._clock()
        for name, one in [*self._passed.items()]:
            if one.until > now:
                continue
            if not one.still():
                del self._passed[name]
                continue
            seconds = min(2 * one.seconds, self._longest_s)
            self._passed[name] = replace(one, until=now + seconds, seconds=seconds)
        return list(self._passed)

    def finds_work(self) -> bool:
        """Return whether there may be a page for this worker; it is at the queue's head then."""
        names, now = self.names, self._clock()
        if not names:
            return True
        if now < self._looks_at:
            return False
        found = scripts.pass_over(self._client, self._queue, names, window=WINDOW)
        self._looks_at = now if found else now + BREATH_S
        return found
