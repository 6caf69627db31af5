"""Writing an output: the Markdown, the page files, the ledger; each appears only when whole."""

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from ocrqueue.model import failpoints
from ocrqueue.model.document import Document
from ocrqueue.model.errors.document import OutputNotWritten
from ocrqueue.model.failpoints import Point
from ocrqueue.model.page import PageResult
from ocrqueue.settings.schema import OnPageError, OutputSettings
from ocrqueue.text import stand_in
from ocrqueue.text.compose import compose, compose_pages
from ocrqueue.text.compose_blocks import linked, without_figures
from ocrqueue.text.front_matter import FrontMatter
from ocrqueue.workspace import corrections, descriptors, ledger, outputs
from ocrqueue.workspace.atomic import TEMPORARY, write_json, write_whole
from ocrqueue.workspace.ledger import DocumentProblem, Ledger
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store
from ocrqueue.workspace.written import FailedPage, Notice, WrittenOutput

SHOWN_NOTICES = 20  # of a document, in summaries
_PAGE_FILE = re.compile(r"(?<![0-9])[0-9]{4,}+\.md")
_PICTURE_FILE = re.compile(r"p[0-9]{4,}-[0-9]{1,3}\.png")
_UNFINISHED = re.compile(rf"{re.escape(TEMPORARY)}(.+)-[0-9]+-[0-9a-f]{{8}}")


def publish(
    store: Store, output: Output, document: Document, results: Sequence[PageResult]
) -> bool:
    """Write an output from its settled pages, in order; return whether it was still wanted.

    Raises:
        OutputNotWritten: its folder cannot be written, there is a link in it, or files not ours.
    """
    with store.output_lock(output.key), _noting_failure(store, output):
        known = outputs.find(store, output.key)
        if known is None or replace(known, allow_remote=output.allow_remote) != output:
            return False  # it shows another document by now
        _begin(store, output)
        corrected = corrections.digest(store, document.sha256)
        style = OutputSettings.from_wire(output.style or {})
        shown = replace(document, source=output.shown)
        front = FrontMatter.of(shown, results)
        results = [_with_pictures(store, output, document, result) for result in results]
        folder = quote(os.fsencode(output.assets_folder.name))
        markdown = compose(linked(results, folder), style, front)
        pages = None
        if style.split_pages:
            pages = compose_pages(linked(results, f"../{folder}"), style, front)
        _write_text(output, markdown)
        _write_pages(output, pages or {})
        _remove_other_pictures(output, results if markdown is not None else [])
        failpoints.at(Point.DOCUMENT_WRITTEN)
        book = ledger.of_document(
            replace(document, source=output.source),
            results,
            selected=[result.page for result in results],
            all_or_nothing=style.on_page_error is OnPageError.FAIL_DOCUMENT,
        )
        _finish(store, output, book, markdown, corrected)
    return True


def refused(store: Store, output: Output) -> None:
    """Write the ledger of a document that cannot be read; what it said before is removed.

    Raises:
        OutputNotWritten: its folder cannot be written, there is a link in it, or files not ours.
    """
    problem = output.error or DocumentProblem(code="", message="")
    with store.output_lock(output.key), _noting_failure(store, output):
        _begin(store, output)
        _write_text(output, None)
        _write_pages(output, {})
        _remove_other_pictures(output, [])
        book = ledger.of_failure(output.source, problem)
        _finish(store, output, book, None, "")


def note(store: Store, output: Output, failure: OutputNotWritten) -> None:
    """Write down why an output is not written, where that at least is possible."""
    with contextlib.suppress(OSError):
        store.save_unwritten(output.key, DocumentProblem.of(failure))


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


def _begin(store: Store, output: Output) -> None:
    """Leave a mark that the files which appear now are ours: the ledger, which says so, comes last.

    Raises:
        OutputNotWritten: there are files that are not ours.
    """
    outputs.require_ours(store, output)
    if not outputs.is_told_as_ours(output):
        write_json(output.begun, {"source": output.source}, below=_root(output))


