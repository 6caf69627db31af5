"""Enqueueing without server and PDFium: inputs are text files, each of their lines is a page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import cast

from ocrqueue.inputs.walk import Found
from ocrqueue.model.document import Counted, Document, Kind
from ocrqueue.model.errors.document import DocumentDamaged, PasswordNeeded
from ocrqueue.model.page import Attempt, PageResult, Verdict
from ocrqueue.pipeline import collect, enqueue
from ocrqueue.pipeline.entry import Entry
from ocrqueue.pipeline.feeder import Feeder
from ocrqueue.pipeline.order import Order
from ocrqueue.settings.schema import OutputSettings
from ocrqueue.workspace.store import Store
from tests.support.readings import a_reading

READING = a_reading(engines={"scripted": "scripted-1"})


@dataclass(slots=True)
class Counter:
    """Counts a page for each line of a file, as the renderer would for a PDF."""

    asked: list[str] = field(default_factory=list)

    def count(self, source: Path, *, passwords: Sequence[str] = ()) -> Counted:
        self.asked.append(source.name)
        text = source.read_text()
        if "damaged" in text:
            message = "it is damaged"
            raise DocumentDamaged(message)
        if "locked" in text and "key" not in passwords:
            message = "it needs a password"
            raise PasswordNeeded(message)
        password = "key" if "locked" in text else None
        return Counted(kind=Kind.PDF, pages=len(text.splitlines()), password=password)


@dataclass(slots=True)
class Feed:
    """Notes what is queued; `read` then settles it as workers and collector would."""

    store: Store
    fed: list[tuple[Document, list[int]]] = field(default_factory=list)
    failing: set[int] = field(default_factory=set)
    why: str = "page-damaged"

    def feed(self, document: Document, missing: Sequence[int], *, shown: str) -> int:
        assert shown
        self.fed.append((document, list(missing)))
        return len(missing)

    def finish(self) -> None:
        """Do nothing: all was taken."""

    def withdraw(self, document_id: str) -> int:
        taken = [missing for document, missing in self.fed if document.id == document_id]
        self.fed = [fed for fed in self.fed if fed[0].id != document_id]
        return sum(map(len, taken))

    def read(self) -> None:
        for document, missing in self.fed:
            for page in missing:
                if page in self.failing:
                    self.store.reject(document.id, unreadable(page, self.why))
                else:
                    self.store.accept(document.id, readable(page))
            collect.collect(self.store, document)
        self.fed.clear()


def readable(page: int) -> PageResult:
    return PageResult(page=page, markdown=f"text {page}", verdict=Verdict.GOOD)


def unreadable(page: int, error: str = "page-damaged") -> PageResult:
    attempt = Attempt(backend="scripted", seconds=0.1, at="now", error=error)
    return PageResult(page=page, markdown=None, attempts=(attempt,), error=error, message="no")


@dataclass(slots=True, kw_only=True)
class Desk:
    """A folder of inputs and an order; asks like `run` does."""

    folder: Path
    store: Store
    order: Order
    counter: Counter
    feed: Feed

    def put(self, name: str, text: str = "one\ntwo\n") -> Found:
        path = self.folder / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return Found(source=path, relative=PurePath(name))

    def found(self) -> Iterator[Found]:
        base = self.folder / "in"
        for path in sorted(path for path in base.rglob("*") if path.is_file()):
            yield Found(source=path, relative=path.relative_to(base))

    def enqueue(self, **changes: object) -> dict[str, Entry]:
        """Return the entry of each input by its name."""
        order = replace(self.order, **changes)  # type: ignore[arg-type]
        entries = list(
            enqueue.enqueue(
                self.found(),
                order,
                store=self.store,
                counter=self.counter,
                feeder=cast("Feeder", self.feed),
            )
        )
        return {Path(entry.source).name: entry for entry in entries}

    def convert(self, **changes: object) -> dict[str, Entry]:
        """Enqueue, then read and collect."""
        entries = self.enqueue(**changes)
        self.feed.read()
        return entries

    def preview(self, **changes: object) -> dict[str, Entry]:
        order = replace(self.order, **changes)  # type: ignore[arg-type]
        entries = enqueue.preview(self.found(), order, store=self.store, counter=self.counter)
        return {Path(entry.source).name: entry for entry in entries}

    def text(self, name: str) -> str:
        return (self.folder / "out" / f"{name}.md").read_text()


def make_desk(folder: Path) -> Desk:
    """Return a desk whose inputs are in `in` and whose outputs are in `out`."""
    store = Store.create(folder / "out" / ".ocrqueue")
    order = Order(folder=folder / "out", reading=READING, style=OutputSettings().to_wire())
    return Desk(folder=folder, store=store, order=order, counter=Counter(), feed=Feed(store))
