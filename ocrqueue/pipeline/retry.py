"""Reading failed pages again, and taking pages back: what a user does to documents by name."""

from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePath

from ocrqueue.broker import counts, queue_ops, scripts
from ocrqueue.broker.connection import Client
from ocrqueue.inputs.walk import Found
from ocrqueue.model import routing
from ocrqueue.model.document import Document, Reading
from ocrqueue.model.errors.document import DocumentError, MayNotLeave, NotNamed
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.model.errors.page import Cancelled
from ocrqueue.model.page import Attempt, Verdict
from ocrqueue.model.place import place_of
from ocrqueue.pipeline import collect, privacy
from ocrqueue.pipeline.entry import Action, Entry
from ocrqueue.pipeline.feeder import Feeds, document_key
from ocrqueue.pipeline.order import Order
from ocrqueue.settings.schema_storage import WORKSPACE_NAME
from ocrqueue.workspace import buckets, corrections, outputs, publish, sources
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store

FAILED: Container[Verdict | None] = (None,)
DOUBTFUL_TOO: Container[Verdict | None] = (None, Verdict.DOUBTFUL)


def named(store: Store, names: Sequence[str]) -> Iterator[Output]:
    """Yield the outputs that the names mean; all of them without names.

    A name is an input or output path, absolute or as it is shown, or the beginning (8 or more
    characters) of a document's id.

    Raises:
        UsageError: a name means nothing here.
    """
    missing = set(names)
    for key, record in store.outputs():
        output = outputs.of_record(key, record)
        if output is None:
            continue
        output = _where_it_lies(output, store)
        meant = {name for name in names if _means(name, output)}
        missing -= meant
        if meant or not names:
            yield output
    if missing:
        said = ", ".join(sorted(missing))
        raise UsageError(f"no document here is called {said}: `ocrqueue status --all` lists them")


def worth_it(
    chosen: Sequence[Output], store: Store, of: Container[Verdict | None] = FAILED
) -> list[Output]:
    """Return the outputs that retrying can better: refused, not written, with pages of these kinds.

    `of` has the verdicts of pages that are read again; None: they failed.
    """
    return [output for output in chosen if output.error or not _is_whole(output, store, of)]


def retry(
    chosen: Sequence[Output],
    *,
    store: Store,
    feeder: Feeds,
    of: Container[Verdict | None] = FAILED,
    reading: Reading | None = None,
) -> Iterator[Entry]:
    """Queue pages of documents again; documents without any of these kinds are left alone.

    `reading` has the route and the engines that read now; None: those of the document. A doubtful
    text stays until there is a better one. What people wrote stays as well. A file that no command
    of this user named is not read, whatever the workspace says.
    """
    for output in chosen:
        if not output.is_confirmed:
            why = f"no command of yours named {output.source}, only the workspace does"
            yield _left_alone(output, NotNamed(f"{why}. {NotNamed.remedy}"))
            continue
        document = store.document(output.document) if output.document else None
        if document is None:
            continue
        if reading is not None:
            document = replace(document, reading=_read_by(document.reading, reading))
        document = _as_named(document, output, store)
        route, may_leave = document.reading.route, privacy.may_leave(store, document.id)
        if routing.first_step(route, may_leave=may_leave) is None:
            why = f"{output.shown} may not leave this machine, and nobody here may read it"
            yield _left_alone(output, MayNotLeave(why))
            continue
        wanted = list(collect.chosen_pages(output, document))
        if Verdict.DOUBTFUL in of:
            _set_doubtful_aside(store, document, wanted)
        accepted, failed = corrections.settled_pages(store, document)
        missing = [page for page in wanted if page not in accepted]
        if not missing and outputs.is_written(store, output):
            continue
        for page in failed.intersection(wanted):
            store.forget_page(document.id, page)
        if missing:
            publish.reopen(store, output)
        queued = feeder.feed(document, missing, shown=output.shown)
        yield Entry(
            source=output.source,
            key=output.key,
            action=Action.QUEUED,
            pages=len(wanted),
            queued=queued,
            reused=len(wanted) - len(missing),
        )
    feeder.finish()


def backends(chosen: Sequence[Output], store: Store) -> list[str]:
    """Return the backends that may read pages of these documents, each once."""
    documents = [store.document(output.document) for output in chosen if output.document]
    routes = [document.reading.route for document in documents if document is not None]
    asked = (_first_reading(output) for output in chosen)
    routes += [reading.route for reading in asked if reading is not None]
    return list(dict.fromkeys(step.backend for route in routes for step in route))


