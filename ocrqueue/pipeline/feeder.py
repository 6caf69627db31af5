"""Pages into the queue, in chunks, never more than it should hold."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from ocrqueue.broker import document_record, keys, queue_ops, scripts
from ocrqueue.broker.connection import Client
from ocrqueue.broker.document_record import Run
from ocrqueue.broker.queue_ops import LiveDocument
from ocrqueue.model import failpoints
from ocrqueue.model.document import Document
from ocrqueue.model.failpoints import Point
from ocrqueue.model.place import Place
from ocrqueue.pipeline import privacy
from ocrqueue.settings.schema import QueueSettings
from ocrqueue.workspace import outputs
from ocrqueue.workspace.store import Store

LOOK_S = 0.2  # how often a full queue is looked at
ASIDE_S = 600  # how long a document that waits for room is kept open while files are looked at
MOST_ASIDE = 100  # documents that wait for room while others are fed


class Feeds(Protocol):
    """What gets pages read: by workers (`Feeder`), or in this process (`in_process.OwnReader`)."""

    def feed(self, document: Document, missing: Sequence[int], *, shown: str) -> int:
        """Get the missing pages read and the document written; return how many were taken."""
        ...

    def finish(self) -> None:
        """Return when all that was taken is under way."""
        ...

    def withdraw(self, document_id: str) -> int:
        """Take back the pages of a document that wait; return how many."""
        ...


@dataclass(slots=True, kw_only=True)
class Rest:
    """Pages of an open document that are still to be added."""

    live: LiveDocument
    pages: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeder:
    """Adds pages of documents to the queue; what finds no room holds up no other document."""

    client: Client
    store: Store
    queue: QueueSettings = field(default_factory=QueueSettings)
    run: Run = field(default_factory=Run)  # who pays for the pages
    folder: Place | None = None  # the output folder that the command named
    should_stop: Callable[[], bool] = lambda: False
    begin: Callable[[], None] = lambda: None  # called before the queue is needed
    wait: Callable[[float], None] = time.sleep
    aside: list[Rest] = field(default_factory=list)  # what waits for room, the oldest first

    def feed(self, document: Document, missing: Sequence[int], *, shown: str) -> int:
        """Queue the missing pages; return how many were queued, or wait for room to be.

        With none missing, or when the last is in, the collector is released as soon as every page
        is settled. What finds no room is added before later documents, or by `finish`.
        """
        self.begin()
        live = live_document(self.store, document, shown)
        live = replace(
            live,
            run=self.run,
            folder=str(self.folder or ""),
            goes_first=self.queue.priority == "high",
        )
        self._drop(live.key)
        self._go_on()
        before = document_record.open_to(self.client, live.key)
        queue_ops.open_document(self.client, live, self.queue)
        if not live.may_leave and set(before) - {live.queue}:
            privacy.call_home(self.client, self.store, document, live.key)
        failpoints.at(Point.PRODUCER_OPENED)
        rest, queued = Rest(live=live, pages=missing), 0
        while rest.pages:
            if self._has_room(live):
                queued += self._add(rest)
            elif self.should_stop():
                return queued
            elif len(self.aside) < MOST_ASIDE and queue_ops.has_pending(self.client, live.key):
                self._set_aside(rest)
                return queued + len(rest.pages)
            else:
                queue_ops.still_feeding(self.client, live.key)
                self._wait_for_room()
        scripts.seal(self.client, live.key)
        return queued

    def finish(self) -> None:
        """Add what waits for room, until all is added or the feeder is to stop."""
        while self.aside and not self.should_stop():
            self._wait_for_room()

    def withdraw(self, document_id: str) -> int:
        """Take back the pages of a document that wait, as nothing wants them; return how many.

        They are as if they had never been queued: nothing of them is written down.
        """
        self.begin()
        key = document_key(self.store, document_id)
        self._drop(key)
        waiting = queue_ops.pages_in(self.client, key, "pending")
        taken = queue_ops.withdraw(self.client, key, waiting)
        for page in taken:
            scripts.settle(self.client, key, page, "done")
        if waiting and not queue_ops.is_fed(self.client, key):
            scripts.seal(self.client, key)
        return len(taken)

    def _wait_for_room(self) -> None:
        if not self._go_on():
            self.wait(LOOK_S)

    def _go_on(self) -> bool:
        """Add a chunk of what was set aside, each in turn; return whether there was room for it."""
        if not self.aside:
            return False
        rest = self.aside.pop(0)
        has_room = self._has_room(rest.live)
        if has_room:
            self._add(rest)
        if rest.pages:
            self._set_aside(rest)
        else:
            scripts.seal(self.client, rest.live.key)
        return has_room

    def _set_aside(self, rest: Rest) -> None:
        queue_ops.still_feeding(self.client, rest.live.key, for_s=ASIDE_S)
        self.aside.append(rest)

    def _drop(self, key: str) -> None:
        """Forget what was set aside of a document: it is fed anew, or nobody wants it."""
        self.aside[:] = [rest for rest in self.aside if rest.live.key != key]

    def _add(self, rest: Rest) -> int:
        size = self.queue.chunk_pages
        chunk, rest.pages = rest.pages[:size], rest.pages[size:]
        added = queue_ops.add_pages(self.client, rest.live, chunk, self.queue)
        failpoints.at(Point.PRODUCER_ADDED)
        return len(added)

    def _has_room(self, live: LiveDocument) -> bool:
        most = self.queue.max_backlog_pages
        if live.goes_first or not queue_ops.has_pending(self.client, live.key):
            most *= 2  # a document that has its first turn does not wait for those that had theirs
        return queue_ops.backlog(self.client, live.queue) < most and not self.should_stop()


def live_document(store: Store, document: Document, shown: str) -> LiveDocument:
    """Return the document as the queue will know it."""
    return LiveDocument(
        key=document_key(store, document.id),
        workspace=str(store.address),
        document_id=document.id,
        route=document.reading.route,
        source=shown.encode("utf-8", "replace").decode(),
        may_leave=privacy.may_leave(store, document.id),
        root=keys.root_key(document.root) if document.root else "",
    )


def document_key(store: Store, document_id: str) -> str:
    """Return the document's name in Redis."""
    return keys.document_key(store.address.key, document_id)


def withdraw_unwanted(before: str | None, now: Document, store: Store, feeder: Feeds) -> int:
    """Take back pages that wait for an output which shows another document by now; return how many.

    `before` is the document that it showed; pages that some other output still wants wait on.
    """
    if before is None or before == now.id:
        return 0
    is_wanted = any(True for _ in outputs.showing(store, before))
    return 0 if is_wanted else feeder.withdraw(before)
