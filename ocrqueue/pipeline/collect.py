"""Settled pages become documents on disk. May start late, stop, and start again."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial

from ocrqueue import logs
from ocrqueue.broker import document_record, page_job
from ocrqueue.inputs.page_selection import parse_pages
from ocrqueue.model import failpoints, readings
from ocrqueue.model.document import Document
from ocrqueue.model.errors.document import OutputNotWritten
from ocrqueue.model.errors.page import ResultMissing
from ocrqueue.model.failpoints import Point
from ocrqueue.model.page import PageResult
from ocrqueue.pipeline import job_document, on_done, sight, tally
from ocrqueue.workspace import buckets, corrections, outputs, publish
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store


def collect(store: Store, document: Document, *, named: Collection[str] = ()) -> list[Output]:
    """Write every output that shows this document; return those that were written.

    As `write`.

    Raises:
        OutputNotWritten: the last of those that could not be written.
        OSError: the workspace cannot be written.
    """
    return write(store, document, outputs.showing(store, document.id), named=named)


def write(
    store: Store, document: Document, shown: Iterable[Output], *, named: Collection[str] = ()
) -> list[Output]:
    """Write outputs that show a document; return those that were written.

    `named` are the output folders that commands named for this workspace.

    A chosen page without a result (the workspace was tampered with, a producer died half-way) is
    written down as failed: nothing is silently missing. An output that cannot be written does not
    hold up the others.

    Raises:
        OutputNotWritten: the last of those that could not be written.
        OSError: the workspace cannot be written.
        WorkspaceUnusable: it is not there any more.
    """
    written = []
    failure: OutputNotWritten | None = None
    for output in shown:
        if not outputs.may_write(store, output, named):
            message = f"{output.folder} is no output folder that a command named here"
            failure = OutputNotWritten(message)
            publish.note(store, output, failure)
            continue
        buckets.name(output.place)
        settled = partial(_settled_pages, store, document, chosen_pages(output, document))
        try:
            if publish.publish(store, output, document, settled):
                written.append(output)
        except OutputNotWritten as error:
            failure = error
        tally.note(store, output.key)
    store.clear_temporaries(document.id)
    if failure is not None:
        raise failure
    return written


def collect_document(workspace: str, document_id: str) -> dict[str, int]:
    """Assemble a document from its page results; called by RQ in the collector.

    Raises:
        LeftToOthers: this process does not see the workspace.
    """
    with sight.required(workspace) as store:
        document = job_document.known(store, document_id)
        failpoints.at(Point.DOCUMENT_COLLECTING)
        job = page_job.current()
        named = document_record.named_folders(job.connection, job.document) if job else ()
        here = partial(job_document.folder_here, address=workspace, store=store)
        known = outputs.showing(store, document.id)
        shown = [replace(one, folder=here(one.folder)) for one in known]
        with on_done.noted(job, store, shown, workspace):
            written = write(store, document, shown, named=[*map(here, named)])
    failpoints.at(Point.DOCUMENT_TOLD)
    logs.emit(
        logs.Event.DOCUMENT_COLLECTED,
        document=document.id,
        source=document.source,
        outputs=len(written),
    )
    return {"outputs": len(written)}


def chosen_pages(output: Output, document: Document) -> Sequence[int]:
    """Return the pages that an output shows, sorted."""
    if not output.pages:
        return range(1, document.pages + 1)
    return parse_pages(output.pages).resolve(document.pages)


def _settled_pages(store: Store, document: Document, chosen: Sequence[int]) -> Sequence[PageResult]:
    known = corrections.lookup(store, document)
    return [known(page) or _without_result(store, document, page) for page in chosen]


def _without_result(store: Store, document: Document, page: int) -> PageResult:
    if kept := readings.stand_in(store.kept(document.id, page)):
        return store.accept(document.id, kept)
    Store.open(store.place)  # where it is out of sight nothing is missing
    error = ResultMissing("no result was found in the workspace")
    # Not written down: to the next run it is a page that nobody has read yet.
    store.drop_unreadable(document.id, page)
    return PageResult(page=page, markdown=None, error=error.code, message=str(error))
