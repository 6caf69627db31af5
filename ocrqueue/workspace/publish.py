"""Writing an output: the Markdown, the page files, the ledger; each appears only when whole."""

import contextlib
import json
import os
import secrets
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar
from urllib.parse import quote

from ocrqueue.model import failpoints
from ocrqueue.model.document import Document
from ocrqueue.model.errors.document import OutputNotWritten
from ocrqueue.model.errors.operator import Overtaken
from ocrqueue.model.failpoints import Point
from ocrqueue.model.page import PageResult, Verdict
from ocrqueue.model.place import Place
from ocrqueue.settings.schema import OnPageError, OutputSettings
from ocrqueue.text.compose import compose, compose_pages
from ocrqueue.text.compose_blocks import linked, without_figures
from ocrqueue.text.front_matter import FrontMatter
from ocrqueue.workspace import corrections, ledger, outputs
from ocrqueue.workspace.atomic import TEMPORARY, encode
from ocrqueue.workspace.ledger import DocumentProblem, Ledger
from ocrqueue.workspace.output_files import PICTURE_FILE, OutputFiles, digest_of
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store
from ocrqueue.workspace.written import FailedPage, PageNote, WrittenOutput

TURNS = 20  # of writing an output that others write too
_Told = TypeVar("_Told")


def publish(
    store: Store, output: Output, document: Document, settled: Callable[[], Sequence[PageResult]]
) -> bool:
    """Write an output from its settled pages, in order; return whether it was still wanted.

    `settled` returns the pages. It is called while nobody else writes the output, so that an older
    text never replaces what a person has corrected meanwhile.

    Raises:
        OutputNotWritten: its folder cannot be written, there is a link in it, or files not ours.
    """
    return _in_turn(output, lambda: _publish(store, output, document, settled))


def _publish(
    store: Store, output: Output, document: Document, settled: Callable[[], Sequence[PageResult]]
) -> bool:
    with store.output_lock(output.key), _noting_failure(store, output):
        known = outputs.find(store, output.key)
        now = known and replace(known, allow_remote=output.allow_remote, folder=output.folder)
        if now != output:
            return False  # it shows another document by now
        files = _begin(store, output)
        # Before the pages are read: what is corrected from here on makes the output out of date.
        corrected = corrections.digest(store, document.sha256)
        results = settled()
        style = OutputSettings.from_wire(output.style or {})
        pictures = {figure.sha256 for result in results for figure in result.figures}
        files.begin(pictures)
        results = [_with_pictures(files, document, result) for result in results]
        folder = quote(os.fsencode(output.assets_folder.name))
        front = FrontMatter.of(replace(document, source=output.shown), results)
        markdown = compose(linked(results, folder), style, front)
        texts = {} if markdown is None else {output.markdown: _spelled(markdown)}
        if style.split_pages and markdown is not None:
            pages = compose_pages(linked(results, f"../{folder}"), style, front) or {}
            texts |= {output.pages_folder / f"{n:04d}.md": _spelled(pages[n]) for n in pages}
        book = ledger.of_document(
            replace(document, source=output.source),
            results,
            selected=[result.page for result in results],
            all_or_nothing=style.on_page_error is OnPageError.FAIL_DOCUMENT,
        )
        told = replace(_written(output, book, markdown), corrections=corrected)
        _write(files, texts, book, told, pictures)
    return True


def refused(store: Store, output: Output) -> None:
    """Write the ledger of a document that cannot be read; what it said before is removed.

    Raises:
        OutputNotWritten: its folder cannot be written, there is a link in it, or files not ours.
    """
    _in_turn(output, lambda: _refused(store, output))


def _refused(store: Store, output: Output) -> None:
    problem = output.error or DocumentProblem(code="", message="")
    with store.output_lock(output.key), _noting_failure(store, output):
        files = _begin(store, output)
        book = ledger.of_failure(output.source, problem)
        _write(files, {}, book, _written(output, book, None))


def give_up_edits(store: Store, output: Output) -> None:
    """Let what lies there now be replaced by the next writing, whoever changed it.

    Only what lies there now: what somebody changes later is left alone again. An output that has
    nothing of the kind stays as it is.

    Raises:
        OutputNotWritten: a file cannot be read, or the workspace cannot be written.
    """
    with store.output_lock(output.key), _noting_failure(store, output):
        told = store.written(output.key)
        if told is None or not outputs.is_told_as_ours(output):
            return
        if OutputFiles.of(store, output).give_up() or told.kept:
            store.save_written(output.key, replace(told, fingerprint=""))


def reopen(store: Store, output: Output) -> None:
    """Say that what was written for an output is out of date: pages of it are read again."""
    with store.output_lock(output.key):
        told = store.written(output.key)
        if told is not None and told.fingerprint == output.fingerprint:
            store.save_written(output.key, replace(told, fingerprint=""))


