"""What a worker leaves in its queue for others: runs without money, documents it cannot read."""

import time
from collections.abc import Callable

from ocrqueue.broker import document_record
from ocrqueue.broker.connection import Client

MOST = 5000  # names; beyond, the one that was added first is forgotten, and tried once more
BREATH_S = 1.0  # after a look in vain: so long the queue is not looked through again


class PassedOver:
    """Runs and documents (by their names in Redis) whose pages a worker of a queue passes over."""

    def __init__(
        self, client: Client, queue: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Pass over nothing yet; the server is asked nothing yet."""
        self._client, self._queue, self._clock = client, queue, clock
        self._until: dict[str, float] = {}
        self._looks_at = 0.0

    def add(self, name: str, seconds: float) -> None:
        """Pass over the pages of a run or a document for so long; then one of each is tried."""
        self._until.pop(name, None)  # so that it is the last one
        self._until[name] = self._clock() + seconds
        if len(self._until) > MOST:
            del self._until[next(iter(self._until))]

    @property
    def names(self) -> list[str]:
        """Return the runs and documents that are passed over now."""
        now = self._clock()
        self._until = {name: until for name, until in self._until.items() if now < until}
        return list(self._until)

    def finds_work(self) -> bool:
        """Return whether there may be a page for this worker; it is at the queue's head then."""
        names, now = self.names, self._clock()
        if not names:
            return True
        if now < self._looks_at:
            return False
        found = document_record.pass_over(self._client, self._queue, names)
        self._looks_at = now if found else now + BREATH_S
        return found
