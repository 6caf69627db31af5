"""What a person does to a page: corrects it, accepts it as it is, or takes that back."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from ocrqueue.model import readings
from ocrqueue.model.document import Document
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.model.page import PERSON, Attempt, Margin, PageResult, Verdict
from ocrqueue.pipeline import collect
from ocrqueue.workspace import corrections, outputs
from ocrqueue.workspace.corrections import Correction
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store

LONGEST = 1 << 20  # characters of a page
ACCEPTED = "accepted as it is"


def correct(
    store: Store,
    document_id: str,
    page: int,
    markdown: str,
    *,
    at: str,
    named: Collection[str] = (),
    others: Sequence[PageResult] = (),
) -> list[Output]:
    """Let a page say this from now on, whoever reads it; return the outputs that say so already.

    `at` is UTC in ISO 8601. `named` are the output folders that commands named, `others` readings
    of the page that the workspace may not have. A document whose pages are not all settled is
    written by the collector when they are. Pictures stay that the text names; so do running heads
    and feet that it leaves as they were. They are those of the reading that says the same, or
    has the most lines of it.

    Raises:
        UsageError: there is no such document or page, or the text is longer than any page.
        OutputNotWritten: it is kept, but an output cannot be written.
        OSError: the workspace cannot be written.
    """
    document = _document(store, document_id, page)
    if len(markdown) > LONGEST:
        raise UsageError(f"a page has at most {LONGEST:,} characters, not {len(markdown):,}")
    before = corrections.find(store, document, page)
    read = before.replaced if before else _read(store, document, page)
    last = before.result if before else read
    known = (last, *others, read, *store.kept(document.id, page).readings)
    text = _plain(markdown)
    # All engines call their pictures the same: a name says nothing about whose picture it is.
    taken = max((one for one in known if one), key=lambda one: _shared(one, text), default=last)
    attempt = Attempt(backend=PERSON, seconds=0.0, at=at, verdict=_verdict(text))
    attempts = (*(last.attempts if last else ()), attempt)
    result = _written(page, text, taken, attempts)
    _keep(store, document, Correction(result=result, replaced=read))
    return assemble(store, document, named=named)


def accept(
    store: Store, document_id: str, page: int, *, at: str, named: Collection[str] = ()
) -> list[Output]:
    """Say that a page is right as it is, whatever was held against it; as `correct`.

    Raises:
        UsageError: there is no such document or page, or the page has no text.
        OutputNotWritten: it is kept, but an output cannot be written.
        OSError: the workspace cannot be written.
    """
    document = _document(store, document_id, page)
    read = _read(store, document, page)
    if corrections.find(store, document, page):
        return assemble(store, document, named=named)  # a person's own text needs no second word
    if read is None or read.markdown is None:
        raise UsageError(f"page {page} has no text that could be accepted: correct it")
    vouched = Attempt(backend=PERSON, seconds=0.0, at=at, message=ACCEPTED)
    result = replace(
        read,
        attempts=(*read.attempts, replace(vouched, verdict=_verdict(read.markdown))),
        verdict=_verdict(read.markdown),
        reason="",
        witness=None,
    )
    _keep(store, document, Correction(result=result, replaced=read))
    return assemble(store, document, named=named)


def withdraw(
    store: Store, document_id: str, page: int, *, named: Collection[str] = ()
) -> list[Output]:
    """Let a page say again what was read; as `correct`.

    Raises:
        UsageError: there is no such document or page, or nobody corrected or accepted the page.
        OutputNotWritten: an output cannot be written.
        OSError: the workspace cannot be written.
    """
    document = _document(store, document_id, page)
    if corrections.find(store, document, page) is None:
        raise UsageError(f"nobody corrected or accepted page {page}")
    corrections.discard(store, document, page)
    return assemble(store, document, named=named)


def text_of(store: Store, document_id: str, page: int) -> str:
    """Return what a page says now, as `correct` takes it.

    Raises:
        UsageError: there is no such document or page, or the page has no text.
    """
    document = _document(store, document_id, page)
    found = corrections.result(store, document, page)
    found = found or readings.stand_in(store.kept(document.id, page))
    if found is None or found.markdown is None:
        raise UsageError(f"page {page} has no text")
    return found.markdown


def assemble(store: Store, document: Document, *, named: Collection[str] = ()) -> list[Output]:
    """Write the outputs of a document whose pages are all settled; return those written.

    Raises:
        OutputNotWritten: the last of those that could not be written.
        OSError: the workspace cannot be written.
    """
    settled = set[int]().union(*corrections.settled_pages(store, document))
    whole = [
        output
        for output in outputs.showing(store, document.id)
        if settled.issuperset(collect.chosen_pages(output, document))
    ]
    return collect.write(store, document, whole, named=named)


def _document(store: Store, document_id: str, page: int) -> Document:
    document = store.document(document_id)
    if document is None:
        raise UsageError(f"the workspace {store.place} does not know the document {document_id}")
    if not 1 <= page <= document.pages:
        raise UsageError(f"the document has {document.pages} pages, none of them is page {page}")
    return document


def _read(store: Store, document: Document, page: int) -> PageResult | None:
    """Return what was read of a page, a reading that waits for its check or a better one too."""
    found = store.result(document.id, page)
    if found and not found.failed:
        return found
    return readings.stand_in(store.kept(document.id, page)) or found


def _plain(markdown: str) -> str:
    """Return a text as a form sends it, without the lines at its ends that are empty."""
    whole = markdown.encode("utf-8", "replace").decode()
    return whole.replace("\r\n", "\n").replace("\r", "\n").strip("\n")


def _shared(read: PageResult, text: str) -> tuple[bool, int]:
    """Return whether a reading says this text, and how many of the text's lines it has."""
    said = _plain(read.markdown or "")
    lines = Counter(filter(None, said.split("\n"))) & Counter(filter(None, text.split("\n")))
    return said == text, lines.total()


