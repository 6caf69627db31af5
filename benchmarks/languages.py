"""How much is read of pages in other languages, with the data for them and without?

    python -m benchmarks.languages FOLDER --tessdata DATA [--only fra deu] [--pages 4]

FOLDER holds PDFs that are called by their language, as Tesseract calls it (`fra.pdf`); their text
layer is the truth, and what is read is the drawn page. DATA has the data of all of them. "without"
is what comes along, on a machine that has no data of its own.
"""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pypdfium2

from benchmarks import corpus, readers, text_score
from ocrqueue.model.page import Verdict
from ocrqueue.settings.engines import TesseractSettings

WELL = 0.9  # word recall; a page of which less is read must be doubted


def main() -> None:
    """Read the pages and print a line for each, then a table of languages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tessdata", type=Path, required=True)
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--pages", type=int, default=100, help="of a language at most")
    given = parser.parse_args()
    table = ["| language | pages | without | with | told | recognised | doubted without |"]
    files = [
        file
        for file in sorted(given.folder.glob("*.pdf"))
        if not given.only or file.stem in given.only
    ]
    print("\n".join([*table, *(_row(file, given.tessdata, given.pages) for file in files)]))


def _row(file: Path, tessdata: Path, most: int) -> str:
    lang = file.stem.split(".")[0]
    own = TesseractSettings()
    engines = {
        "without": own,
        "with": replace(own, tessdata_dir=tessdata),
        "told": replace(own, tessdata_dir=tessdata, lang=lang),
    }
    with pypdfium2.PdfDocument(file) as pdf:
        truths = [page.get_textpage().get_text_range() for page in pdf][:most]
    read = {name: _read(file, len(truths), engine) for name, engine in engines.items()}
    recall = {name: _recall(texts, truths) for name, texts in read.items()}
    for page in range(len(truths)):
        said = "; ".join(
            f"{name} {recall[name][page]:.3f} {text.lang} {text.verdict} {text.reason}"
            for name in engines
            for text in [read[name][page]]
        )
        print(f"{file.stem} page {page + 1}: {said}", flush=True)
    return _line(file.stem, lang, read, recall)


def _line(
    name: str,
    lang: str,
    read: Mapping[str, list[readers.PageText]],
    recall: Mapping[str, list[float]],
) -> str:
    right = sum(page.lang == lang for page in read["with"])
    ill = [
        page.verdict is not Verdict.GOOD
        for page, share in zip(read["without"], recall["without"], strict=True)
        if share < WELL
    ]
    figures = " | ".join(f"{fmean(recall[column]):.3f}" for column in ("without", "with", "told"))
    pages = len(read["with"])
    return f"| {name} | {pages} | {figures} | {right} of {pages} | {sum(ill)} of {len(ill)} |"


def _read(file: Path, pages: int, engine: TesseractSettings) -> list[readers.PageText]:
    document = corpus.Document(path=str(file.resolve()), kind="language", pages=pages, truth="")
    with readers.Ours("never", engine) as reader:
        return [reader.read(document, page) for page in range(1, pages + 1)]


def _recall(read: list[readers.PageText], truths: list[str]) -> list[float]:
    return [text_score.recall(page.text, truth) for page, truth in zip(read, truths, strict=True)]


if __name__ == "__main__":
    main()