def note(store: Store, output: Output, failure: OutputNotWritten) -> None:
    """Write down why an output is not written, where that at least is possible."""
    with contextlib.suppress(OSError):
        before = store.written(output.key) or WrittenOutput()
        told = WrittenOutput(problem=DocumentProblem.of(failure), sha256=before.sha256)
        store.save_written(output.key, told)


def _in_turn(output: Output, write: Callable[[], _Told]) -> _Told:
    """Write an output; begin anew where another process was quicker, as what it wrote may be newer.

    Raises:
        OutputNotWritten: that goes on and on, or it cannot be written.
    """
    for _ in range(TURNS):
        with contextlib.suppress(Overtaken):
            return write()
        time.sleep(secrets.randbelow(1000) / 1000)  # so that two do not go on crossing
    raise OutputNotWritten(f"{output.markdown} is written by other processes again and again")


@contextlib.contextmanager
def _noting_failure(store: Store, output: Output) -> Iterator[None]:
    """Write down why an output cannot be written."""
    try:
        yield
    except OSError as error:
        failure = OutputNotWritten(f"{output.markdown} cannot be written: {error.strerror}")
        failure.__cause__ = error
    except OutputNotWritten as error:
        failure = error
    else:
        return
    note(store, output, failure)
    raise failure


def _begin(store: Store, output: Output) -> OutputFiles:
    """Leave a mark that the files which appear now are ours: the ledger, which says so, comes last.

    Raises:
        OutputNotWritten: there are files that are not ours.
    """
    outputs.require_ours(store, output)
    was_begun = output.files.is_taken(output.begun)
    if not outputs.is_told_as_ours(output):
        output.files.remove(output.begun)  # torn: its writer was killed
        output.files.write_once(output.begun, encode({"source": output.source}))
    files = OutputFiles.of(store, output)
    if was_begun or files.begun:  # else nothing is left of anybody, and looking costs a listing
        _clear_temporaries(output)
    return files


def _write(
    files: OutputFiles,
    texts: Mapping[Place, bytes],
    book: Ledger,
    told: WrittenOutput,
    pictures: Collection[str] = (),
) -> None:
    """Write the ledger last: where it stands, the Markdown beside it is whole."""
    output = files.output
    digests = {*pictures, *map(digest_of, texts.values())}
    others = tuple(sorted(digests - {told.sha256}))
    book = replace(book, markdown_sha256=told.sha256, files_sha256=others)
    listed = json.dumps(book.to_wire(), ensure_ascii=True, indent=1) + "\n"
    ledger_text = listed.encode("ascii")
    digests.add(digest_of(ledger_text))
    files.begin(digests)
    for path, content in texts.items():
        files.put(path, content)
    if not told.markdown:
        files.remove(output.markdown)
    of_pages = {path.name for path in texts if path.parent == output.pages_folder}
    files.remove_others(output.pages_folder, of_pages)
    files.remove_others(output.assets_folder, told.figures)
    failpoints.at(Point.DOCUMENT_WRITTEN)
    files.put(output.ledger, ledger_text)
    output.files.remove(output.begun)
    files.tell(replace(told, kept=tuple(files.kept)))
    files.settle(digests)


def _written(output: Output, book: Ledger, markdown: str | None) -> WrittenOutput:
    failed = tuple(
        FailedPage(page=page["page"], error=page.get("error", ""), message=page.get("message", ""))
        for page in book.results
        if page["state"] == "failed"
    )
    told = WrittenOutput(
        fingerprint=output.fingerprint,
        state=book.state,
        counts=book.counts,
        failed=failed,
        doubts=_notes(book, Verdict.DOUBTFUL),
        blanks=_notes(book, Verdict.BLANK),
        remote=book.remote,
    )
    if markdown is None:
        return told
    return replace(
        told,
        markdown=True,
        sha256=digest_of(_spelled(markdown)),
        figures=tuple(fig["name"] for page in book.results for fig in page.get("figures", ())),
    )


def _notes(book: Ledger, verdict: Verdict) -> tuple[PageNote, ...]:
    return tuple(
        PageNote(page=page["page"], message=page.get("reason", ""))
        for page in book.results
        if page.get("verdict") == verdict
    )


def _spelled(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _with_pictures(files: OutputFiles, document: Document, result: PageResult) -> PageResult:
    """Write a page's figures, one at a time; return the page without those that are lost."""
    lost = []
    for figure in result.figures:
        picture = corrections.picture(files.store, document, result.page, figure)
        if picture is None or not PICTURE_FILE.fullmatch(figure.name):
            lost.append(figure.name)
            continue
        files.put(files.output.assets_folder / figure.name, picture)
    return without_figures(result, lost)


def _clear_temporaries(output: Output) -> None:
    """Remove what a killed writer of this output left; the lock says that no other one is alive."""
    stem = output.markdown.name.removesuffix(".md")
    starts = tuple(f"{TEMPORARY}{stem}{ending}"[:100] for ending in (".md", ".json"))
    for left in output.files.unfinished(output.markdown.parent, ""):
        if left.name.startswith(starts):
            output.files.remove(left)