def _written(
    page: int, text: str, taken: PageResult | None, attempts: tuple[Attempt, ...]
) -> PageResult:
    """Return the result that a person's text is; `taken` is the reading that he took it from."""
    figures = taken.figures if taken else ()
    return PageResult(
        page=page,
        markdown=text,
        attempts=attempts,
        backend=PERSON,
        verdict=_verdict(text),
        rotation=taken.rotation if taken else 0,
        figures=tuple(figure for figure in figures if figure.name in text),
        margins=_margins(text, taken) if taken else (),
    )


def _verdict(text: str) -> Verdict:
    return Verdict.GOOD if text.strip() else Verdict.BLANK


def _margins(text: str, last: PageResult) -> tuple[Margin, ...]:
    """Return where the running heads and feet are now that the person left as they were."""
    before, after = (last.markdown or "").split("\n\n"), text.split("\n\n")
    found = [
        replace(margin, block=at)
        for margin in last.margins
        if 0 <= margin.block < len(before)
        and (at := _same(before, margin.block, after)) is not None
    ]
    return tuple(found)


def _same(before: Sequence[str], block: int, after: Sequence[str]) -> int | None:
    """Return where a block is that lies as far from the beginning, or the end, as before."""
    places = (block, len(after) - len(before) + block)
    return next((at for at in places if 0 <= at < len(after) and after[at] == before[block]), None)


def _keep(store: Store, document: Document, correction: Correction) -> None:
    """Keep a correction with those of its pictures that are still there."""
    result = correction.result
    found = {
        figure.sha256: content
        for figure in result.figures
        if (content := corrections.picture(store, document, result.page, figure)) is not None
    }
    kept = tuple(figure for figure in result.figures if figure.sha256 in found)
    corrections.keep(
        store, document, replace(correction, result=replace(result, figures=kept)), found
    )
