"""What became of each document and page of a workspace, as a report and a reviewer want it.

From the page results, which are the truth, and not from the ledgers: so also of documents that are
not finished. An account holds no text of a page.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import PurePath

from ocrqueue.model.document import Document
from ocrqueue.model.finding import Concern, concern_of
from ocrqueue.model.page import PageResult
from ocrqueue.pipeline.collect import chosen_pages
from ocrqueue.workspace import corrections, outputs
from ocrqueue.workspace.ledger import State
from ocrqueue.workspace.ledger_page import remedy_of
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store


class PageState(StrEnum):
    """How a page stands."""

    GOOD = "good"
    BLANK = "blank"
    DOUBTFUL = "doubtful"
    FAILED = "failed"
    UNREAD = "unread"  # nobody has settled it yet


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAccount:
    """One chosen page."""

    page: int
    state: PageState
    backend: str = ""
    seconds: float = 0.0
    ended: datetime | None = None  # UTC
    confidence: float | None = None  # 0 to 100
    agreed: float | None = None  # share of the words that a witness has too, 0 to 1
    doubt: Concern | None = None  # None: there is nothing to look at
    reason: str = ""  # of the doubt, in words
    remedy: str = ""
    characters: int = 0  # of its Markdown
    cost_usd: float = 0.0  # at most
    memory_mb: int | None = None  # most that its workers held; None: they did not say


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentAccount:
    """One input and those of its chosen pages that are settled, in order."""

    key: str  # of its output
    shown: str  # the input as the user named it
    document: str = ""  # id; "": it cannot be read
    kind: str = ""
    size: int = 0  # bytes of the file; 0: not known
    state: State | None = None  # None: it is not written yet
    problem: str = ""  # why there is nothing of it
    remedy: str = ""
    pages: tuple[PageAccount, ...] = ()
    unread: int = 0  # chosen pages that nobody has settled yet: of any number that a record claims

    @property
    def asked(self) -> int:
        """Return how many pages were chosen."""
        return len(self.pages) + self.unread

    @property
    def tally(self) -> Mapping[str, int]:
        """Return the chosen pages by how they stand."""
        counts = Counter(page.state for page in self.pages)
        counts[PageState.UNREAD] = self.unread
        return {state.value: counts[state] for state in PageState}

    @property
    def folder(self) -> str:
        """Return the folder in which the input lies, as the user named it."""
        return str(PurePath(self.shown).parent)


def accounts(store: Store) -> Iterator[DocumentAccount]:
    """Yield the account of each output, in the order of their keys."""
    for key, record in store.outputs():
        if output := outputs.of_record(key, record):
            yield account(store, output)


def account(store: Store, output: Output) -> DocumentAccount:
    """Return what became of one output."""
    document = store.document(output.document) if output.document else None
    written = store.written(output.key)
    is_written = written is not None and written.fingerprint == output.fingerprint
    problem = output.error or (written.problem if written else None)
    pages = tuple(_pages(store, output, document)) if document else ()
    asked = len(chosen_pages(output, document)) if document else 0
    return DocumentAccount(
        key=output.key,
        shown=output.shown,
        document=document.id if document else "",
        kind=document.kind if document else "",
        size=document.size if document else _size(output),
        state=written.state if written and is_written else None,
        problem=problem.message if problem else "",
        remedy=problem.remedy if problem else "",
        pages=pages,
        unread=asked - len(pages),
    )


def _pages(store: Store, output: Output, document: Document) -> Iterator[PageAccount]:
    settled = set[int]().union(*corrections.settled_pages(store, document))
    result_of = corrections.lookup(store, document)
    for page in sorted(settled.intersection(chosen_pages(output, document))):
        if (result := result_of(page)) is not None:
            yield page_account(result)


def page_account(result: PageResult) -> PageAccount:
    """Return the account of a settled page."""
    doubt, reason = concern_of(result)
    held = [one.memory_mb for one in result.attempts if one.memory_mb is not None]
    state = PageState(result.verdict or PageState.GOOD) if not result.failed else PageState.FAILED
    return PageAccount(
        page=result.page,
        state=state,
        backend=result.backend,
        seconds=result.seconds,
        ended=_ended(result),
        confidence=result.confidence,
        agreed=result.witness.agreed if result.witness else None,
        doubt=doubt,
        reason=reason,
        remedy=remedy_of(result.error) if result.error else "",
        characters=len(result.markdown or ""),
        cost_usd=result.cost_usd or 0.0,
        memory_mb=max(held, default=None),
    )


def unread(number: int) -> PageAccount:
    """Return the account of a page that nobody has settled yet."""
    return PageAccount(page=number, state=PageState.UNREAD)


def _ended(result: PageResult) -> datetime | None:
    """Return when the last attempt ended; None where what was noted is no instant."""
    if not result.attempts:
        return None
    last = result.attempts[-1]
    try:
        began = datetime.fromisoformat(last.at)
        began = began if began.tzinfo else began.replace(tzinfo=UTC)
        return began.astimezone(UTC) + timedelta(seconds=last.seconds)
    except (OverflowError, ValueError):
        return None


def _size(output: Output) -> int:
    return output.stamp[0] if output.stamp else 0
