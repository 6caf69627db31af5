"""Files in, page jobs out: identify each input, see what is missing, queue just that.

Streams: one input is looked at after another, nothing is kept of it but its entry. Safe to run
twice, and by two producers at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from ocrqueue.inputs import fingerprint
from ocrqueue.inputs.walk import Found
from ocrqueue.model.document import Counted, Document, spell_pages
from ocrqueue.model.errors.document import (
    DocumentError,
    MayNotLeave,
    NoPages,
    OutputNotWritten,
    TooManyPages,
)
from ocrqueue.pipeline import forget, privacy
from ocrqueue.pipeline.entry import Action, Entry
from ocrqueue.pipeline.feeder import Feeds, withdraw_unwanted
from ocrqueue.pipeline.order import Order
from ocrqueue.workspace import claims, corrections, outputs, publish, sources
from ocrqueue.workspace.ledger import DocumentProblem
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store


class PageCounter(Protocol):
    """What counts pages: `ocrqueue.render.Renderer`."""

    def count(self, source: Path, *, passwords: Sequence[str] = ()) -> Counted:
        """Count the pages of a file."""
        ...


def enqueue(
    inputs: Iterable[Found], order: Order, *, store: Store, counter: PageCounter, feeder: Feeds
) -> Iterator[Entry]:
    """Queue what is missing of each input and yield what was done.

    A document that cannot be read costs an entry and a ledger, never the batch.
    """
    for found in inputs:
        yield _enqueue(found, order, store=store, counter=counter, feeder=feeder)
    feeder.finish()


def preview(
    inputs: Iterable[Found], wanted: Order, *, store: Store, counter: PageCounter
) -> Iterator[Entry]:
    """Yield what `enqueue` would do; writes nothing and needs no server."""
    for found in inputs:
        try:
            order = wanted.of_input(found)
            output = claims.preview(store, found, order.folder)
        except (MayNotLeave, OutputNotWritten) as error:
            yield Entry.refused(error, source=str(found.source))
            continue
        try:
            output, document, chosen, _ = _identify(output, order, store, counter)
        except DocumentError as error:
            yield Entry.refused(error, source=output.source, key=output.key)
            continue
        settled = _settled(store, document, order)
        yield _entry(output, chosen, settled, store)


def choose(total: int, order: Order) -> list[int]:
    """Return the pages to read, sorted.

    Raises:
        NoPages: none is left.
        TooManyPages: more than the limit.
    """
    chosen: Sequence[int] = range(1, total + 1)
    if order.selection is not None:
        chosen = order.selection.resolve(total)
    chosen = chosen[: order.first]
    if not chosen:
        raise NoPages(f"none of the pages {order.selection} is among its {total}")
    if len(chosen) > order.max_pages:
        message = f"{len(chosen):,} pages are to be read; the limit is {order.max_pages:,}"
        raise TooManyPages(message)
    return list(chosen)


def _enqueue(
    found: Found, order: Order, *, store: Store, counter: PageCounter, feeder: Feeds
) -> Entry:
    try:
        order = order.of_input(found)
        claimed = claims.claim(store, found, order.folder)
        if order.overwrite:
            publish.give_up_edits(store, claimed)
    except (MayNotLeave, OutputNotWritten) as error:
        return Entry.refused(error, source=str(found.source))
    try:
        output, document, chosen, password = _identify(claimed, order, store, counter)
        _keep(store, document, output, password)
    except DocumentError as error:
        return _refuse(claimed, error, order, store)
    output = output.confirm()
    store.save_output(output.key, output.to_wire(), document.id)
    is_changed = output.allow_remote != claimed.allow_remote
    if is_changed and any(step.remote for step in document.reading.route):
        privacy.log_change(output)
    if order.force:
        corrections.forget_pages(store, document, set(chosen) - _kept(store, document, order))
    settled = forget.settled_pages(store, document)
    entry = _entry(output, chosen, settled, store)
    if entry.action is not Action.UNCHANGED:
        known = settled[0] | settled[1]
        missing = [page for page in chosen if page not in known]
        if missing:
            publish.reopen(store, output)
        withdrawn = withdraw_unwanted(claimed.document, document, store, feeder)
        queued = feeder.feed(document, missing, shown=output.shown)
        entry = replace(entry, queued=queued, withdrawn=withdrawn)
    return entry


def _keep(store: Store, document: Document, output: Output, password: str | None) -> None:
    """Keep what workers need: the file, where they may not see it, the manifest, the password."""
    sources.keep(store, document, output.stamp)
    if document != store.document(document.id):
        store.save_document(document)
    if password is not None:
        store.save_password(document.id, password)


def _settled(store: Store, document: Document, order: Order) -> tuple[set[int], set[int]]:
    """Return the pages that would be accepted, and those that would have failed before."""
    if order.force:
        return _kept(store, document, order), set()
    return corrections.settled_pages(store, document)


def _kept(store: Store, document: Document, order: Order) -> set[int]:
    """Return the pages that are not read again, whatever else is: people have worked on them."""
    return set() if order.discard_corrections else corrections.pages(store, document)


def _identify(
    output: Output, order: Order, store: Store, counter: PageCounter
) -> tuple[Output, Document, list[int], str | None]:
    """Return what an input is by now: output, document, chosen pages, and a new one's password.

    Raises:
        DocumentError: it is no document that can be read, or has none of the pages.
    """
    password = None
    sha256, stamp = sources.digest(output.source, known=(output.sha256, output.stamp))
    document = store.document(fingerprint.document_id(sha256, order.reading))
    if document is None:
        path, seen = sources.opened(output.source, sha256, stamp)
        counted = counter.count(path, passwords=order.passwords)
        password = counted.password
        document = fingerprint.document_of(
            path, sha256=sha256, stamp=seen, counted=counted, reading=order.reading
        )
    document = document.found_at(
        output.source, stamp[1], order.reading, **outputs.root_of(output, order.roots)
    )
    chosen = choose(document.pages, order)
    output = replace(
        output,
        document=document.id,
        pages="" if len(chosen) == document.pages else spell_pages(chosen),
        style=order.style,
        stamp=stamp,
        sha256=sha256,
        error=None,
        asked=None,
        allow_remote=order.allow_remote,
    )
    return output, document, chosen, password


def _refuse(output: Output, error: DocumentError, order: Order, store: Store) -> Entry:
    """Write down why a document cannot be read: no page of it will ever be queued."""
    problem, asked = DocumentProblem.of(error), order.to_asked()
    output = replace(output, document=None, error=problem, stamp=(), sha256="", pages="")
    output = replace(output, style=order.style, asked=asked).confirm()
    store.save_output(output.key, output.to_wire(), None)
    try:
        publish.refused(store, output)
    except OutputNotWritten as unwritten:
        error = unwritten
    return Entry.refused(error, source=output.source, key=output.key)


def _entry(
    output: Output, chosen: Sequence[int], settled: tuple[set[int], set[int]], store: Store
) -> Entry:
    accepted, failed = settled
    reused = sum(page in accepted for page in chosen)
    failed_before = sum(page in failed for page in chosen)
    missing = len(chosen) - reused - failed_before
    if missing:
        action = Action.QUEUED
    elif outputs.is_written(store, output):
        action = Action.UNCHANGED
    else:
        action = Action.ASSEMBLE
    return Entry(
        source=output.source,
        key=output.key,
        action=action,
        pages=len(chosen),
        queued=missing,
        reused=reused,
        failed_before=failed_before,
    )
