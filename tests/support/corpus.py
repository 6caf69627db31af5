"""Where the shared test documents are, and which of them are of the same kind."""

import csv
import re
from collections.abc import Collection
from pathlib import Path

import pytest

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
REPLIES = CORPUS.parent / "replies"
HOSTILE = CORPUS / "hostile"
# Each of these is a kind of its own, whatever a renderer says of it.
UNLIKE = {"hostile-ocr-output", "hostile-image"}

needs_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(), reason=f"the shared test documents are not at {CORPUS}"
)

needs_replies = pytest.mark.skipif(
    not REPLIES.is_dir(), reason=f"the real replies of models are not at {REPLIES}"
)


def manifest() -> dict[str, dict[str, str]]:
    """Return what the corpus says of each document, by its path in there."""
    with (CORPUS / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return {row["path"]: row for row in csv.DictReader(file)}


def hostile_documents() -> list[Path]:
    """Return all hostile documents that lie there as files of their own."""
    return sorted(path for path in HOSTILE.rglob("*") if path.is_file() and path.suffix != ".tar")


def one_of_each_kind(without: Collection[Path] = ()) -> list[Path]:
    """Return the first hostile document of each origin and way to go wrong, but for some.

    The way is what PDFium said when the corpus was made, without numbers and names.
    """
    listed, chosen = manifest(), dict[tuple[str, str], Path]()
    for path in hostile_documents():
        if path in without:
            continue
        name = str(path.relative_to(CORPUS))
        row = listed.get(name, {"kind": "", "pypdfium2_outcome": ""})
        outcome = re.sub(r"[\d.,]+", "#", row["pypdfium2_outcome"])
        chosen.setdefault((row["kind"], name if row["kind"] in UNLIKE else outcome), path)
    return sorted(chosen.values())