def _finish(
    store: Store, output: Output, book: Ledger, markdown: str | None, corrected: str
) -> None:
    """Write the ledger last: where it stands, the Markdown beside it is whole."""
    content = json.dumps(book.to_wire(), ensure_ascii=True, indent=1) + "\n"
    write_whole(output.ledger, content.encode("ascii"), below=_root(output))
    _clear_temporaries(output)
    told = replace(_written(output, book, markdown), corrections=corrected)
    store.save_written(output.key, told)


def _written(output: Output, book: Ledger, markdown: str | None) -> WrittenOutput:
    failed = tuple(
        FailedPage(page=page["page"], error=page.get("error", ""), message=page.get("message", ""))
        for page in book.results
        if page["state"] == "failed"
    )
    notices = [
        Notice(page=page["page"], message=page["reason"])
        for page in book.results
        if page.get("reason", "").startswith(stand_in.BEGINS)
    ]
    told = WrittenOutput(
        fingerprint=output.fingerprint,
        state=book.state,
        counts=book.counts,
        failed=failed,
        doubtful=tuple(p["page"] for p in book.results if p.get("verdict") == "doubtful"),
        notices=tuple(notices[:SHOWN_NOTICES]),
        remote=book.remote,
    )
    if markdown is None:
        return told
    return replace(
        told,
        markdown=True,
        sha256=hashlib.sha256(_spelled(markdown)).hexdigest(),
        figures=tuple(fig["name"] for page in book.results for fig in page.get("figures", ())),
    )


def _root(output: Output) -> Path:
    return Path(output.folder)


def _spelled(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _write_text(output: Output, markdown: str | None) -> None:
    if markdown is None:
        descriptors.remove(output.markdown, below=_root(output))
    else:
        write_whole(output.markdown, _spelled(markdown), below=_root(output))


def _write_pages(output: Output, pages: dict[int, str]) -> None:
    names = {f"{page:04d}.md": text for page, text in pages.items()}
    for name, text in names.items():
        write_whole(output.pages_folder / name, _spelled(text), below=_root(output))
    _remove_others(output.pages_folder, set(names), _PAGE_FILE, below=_root(output))


def _with_pictures(
    store: Store, output: Output, document: Document, result: PageResult
) -> PageResult:
    """Write a page's figures, one at a time; return the page without those that are lost."""
    lost = []
    for figure in result.figures:
        picture = corrections.picture(store, document, result.page, figure)
        if picture is None or not _PICTURE_FILE.fullmatch(figure.name):
            lost.append(figure.name)
            continue
        write_whole(output.assets_folder / figure.name, picture, below=_root(output))
    return without_figures(result, lost)


def _remove_other_pictures(output: Output, shown: Sequence[PageResult]) -> None:
    kept = {figure.name for result in shown for figure in result.figures}
    _remove_others(output.assets_folder, kept, _PICTURE_FILE, below=_root(output))


def _remove_others(folder: Path, kept: set[str], ours: re.Pattern[str], *, below: Path) -> None:
    """Remove what was there before; files that are not named as ours are none of ours."""
    if folder.is_symlink() or not folder.is_dir():
        return
    for left in folder.iterdir():
        unfinished = _UNFINISHED.fullmatch(left.name)
        name = unfinished[1] if unfinished else left.name
        if ours.fullmatch(name) and (unfinished or name not in kept):
            descriptors.remove(left, below=below)
    if not kept:
        with contextlib.suppress(OSError):  # something else lies there too
            descriptors.remove_empty(folder, below=below)


def _clear_temporaries(output: Output) -> None:
    """Remove what a killed writer of this output left; the lock says that no other one is alive."""
    stem = output.markdown.name.removesuffix(".md")
    starts = tuple(f"{TEMPORARY}{stem}{ending}"[:100] for ending in (".md", ".json"))
    for left in output.markdown.parent.glob(f"{TEMPORARY}*"):
        if left.name.startswith(starts) or output.begun.name in left.name:
            descriptors.remove(left, below=_root(output))
