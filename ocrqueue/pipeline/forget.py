"""Documents leave a workspace: what was read of them, and their files where that is wanted."""

import shlex
from collections.abc import Collection

from ocrqueue.broker import queue_ops
from ocrqueue.broker.connection import Client
from ocrqueue.model.document import Document
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.model.errors.page import SourceChanged
from ocrqueue.pipeline.feeder import document_key
from ocrqueue.text.terminal import printable
from ocrqueue.workspace import corrections, outputs, paths, sources
from ocrqueue.workspace.output_files import OutputFiles
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store


def require_idle(chosen: list[Output], *, client: Client, store: Store) -> None:
    """Refuse while pages of these documents wait or are being read.

    Raises:
        UsageError: it names the first of them.
    """
    live = set(queue_ops.live_documents(client, store.address.key))
    for output in chosen:
        if output.document and document_key(store, output.document) in live:
            message = f"{output.shown} is still being read: wait, or `ocrqueue cancel` it first"
            raise UsageError(message)


def forget(output: Output, store: Store) -> None:
    """Remove what the workspace knows of an output, and of its document if no other one shows it.

    What people corrected stays, for whoever reads the same file again; so do the files that were
    written for the output.

    Raises:
        OSError: something cannot be removed.
    """
    document = store.document(output.document) if output.document else None
    record = store.output_path(output.key)
    # The lock stays, empty: who waits for it would hold a file that is gone.
    others = [record.with_suffix(f".{kind}").name for kind in ("written.json", "files")]
    with store.output_lock(output.key):
        store.files.remove(record, *others)
    if document is None:
        return
    folder = paths.document(store.place, document.id)
    store.files.remove(folder / "outputs" / output.key)
    if not any(True for _ in outputs.showing(store, document.id)):
        store.files.remove_folder(folder)


def settled_pages(store: Store, document: Document) -> tuple[set[int], set[int]]:
    """Return the pages that have a result, and those that failed, of a document that can be read.

    Pages that found it gone, here or where it was before, are forgotten: they can be read now.
    """
    accepted, failed = corrections.settled_pages(store, document)
    results = {page: store.result(document.id, page) for page in failed}
    gone = {page for page, one in results.items() if one and one.error == SourceChanged.code}
    for page in gone:
        store.forget_page(document.id, page)
    return accepted, failed - gone


def delete_files(output: Output, store: Store, named: Collection[str] = ()) -> list[str]:
    """Remove the files that were written for an output; return those that people changed.

    `named` are the output folders that the command named.

    Raises:
        UsageError: the files lie in another folder, which the record alone names.
        OSError: one cannot be removed.
    """
    if not outputs.is_told_as_ours(output):
        return []
    if not outputs.may_write(store, output, named):
        folder = printable(output.folder)
        message = (
            f"nothing is deleted in {folder}, which the command does not name: "
            f"say `-o {shlex.quote(folder)} --workspace {shlex.quote(str(store.place))}` "
            f"to delete the files of {printable(output.shown)} there"
        )
        raise UsageError(message)
    with store.output_lock(output.key):
        files = OutputFiles.of(store, output)
        files.remove_others(output.pages_folder, ())
        files.remove_others(output.assets_folder, ())
        files.remove(output.markdown)
        files.remove(output.ledger)  # the last: it says that the others are ours
    return [one.name for one in files.kept]


def discard_corrections(output: Output, store: Store) -> None:
    """Remove what people made of the pages of a document.

    Raises:
        OSError: one cannot be removed.
    """
    document = store.document(output.document) if output.document else None
    if document is not None:
        corrections.discard_all(store, document)


def has_corrections(output: Output, store: Store) -> bool:
    """Return whether people have corrected or accepted pages of the document."""
    document = store.document(output.document) if output.document else None
    return document is not None and bool(corrections.pages(store, document))


def left_behind(output: Output, store: Store) -> list[Output]:
    """Return the outputs of the same document whose inputs are gone: it was renamed or moved."""
    known = outputs.showing(store, output.document) if output.document else ()
    return [one for one in known if one.key != output.key and sources.is_gone(one.source)]
