"""The accounts of a workspace, kept in memory and read anew only where something changed."""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from ocrqueue.pipeline.accounts import DocumentAccount, Doubt, PageAccount, account
from ocrqueue.workspace import outputs, paths
from ocrqueue.workspace.store import Store

FRESH_S = 1.0  # how long nobody looks whether something changed
_URGENCY = {doubt: at for at, doubt in enumerate(Doubt)}

Seen = tuple[DocumentAccount, PageAccount]


@dataclass(slots=True)
class _Kept:
    account: DocumentAccount
    places: tuple[Path, ...]  # what changes when the account does
    stamps: tuple[int, ...]


@dataclass(slots=True)
class ReviewIndex:
    """What there is to look at. For use by several threads.

    Each result is a file that appears by a rename, so that its folder tells whether it is new: of a
    large workspace some thousand folders are looked at and hardly a file is read.
    """

    store: Store
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _sorted: list[DocumentAccount] = field(default_factory=list)
    _doubts: list[Seen] = field(default_factory=list)
    _looked: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def documents(self) -> list[DocumentAccount]:
        """Return all documents by their names."""
        with self._lock:
            self._refresh()
            return self._sorted

    def doubts(self) -> list[Seen]:
        """Return the pages to look at, the most urgent first."""
        with self._lock:
            self._refresh()
            return self._doubts

    def document(self, key: str) -> DocumentAccount | None:
        """Return one document."""
        with self._lock:
            self._refresh()
            kept = self._kept.get(key)
            return kept.account if kept else None

    def look_again(self) -> None:
        """Forget that it was looked a moment ago: something was changed."""
        with self._lock:
            self._looked = float("-inf")

    def _refresh(self) -> None:
        if time.monotonic() - self._looked < FRESH_S:
            return
        keys = {
            path.name[:-5]
            for path in self.store.output_path("any").parent.parent.glob("??/*")
            if path.name.count(".") == 1 and path.suffix == ".json"
        }
        changed = self._kept.keys() != keys
        self._kept = {key: kept for key, kept in self._kept.items() if key in keys}
        for key in keys:
            kept = self._kept.get(key)
            if kept is None or kept.stamps != _stamps(kept.places):
                changed = True
                self._read(key)
        if changed:
            known = (kept.account for kept in self._kept.values())
            self._sorted = sorted(known, key=lambda one: (one.shown, one.key))
            self._doubts = sorted(
                ((one, page) for one in self._sorted for page in one.pages if page.doubt),
                key=lambda seen: _URGENCY[seen[1].doubt or Doubt.UNWITNESSED],
            )
        self._looked = time.monotonic()

    def _read(self, key: str) -> None:
        output = outputs.find(self.store, key)
        if output is None:
            self._kept.pop(key, None)
            return
        record = self.store.output_path(key)
        places = [record, record.with_suffix(".written.json")]
        document = self.store.document(output.document) if output.document else None
        if document is not None:
            places.append(paths.page(self.store.root, document.id, 1).parent)
            if paths.is_sha256(document.sha256):
                places.append(paths.corrections(self.store.root, document.sha256))
        stamps = _stamps(places)  # before it is read: what comes meanwhile is noticed next time
        self._kept[key] = _Kept(account(self.store, output), tuple(places), stamps)


def _stamps(places: "tuple[Path, ...] | list[Path]") -> tuple[int, ...]:
    return tuple(_stamp(place) for place in places)


def _stamp(place: Path) -> int:
    try:
        return place.lstat().st_mtime_ns
    except OSError:
        return 0
