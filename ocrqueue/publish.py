"""Writing an output: the Markdown, the page files, the ledger; each appears only when whole."""

import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ocrqueue import faults, ledger, outputs
from ocrqueue.assemble import FrontMatter, OnPageError, OutputStyle, compose, compose_pages
from ocrqueue.errors import OutputNotWritten
from ocrqueue.faults import Point
from ocrqueue.files import TEMPORARY, write_whole
from ocrqueue.ledger import Ledger, Problem
from ocrqueue.model import Document, PageResult
from ocrqueue.outputs import Output
from ocrqueue.store import Store

_PAGE_FILE = re.compile(r"[0-9]{4,}\.md")


def publish(
    store: Store, output: Output, document: Document, results: Sequence[PageResult]
) -> bool:
    """Write an output from its settled pages, in order; return whether it was still wanted.

    Raises:
        OutputNotWritten: its folder cannot be written, or a link there leads out of it.
    """
    with store.output_lock(output.key), _noting_failure(store, output):
        if outputs.find(store, output.key) != output:  # it shows another document by now
            return False
        style = OutputStyle.from_wire(output.style or {})
        shown = replace(document, source=output.shown)
        front = FrontMatter.of(shown, results)
        markdown = compose(results, style, front)
        pages = compose_pages(results, style, front) if style.split_pages else None
        _write_text(output, markdown)
        _write_pages(output, pages or {})
        faults.at(Point.DOCUMENT_WRITTEN)
        book = ledger.of_document(
            replace(document, source=output.source),
            results,
            selected=[result.page for result in results],
            all_or_nothing=style.on_page_error is OnPageError.FAIL_DOCUMENT,
        )
        _finish(store, output, book, has_markdown=markdown is not None)
    return True


def refused(store: Store, output: Output) -> None:
    """Write the ledger of a document that cannot be read; what it said before is removed.

    Raises:
        OutputNotWritten: its folder cannot be written, or a link there leads out of it.
    """
    problem = Problem(**(output.error or {"code": "", "message": ""}))
    with store.output_lock(output.key), _noting_failure(store, output):
        _write_text(output, None)
        _write_pages(output, {})
        book = ledger.of_failure(output.source, problem)
        _finish(store, output, book, has_markdown=False)


@contextlib.contextmanager
def _noting_failure(store: Store, output: Output) -> Iterator[None]:
    """Write down why an output cannot be written, where that at least is possible."""
    try:
        yield
    except OSError as error:
        failure = OutputNotWritten(f"{output.markdown} cannot be written: {error.strerror}")
        failure.__cause__ = error
    except OutputNotWritten as error:
        failure = error
    else:
        return
    with contextlib.suppress(OSError):
        store.save_unwritten(output.key, asdict(Problem.of(failure)))
    raise failure


def _finish(store: Store, output: Output, book: Ledger, *, has_markdown: bool) -> None:
    """Write the ledger last: where it stands, the Markdown beside it is whole."""
    content = json.dumps(book.to_wire(), ensure_ascii=True, indent=1) + "\n"
    write_whole(output.ledger, content.encode("ascii"))
    _clear_temporaries(output)
    store.save_written(output.key, _summary(output, book, has_markdown=has_markdown))


def _summary(output: Output, book: Ledger, *, has_markdown: bool) -> dict[str, Any]:
    failed = [
        {"page": page["page"], "error": page.get("error", ""), "message": page.get("message", "")}
        for page in book.results
        if page["state"] == "failed"
    ]
    doubtful = [page["page"] for page in book.results if page.get("verdict") == "doubtful"]
    return {
        "fingerprint": output.fingerprint,
        "state": book.state,
        "counts": asdict(book.counts),
        "failed": failed,
        "doubtful": doubtful,
        "markdown": has_markdown,
    }


def _write_text(output: Output, markdown: str | None) -> None:
    _enter(output.markdown.parent, Path(output.folder))
    if markdown is None:
        output.markdown.unlink(missing_ok=True)
    else:
        write_whole(output.markdown, markdown.encode("utf-8", "replace"))


def _write_pages(output: Output, pages: dict[int, str]) -> None:
    folder = output.pages_folder
    names = {f"{page:04d}.md": text for page, text in pages.items()}
    if names:
        _enter(folder, Path(output.folder))
    for name, text in names.items():
        write_whole(folder / name, text.encode("utf-8", "replace"))
    if folder.is_dir() and not folder.is_symlink():
        _remove_other_pages(folder, set(names))


def _remove_other_pages(folder: Path, kept: set[str]) -> None:
    """Remove what an earlier style left; files that are not named as ours are none of ours."""
    for left in folder.iterdir():
        if left.name not in kept and _PAGE_FILE.fullmatch(left.name.removeprefix(TEMPORARY)[:100]):
            left.unlink(missing_ok=True)
    if not kept:
        with contextlib.suppress(OSError):  # something else lies there too
            folder.rmdir()


def _enter(folder: Path, root: Path) -> None:
    """Make a folder of the output folder.

    Raises:
        OutputNotWritten: a link leads out of the output folder.
    """
    if not folder.resolve().is_relative_to(root.resolve()):
        message = f"{folder} leads out of the output folder"
        raise OutputNotWritten(message)
    folder.mkdir(parents=True, exist_ok=True)


def _clear_temporaries(output: Output) -> None:
    """Remove what a killed writer of this output left; the lock says that no other one is alive."""
    stem = output.markdown.name.removesuffix(".md")
    for ending in (".md", ".json"):
        for left in output.markdown.parent.glob(f"{TEMPORARY}*"):
            if left.name.startswith(f"{TEMPORARY}{stem}{ending}"[:100]):
                left.unlink(missing_ok=True)
