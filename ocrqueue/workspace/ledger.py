"""The ledger beside the Markdown: what happened to a document and to each of its pages."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path, PurePath
from typing import ClassVar, Self

from ocrqueue.model.document import Document, spell_pages
from ocrqueue.model.errors.base import OcrqueueError
from ocrqueue.model.errors.operator import LedgerUnreadable
from ocrqueue.model.json_values import parse
from ocrqueue.model.page import PageResult, Verdict
from ocrqueue.model.wire import BRIEF, Record
from ocrqueue.workspace import ledger_page
from ocrqueue.workspace.files import LONGEST_JSON, Files
from ocrqueue.workspace.folder_files import FolderFiles
from ocrqueue.workspace.ledger_page import LedgerPage


class State(StrEnum):
    """How a document ended."""

    DONE = "done"  # each chosen page has its text, or is blank
    PARTIAL = "partial"  # some pages failed
    FAILED = "failed"  # there is no Markdown


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentProblem:
    """Why there is nothing of a document."""

    code: str
    message: str
    remedy: str = ""

    @classmethod
    def of(cls, error: OcrqueueError) -> Self:
        """Return what a user is told about an error."""
        return cls(code=error.code, message=str(error), remedy=error.remedy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Pages by how they ended; `done` are all that have a result, doubtful and blank included.

    Of those that a model read: how many were held against a second reading, how many of these
    disagree with it, and how many had no witness.
    """

    done: int = 0
    failed: int = 0
    doubtful: int = 0
    blank: int = 0
    checked: int = 0
    disagreed: int = 0
    unwitnessed: int = 0

    def to_wire(self) -> dict[str, int]:
        """Return plain JSON values; what concerns models alone is left out where it is 0."""
        models = ("checked", "disagreed", "unwitnessed")
        return {name: n for name, n in asdict(self).items() if n or name not in models}

    @classmethod
    def of(cls, results: Sequence[PageResult]) -> Self:
        """Count settled pages."""
        failed = sum(result.failed for result in results)
        told = [result.witness for result in results if result.witness]
        return cls(
            done=len(results) - failed,
            failed=failed,
            doubtful=sum(result.verdict is Verdict.DOUBTFUL for result in results),
            blank=sum(result.verdict is Verdict.BLANK for result in results),
            checked=sum(bool(one.by) for one in told),
            disagreed=sum(bool(one.doubt) for one in told),
            unwitnessed=sum(not one.by for one in told),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """What left this machine: how many pages, to which models, and what it cost at most."""

    pages: int
    cost_usd: float
    models: Mapping[str, int]  # model -> pages that were sent to it, some to several

    @classmethod
    def of(cls, results: Sequence[PageResult]) -> Self | None:
        """Return what left of these pages; None: nothing did."""
        asked = ({one.model or "?" for one in each.attempts if one.left} for each in results)
        sent = [model for models in asked for model in models]
        if not sent:
            return None
        return cls(
            pages=sum(result.left for result in results),
            cost_usd=round(sum(result.cost_usd or 0.0 for result in results), 6),
            models=dict(sorted(Counter(sent).items())),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger(Record):
    """What happened to one document, in the order a person wants to read it; no text of pages."""

    versioned: ClassVar[bool] = True

    source: str
    sha256: str  # "": the file could not be read
    kind: str
    state: State
    pages: int = field(metadata={"wire": "pages_in_file"})  # of the whole file
    selected: str  # the pages that were asked for, such as "1-3,7"
    # Files inside the document, which were not read.
    attached: tuple[str, ...] = field(default=(), metadata=BRIEF)
    counts: Counts
    error: DocumentProblem | None
    remote: Remote | None = None  # None: nothing left this machine
    # Of the Markdown as it was written; "": there is none.
    markdown_sha256: str = field(default="", metadata=BRIEF)
    # Of the files of pages and the pictures as they were written, sorted.
    files_sha256: tuple[str, ...] = field(default=(), metadata=BRIEF)
    results: tuple[LedgerPage, ...] = field(metadata={"wire": "pages"})  # in order


def of_document(
    document: Document,
    results: Sequence[PageResult],
    *,
    selected: Sequence[int],
    all_or_nothing: bool = False,
) -> Ledger:
    """Return the ledger of a document whose chosen pages are all settled.

    `all_or_nothing`: one failed page fails the document (`output.on_page_error`).
    """
    counts = Counts.of(results)
    return Ledger(
        source=document.source,
        state=_state(counts, all_or_nothing=all_or_nothing),
        counts=counts,
        sha256=document.sha256,
        kind=document.kind,
        pages=document.pages,
        selected=spell_pages(selected),
        attached=document.attached,
        error=None,
        remote=Remote.of(results),
        results=tuple(map(ledger_page.of, results)),
    )


def of_failure(source: str, problem: DocumentProblem) -> Ledger:
    """Return the ledger of a file that could not be read as a document at all."""
    return Ledger(
        source=source,
        sha256="",
        kind="",
        state=State.FAILED,
        pages=0,
        selected="",
        counts=Counts(),
        error=problem,
        results=(),
    )


def read(path: Path, *, below: Path) -> Ledger:
    """Return the ledger in a file below a folder; no link in there is followed.

    Raises:
        LedgerUnreadable: there is none, or it is no ledger of this version.
    """
    return read_in(FolderFiles(below=below), path)


def read_in(files: Files, path: PurePath) -> Ledger:
    """Return the ledger in a file, wherever that lies.

    Raises:
        LedgerUnreadable: there is none, or it is no ledger of this version.
    """
    try:
        return Ledger.from_wire(parse(files.read(path, most=LONGEST_JSON)))
    except OSError as error:
        raise LedgerUnreadable(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise LedgerUnreadable(f"{path}: {error}") from error


def _state(counts: Counts, *, all_or_nothing: bool) -> State:
    if not counts.failed:
        return State.DONE
    return State.PARTIAL if counts.done and not all_or_nothing else State.FAILED