def may_any_leave(chosen: Sequence[Output], store: Store) -> bool:
    """Return whether pages of one of these documents may leave this machine."""
    return any(privacy.may_leave(store, one.document) for one in chosen if one.document)


def refused(chosen: Sequence[Output]) -> list[Found]:
    """Return the inputs that could not be read as documents: retrying means enqueueing anew."""
    return [
        Found(source=place_of(output.source), relative=PurePath(output.shown))
        for output in chosen
        if output.error is not None and output.is_confirmed
    ]


def as_first_asked(order: Order, chosen: Sequence[Output], reading: Reading | None) -> Order:
    """Return the order for inputs that could not be read: each gets what was asked of it first.

    `reading` has the route and the engines that read now; None: those of then.
    """
    refused = {output.source: output for output in chosen if output.error and output.asked}

    def adapt(now: Order, found: Found) -> Order:
        now = order.adapt(now, found)
        output = refused.get(str(found.source))
        if output is None or output.asked is None:
            return now
        with suppress(KeyError, TypeError, ValueError, UsageError):
            then = now.as_asked(output.asked)
            style = dict(output.style or now.style)
            told = then.reading if reading is None else _read_by(then.reading, reading)
            return replace(then, reading=told, style=style)
        return now

    return replace(order, adapt=adapt)


def has_input(output: Output) -> bool:
    """Return whether the file that an output is of is where it was."""
    return not sources.is_gone(output.source)


def cancel(chosen: Sequence[Output], *, client: Client, store: Store, now: str) -> int:
    """Take back the pages that nobody has begun; return how many there were.

    They count as failed, with that reason; `retry` reads them after all.
    """
    cancelled = 0
    for document_id in {output.document for output in chosen if output.document}:
        key = document_key(store, document_id)
        pending = queue_ops.pages_in(client, key, "pending")
        for page, attempts in queue_ops.withdraw(client, key, pending).items():
            taken = Attempt.ended_by(Cancelled("it was cancelled"), at=now)
            kept = store.settle_failed(document_id, page, [*attempts, taken])
            cancelled += taken in kept.attempts
            scripts.settle(client, key, page, kept.state, counts.of(kept))
    return cancelled


def _where_it_lies(output: Output, store: Store) -> Output:
    """Return the output in the folder in which its workspace lies, where both were moved.

    That folder is the one which the command named.
    """
    here = replace(output, folder=str(store.place.parent))
    if output == here or store.place.name != WORKSPACE_NAME:
        return output
    is_there = buckets.is_named(output.place) and output.files.is_taken(output.place)
    return output if is_there and not outputs.is_told_as_ours(here) else here


def _as_named(document: Document, output: Output, store: Store) -> Document:
    """Return the document with a source that commands named, and let the workspace say so too."""
    store.save_output(output.key, output.to_wire(), document.id)
    known = (outputs.find(store, key) for key in store.outputs_of(document.id))
    if document.source not in {one.source for one in known if one and one.is_confirmed}:
        told = outputs.root_of(output, ())
        document = document.found_at(output.source, output.mtime_ns, document.reading, **told)
    if document != store.document(document.id):
        store.save_document(document)
    return document


def _set_doubtful_aside(store: Store, document: Document, pages: Iterable[int]) -> None:
    """Let doubtful pages be read again; what they say now is kept in case nobody does better."""
    corrected = corrections.pages(store, document)
    for page in pages:
        found = None if page in corrected else store.result(document.id, page)
        if found is not None and found.verdict is Verdict.DOUBTFUL:
            store.set_aside(document.id, found)


def _first_reading(output: Output) -> Reading | None:
    """Return how an input that could not be read was to be read; None: that is not known."""
    with suppress(KeyError, TypeError, ValueError):
        return Reading.from_wire(output.asked["reading"]) if output.asked else None
    return None


def _read_by(then: Reading, now: Reading) -> Reading:
    return replace(then, route=now.route, engines=now.engines)


def _left_alone(output: Output, error: DocumentError) -> Entry:
    return Entry.refused(error, source=output.source, key=output.key)


def _is_whole(output: Output, store: Store, of: Container[Verdict | None]) -> bool:
    told = store.written(output.key)
    if told is None or not outputs.is_written(store, output):
        return False
    has_doubtful = Verdict.DOUBTFUL in of and told.counts.doubtful
    return not told.failed and not has_doubtful


def _means(name: str, output: Output) -> bool:
    path = str(Path(name).absolute())
    known = {output.source, output.shown, output.name, str(output.markdown), str(output.ledger)}
    by_id = len(name) >= 8 and (output.document or "").startswith(name)  # noqa: PLR2004 - see above
    return name in known or path in known or by_id
