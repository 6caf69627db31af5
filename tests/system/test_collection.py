"""Small and large PDFs of the shared test documents, from a sample to all of them (`-m slow`)."""

import shutil
from pathlib import Path
from statistics import median
from typing import Any

import pypdfium2
import pytest

from ocrqueue.evaluation.similarity import score
from tests.support.corpus import CORPUS, manifest, needs_corpus
from tests.support.folders import markdown
from tests.support.processes import Ended, Stage

pytestmark = [needs_corpus, pytest.mark.slow, pytest.mark.timeout(1800)]

SMALL, LARGE = 100_000, 5_000_000  # bytes
PAGES = 10  # read of each document, at most
PARTS = ["memoir-manual.pdf", "maxima-book.pdf", "octave-manual.pdf"]  # no PDF there is above 5 MB
READ = {"OCRQUEUE_READING__ROUTE": "tesseract"}
MEMORY_MB = 700  # of a worker: what PDFium, the page and Python take


def copied(folder: Path, kinds: tuple[str, ...], each: int) -> dict[str, Path]:
    """Copy so many small PDFs of each folder; return the originals by their new names."""
    taken: dict[str, list[str]] = {}
    for path, row in sorted(manifest().items()):
        if path.endswith(".pdf") and path.startswith(kinds) and int(row["bytes"]) < SMALL:
            taken.setdefault(str(Path(path).parent), []).append(path)
    chosen = [path for paths in taken.values() for path in paths[:each]]
    for path in chosen:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(CORPUS / path, folder / path)
    return {path: CORPUS / path for path in chosen}


def run(stage: Stage, inputs: Path, out: Path, *options: str) -> Ended:
    words = ("run", str(inputs), "-o", str(out), "--max-pages", str(PAGES), "--json", *options)
    return stage.run(*words, given=READ, seconds=900)


def rows(stage: Stage, out: Path) -> dict[str, dict[str, Any]]:
    """Return what `report` says of each document."""
    told = stage.run("report", "-o", str(out), "--json").json
    return {row["document"]: row for row in told["rows"]}


def own_text(path: Path, pages: int) -> str:
    """Return what the first pages of a PDF say by its own characters."""
    with pypdfium2.PdfDocument(path) as pdf:
        texts = [pdf[at].get_textpage().get_text_bounded() for at in range(min(pages, len(pdf)))]
    return "\n".join(texts)


def test_small_documents_from_a_sample_to_all(stage: Stage, tmp_path: Path) -> None:
    """A sample, then the same command without it: nothing is read twice, each page is told of."""
    inputs, out = tmp_path / "in", tmp_path / "out"
    originals = copied(inputs, ("born-digital", "scanned"), each=2)

    sample = run(stage, inputs, out, "--sample", "6", "--by", "folder")
    first = rows(stage, out)
    whole = run(stage, inputs, out)
    then = rows(stage, out)

    assert sample.code == whole.code == 0, whole.err
    assert len(first) == 6
    assert len(then) == len(originals) > 15
    assert {name: then[name]["seconds"] for name in first} == {
        name: row["seconds"] for name, row in first.items()
    }
    assert all(row["unread"] == row["failed"] == 0 for row in then.values())
    texts = markdown(out)
    found = [
        score(texts[f"{path.removesuffix('.pdf')}.md"], truth).recall
        for path, original in originals.items()
        if path.startswith("born-digital")
        and len((truth := own_text(original, PAGES)).split()) > 50
    ]
    assert len(found) > 5
    assert median(found) > 0.9


def test_hostile_small_documents_end_with_a_reason(stage: Stage, tmp_path: Path) -> None:
    """What cannot be read is named with its reason; the exit code says that there is some."""
    inputs, out = tmp_path / "in", tmp_path / "out"
    originals = copied(inputs, ("hostile/damaged", "hostile/encrypted"), each=4)

    ended = run(stage, inputs, out)

    told = rows(stage, out)
    assert ended.code == 3, ended.err
    assert len(told) == len(originals)
    assert all(row["error"] for row in told.values() if row["state"] == "failed")
    assert all(row["unread"] == 0 for row in told.values())


def test_a_large_document_is_read_in_little_memory(stage: Stage, tmp_path: Path) -> None:
    """Of a PDF above 5 MB the first pages are read, and no worker grows by its size."""
    inputs, out = tmp_path / "in", tmp_path / "out"
    inputs.mkdir()
    large = inputs / "large.pdf"
    joined = pypdfium2.PdfDocument.new()
    for name in PARTS:
        with pypdfium2.PdfDocument(CORPUS / "born-digital" / "book" / name) as part:
            joined.import_pages(part)
    joined.save(large)

    ended = run(stage, inputs, out)

    (row,) = rows(stage, out).values()
    assert large.stat().st_size > LARGE
    assert len(joined) > 1000
    assert ended.code == 0, ended.err
    assert (row["pages"], row["failed"], row["unread"]) == (PAGES, 0, 0)
    assert 0 < row["memory_mb"] < MEMORY_MB
    assert score(markdown(out)["large.md"], own_text(large, PAGES)).recall > 0.9
