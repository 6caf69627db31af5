"""The accounts of a workspace, kept in memory and read anew only where something changed."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field

from ocrqueue.model.finding import Concern
from ocrqueue.model.place import Place
from ocrqueue.pipeline.accounts import DocumentAccount, PageAccount, account
from ocrqueue.workspace import outputs, paths
from ocrqueue.workspace.store import Store

FRESH_S = 1.0  # how long nobody looks whether something changed
SHOWN_S = 0.1  # how often what was found meanwhile is shown
PATIENCE_S = 0.25  # a person who waits longer for a page believes that it hangs
_URGENCY = {concern: at for at, concern in enumerate(Concern)}

Seen = tuple[DocumentAccount, PageAccount]


@dataclass(slots=True)
class _Kept:
    account: DocumentAccount
    places: tuple[Place, ...]  # what changes when the account does
    stamps: tuple[str, ...]


@dataclass(slots=True)
class ReviewIndex:
    """What there is to look at. For use by several threads.

    Each result is a file that appears by a rename, so that its folder tells whether it is new: of a
    large workspace some thousand folders are looked at and hardly a file is read. The first look
    reads them all, some seconds for ten thousand pages: it goes on in the background, and whoever
    asks gets what is known so far.
    """

    store: Store
    patience_s: float = PATIENCE_S  # how long whoever asks waits for all that is new
    unseen: int = 0  # documents that are new or changed and not looked at yet
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _sorted: list[DocumentAccount] = field(default_factory=list)
    _doubts: list[Seen] = field(default_factory=list)
    _looked: float = float("-inf")
    _is_changed: bool = True  # by us, since the last look began
    _looking: "Future[None] | None" = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def documents(self) -> list[DocumentAccount]:
        """Return all documents that were looked at by their names."""
        self._wait(self.patience_s)
        return self._sorted

    def doubts(self) -> list[Seen]:
        """Return the pages to look at that are known, the most urgent first."""
        self._wait(self.patience_s)
        return self._doubts

    def document(self, key: str) -> DocumentAccount | None:
        """Return one document, which is waited for."""
        self._wait(self.patience_s)
        if key not in self._kept:
            self._wait(None)
        kept = self._kept.get(key)
        return kept.account if kept else None

    def look_again(self) -> None:
        """Forget that it was looked a moment ago: something was changed."""
        self._is_changed = True

    def look(self) -> "Future[None] | None":
        """Look in the background whether something changed; None: it was done a moment ago."""
        with self._lock:
            if self._looking and not self._looking.done():
                return self._looking
            if not self._is_changed and time.monotonic() - self._looked < FRESH_S:
                return None
            self._looking = Future()
            run = threading.Thread(target=self._run, args=(self._looking,), daemon=True)
            run.start()
            return self._looking

    def _wait(self, seconds: float | None) -> None:
        with suppress(TimeoutError):
            while (looking := self.look()) is not None:
                looking.result(seconds)
                if not self._is_changed:
                    return

    def _run(self, told: "Future[None]") -> None:
        try:
            self._is_changed = False
            self._refresh()
            self._looked = time.monotonic()
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
            told.set_exception(error)
        else:
            told.set_result(None)

    def _refresh(self) -> None:
        keys = {*self.store.output_keys()}
        gone = self._kept.keys() - keys
        self._kept = {key: kept for key, kept in self._kept.items() if key in keys}
        stamps = {key: self._stamps(kept.places) for key, kept in self._kept.items()}
        new = [k for k in sorted(keys) if k not in stamps or self._kept[k].stamps != stamps[k]]
        self.unseen, shown = len(new), time.monotonic()
        for key in new:
            self._read(key)
            self.unseen -= 1
            if time.monotonic() - shown > SHOWN_S:
                self._sort()
                shown = time.monotonic()
        if gone or new:
            self._sort()

    def _sort(self) -> None:
        known = (kept.account for kept in self._kept.values())
        self._sorted = sorted(known, key=lambda one: (one.shown, one.key))
        self._doubts = sorted(
            ((one, page) for one in self._sorted for page in one.pages if page.doubt),
            key=lambda seen: _URGENCY[seen[1].doubt or Concern.UNWITNESSED],
        )

    def _read(self, key: str) -> None:
        output = outputs.find(self.store, key)
        if output is None:
            self._kept.pop(key, None)
            return
        record = self.store.output_path(key)
        places: list[Place] = [record, record.with_suffix(".written.json")]
        document = self.store.document(output.document) if output.document else None
        if document is not None:
            places.append(paths.page(self.store.place, document.id, 1).parent)
            if paths.is_sha256(document.sha256):
                places.append(paths.corrections(self.store.place, document.sha256))
        stamps = self._stamps(
            places
        )  # before it is read: what comes meanwhile is noticed next time
        self._kept[key] = _Kept(account(self.store, output), tuple(places), stamps)

    def _stamps(self, places: Sequence[Place]) -> tuple[str, ...]:
        return tuple(map(self.store.files.stamp, places))
