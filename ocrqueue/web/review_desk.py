"""What the review works with: a workspace, its index, a renderer, what was read just now."""

import hashlib
from bisect import bisect
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from ocrqueue.model.document import Document
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.model.page import Figure, ImageMode, PageResult
from ocrqueue.pipeline import collect, reread
from ocrqueue.pipeline.accounts import DocumentAccount
from ocrqueue.pipeline.drawing import Draws, require_same
from ocrqueue.settings.schema import Settings
from ocrqueue.text import figures
from ocrqueue.text.turning import turned
from ocrqueue.web import page_sheet
from ocrqueue.web.review_index import ReviewIndex
from ocrqueue.workspace import corrections, outputs
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store

MOST_SHEETS = 8  # drawn pages that are kept: a few MB each
MOST_AGAIN = 200  # pages whose second readings are kept, until this process ends

_At = TypeVar("_At")
_Value = TypeVar("_Value")
Place = tuple[str, int]  # key of an output, page


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedPage:
    """A page as a person looks at it."""

    account: DocumentAccount
    document: Document
    output: Output
    result: PageResult | None  # that counts; None: nobody has settled the page
    others: Sequence[PageResult]  # other readings, to choose from
    unread: Sequence[PageResult]  # why nothing came of reading it again
    is_being_read: bool  # once more
    is_corrected: bool  # a person made it what it is

    @property
    def text(self) -> str:
        """Return what the page says."""
        return (self.result and self.result.markdown) or ""

    @property
    def digest(self) -> str:
        """Return what changes when the page says something else, or somebody else says it."""
        told = self.result.to_wire() if self.result else None
        return hashlib.sha256(repr(told).encode("utf-8", "replace")).hexdigest()[:16]

    @property
    def doubted(self) -> str:
        """Return the words that a witness holds against the page."""
        told = self.result.witness if self.result else None
        return told.words if told and told.doubt else ""

    @property
    def figures(self) -> Mapping[str, Figure]:
        """Return the figures of the page by their names."""
        return {one.name: one for one in self.result.figures} if self.result else {}


@dataclass(slots=True, kw_only=True)
class ReviewDesk:
    """The review of one workspace, for the threads of one process."""

    store: Store
    settings: Settings
    index: ReviewIndex
    renderer: Draws  # of the images that people see
    reader: Draws  # of what is read again: nobody's image waits for that
    _sheets: OrderedDict[tuple[Place, str], bytes] = field(default_factory=OrderedDict)
    _again: OrderedDict[Place, dict[str, Future[PageResult]]] = field(default_factory=OrderedDict)
    # A renderer is for one thread, and its child dies with the thread that started it.
    _draws: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=1))
    _reads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=1))

    @property
    def named(self) -> list[str]:
        """Return the output folder that the command named."""
        return [str(self.settings.workspace.output)]

    def page(self, key: str, number: int) -> ReviewedPage:
        """Return a page and what is known of it.

        Raises:
            UsageError: there is no such page.
        """
        account, output = self.index.document(key), outputs.find(self.store, key)
        document = self.store.document(output.document) if output and output.document else None
        if account is None or output is None or document is None:
            raise UsageError("there is no such document, or it could not be read")
        if number not in collect.chosen_pages(output, document):
            raise UsageError(f"{output.shown} has no page {number} that was asked for")
        result = corrections.result(self.store, document, number)
        running = [*self._again.get((key, number), {}).values()]
        again = [one.result() for one in running if one.done() and not one.exception()]
        return ReviewedPage(
            account=account,
            document=document,
            output=output,
            result=result,
            others=_distinct([*self._kept(document, number), *again], result),
            unread=[one for one in again if one.failed],
            is_being_read=not all(begun.done() for begun in running),
            is_corrected=corrections.find(self.store, document, number) is not None,
        )

    def asked(self, key: str) -> Sequence[int]:
        """Return the pages of a document that were chosen, in order."""
        output = outputs.find(self.store, key)
        document = self.store.document(output.document) if output and output.document else None
        return collect.chosen_pages(output, document) if output and document else ()

    def neighbours(self, one: DocumentAccount, number: int) -> tuple[Place | None, Place | None]:
        """Return the pages before and after: to look at, or of the document if this one is none.

        What comes after the document is the first page to look at.
        """
        places = [(seen.key, page.page) for seen, page in self.index.doubts()]
        if (one.key, number) in places:
            at = places.index((one.key, number))
            return (places[at - 1] if at else None), next(iter(places[at + 1 :]), None)
        asked = self.asked(one.key)
        at = bisect(asked, number)
        before = (one.key, asked[at - 2]) if at > 1 else None
        after = (one.key, asked[at]) if at < len(asked) else next(iter(places), None)
        return before, after

    def sheet(self, key: str, number: int) -> bytes:
        """Return the image of a page as PNG, a frame round what is doubted.

        Raises:
            NotNamed: no command of this user named the file.
            PageError: it cannot be drawn, or the file is another one by now.
        """
        return self._draws.submit(self._sheet, key, number, self.page(key, number)).result()

    def figure(self, key: str, number: int, name: str) -> bytes | None:
        """Return a figure of a page, as it was kept."""
        seen = self.page(key, number)
        figure = seen.figures.get(name)
        return corrections.picture(self.store, seen.document, number, figure) if figure else None

    def read_again(self, key: str, number: int, backend: str) -> None:
        """Begin to read a page with another backend; only this process keeps what it says.

        Raises:
            NotNamed: no command of this user named the file.
            UsageError: there is no such page, or the backend does not read here.
        """
        seen = self.page(key, number)
        source = reread.require(seen.output, backend, self.settings)
        begun = self._reads.submit(
            reread.reread,
            self.store,
            seen.document,
            number,
            source=source,
            backend=backend,
            settings=self.settings,
            renderer=self.reader,
        )
        known = {**self._again.get((key, number), {}), backend: begun}
        _keep(self._again, (key, number), known, most=MOST_AGAIN)

    def _sheet(self, key: str, number: int, seen: ReviewedPage) -> bytes:
        place = ((key, number), seen.digest)
        if place not in self._sheets:
            _keep(self._sheets, place, self._drawn(seen, number), most=MOST_SHEETS)
        return self._sheets[place]

    def _drawn(self, seen: ReviewedPage, number: int) -> bytes:
        source = reread.source_of(seen.output)
        require_same(source, seen.document, since="read")
        turn = seen.result.rotation if seen.result else 0
        image = self.renderer.page(
            source,
            number,
            seen.document.reading.size,
            mode=ImageMode.GREY if turn else ImageMode.RGB,
            password=self.store.password(seen.document.id),
        )
        told = seen.result.witness if seen.result else None
        if told and told.box:
            image = page_sheet.framed(image, told.box)
        return figures.png(turned(image, turn), packing=1)

    def _kept(self, document: Document, number: int) -> list[PageResult]:
        """Return the readings of a page that the workspace keeps."""
        read, kept = self.store.result(document.id, number), self.store.kept(document.id, number)
        return [*([read] if read else []), *kept.readings]


def _distinct(known: Sequence[PageResult], result: PageResult | None) -> list[PageResult]:
    """Return each reading once that says something else than the page says now."""
    said = {result.markdown if result else None, None}
    others = []
    for one in known:
        if one.markdown not in said:
            said.add(one.markdown)
            others.append(one)
    return others


def _keep(kept: "OrderedDict[_At, _Value]", at: _At, value: _Value, *, most: int) -> None:
    kept[at] = value
    kept.move_to_end(at)
    while len(kept) > most:
        kept.popitem(last=False)
