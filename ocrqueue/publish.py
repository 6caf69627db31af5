"""Writing an output: the Markdown, the page files, the ledger; each appears only when whole."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ocrqueue import ledger, outputs
from ocrqueue.assemble import FrontMatter, OnPageError, OutputStyle, compose, compose_pages
from ocrqueue.errors import WorkspaceUnusable
from ocrqueue.ledger import Ledger, Problem, State
from ocrqueue.model import Document, PageResult
from ocrqueue.outputs import Output
from ocrqueue.store import TEMPORARY, Store, write_whole


def publish(
    store: Store, output: Output, document: Document, results: Sequence[PageResult]
) -> bool:
    """Write an output from its settled pages, in order; return whether it was still wanted.

    Raises:
        OSError: the output folder cannot be written.
        WorkspaceUnusable: a link in the output folder leads out of it.
    """
    with store.output_lock(output.key):
        if outputs.find(store, output.key) != output:  # it shows another document by now
            return False
        style = OutputStyle.from_wire(output.style or {})
        shown = replace(document, source=output.shown)
        front = FrontMatter.of(shown, results)
        markdown = compose(results, style, front)
        pages = compose_pages(results, style, front) if style.split_pages else None
        _write_text(output, markdown)
        _write_pages(output, pages or {})
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
        OSError: the output folder cannot be written.
        WorkspaceUnusable: a link in the output folder leads out of it.
    """
    problem = Problem(**(output.error or {"code": "", "message": ""}))
    with store.output_lock(output.key):
        _write_text(output, None)
        _write_pages(output, {})
        book = Ledger(source=output.source, state=State.FAILED, error=problem)
        _finish(store, output, book, has_markdown=False)


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
    _require_inside(output.markdown, Path(output.folder))
    if markdown is None:
        output.markdown.unlink(missing_ok=True)
    else:
        write_whole(output.markdown, markdown.encode("utf-8", "replace"))


def _write_pages(output: Output, pages: dict[int, str]) -> None:
    folder = Path(output.folder) / f"{output.name}.pages"
    if not pages:
        shutil.rmtree(folder, ignore_errors=True)
        return
    _require_inside(folder / "0001.md", Path(output.folder))
    names = {f"{page:04d}.md": text for page, text in pages.items()}
    for name, text in names.items():
        write_whole(folder / name, text.encode("utf-8", "replace"))
    for left in folder.iterdir():
        if left.name not in names:
            left.unlink(missing_ok=True)


def _require_inside(path: Path, folder: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        message = f"{path.parent} leads out of the output folder"
        raise WorkspaceUnusable(message)


def _clear_temporaries(output: Output) -> None:
    """Remove what a killed writer of this output left; the lock says that no other one is alive."""
    stem = output.markdown.name.removesuffix(".md")
    for ending in (".md", ".json"):
        for left in output.markdown.parent.glob(f"{TEMPORARY}*"):
            if left.name.startswith(f"{TEMPORARY}{stem}{ending}"[:100]):
                left.unlink(missing_ok=True)
