"""How good is the text? Words, facts, headings and lists, against the corpus' truth, by reader.

python -m benchmarks.score OUT_DIR                       what `ocrqueue run` wrote for the corpus
python -m benchmarks.score --readers tesseract auto      pages read now, readers side by side
"""

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from statistics import fmean

import pypdfium2
from rapidfuzz import fuzz

from benchmarks import corpus, readers, text_score
from ocrqueue.model.page import Verdict

LEAST_WORDS = 15  # in the truth; fewer say nothing
FACTS = ("order", "absent", "present", "table")
ALIKE = 90  # of 100: a heading given is the outline's
COLUMNS = ("pages", "recall", "prec.", *FACTS, "headings", "given", "doubtful", "failed", "CPU s")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageScore:
    """What a text is worth; None where there is nothing to compare with."""

    kind: str
    words: text_score.WordScore | None
    facts: Sequence[tuple[str, bool]]  # type of a fact, and whether it holds
    outline: int  # headings of the PDF's outline on this page
    found: int  # of them in the text
    headings: int  # in the text
    verdict: Verdict | None = None
    failed: bool = False
    cpu_s: float = 0.0


def main() -> None:
    """Print the scores of a finished output folder, or of pages that are read now."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", nargs="?", type=Path, help="output folder of a run over the corpus")
    parser.add_argument("--readers", nargs="+", default=["tesseract"], choices=readers.NAMES)
    parser.add_argument("--sample", type=int, default=100, help="pages to read, about")
    parser.add_argument("--each-kind", type=int, help="so many pages of each kind instead")
    parser.add_argument("--seed", type=int, default=1, help="of which pages these are")
    parser.add_argument("--kinds", nargs="+", default=["born-digital", "scanned"])
    parser.add_argument("--half", type=int, choices=(0, 1), help="of the documents, by their path")
    parser.add_argument("--each", action="store_true", help="print each page as well")
    given = parser.parse_args()
    if given.out:
        report("whole documents", list(from_folder(given.out)))
        return
    pages = _pages(given)
    for name in given.readers:
        with readers.reader(name) as reader:
            report(name, list(from_reader(reader, pages, each=given.each)))


def _pages(given: argparse.Namespace) -> Sequence[tuple[corpus.Document, int]]:
    if given.each_kind is None:
        return corpus.sample(given.sample, given.kinds, pages_of, half=given.half)
    return corpus.of_each_kind(
        given.each_kind, given.kinds, pages_of, seed=given.seed, half=given.half
    )


def from_folder(out: Path) -> Iterator[PageScore]:
    """Yield the score of each corpus document whose Markdown is in the folder, at any depth."""
    written = {path.relative_to(out).as_posix(): path for path in out.rglob("*.md")}
    for document in corpus.documents():
        if found := _written(document.path, written):
            text = found.read_text("utf-8")
            yield score(readers.PageText(text=text, verdict=Verdict.GOOD), document, None)


def from_reader(
    reader: readers.PageReader, pages: Sequence[tuple[corpus.Document, int]], *, each: bool
) -> Iterator[PageScore]:
    """Read the pages one after the other and yield what each is worth."""
    for document, page in pages:
        said = reader.read(document, page)
        scored = score(said, document, page)
        if each:
            words = f"{scored.words.recall:.3f}" if scored.words else "-"
            held = f"{sum(holds for _, holds in scored.facts)}/{len(scored.facts)}"
            verdict = said.verdict or "failed"
            print(words, held, said.backend, verdict, document.path, page, said.reason, flush=True)
        yield scored


def score(said: readers.PageText, document: corpus.Document, page: int | None) -> PageScore:
    """Compare a page, or None: a whole document, with all that is known of it."""
    truth = corpus.whole_truth(document) if page is None else _page_truth(document, page)
    facts = [
        (fact["type"], holds)
        for fact in corpus.facts(document.path, page)
        if (holds := text_score.holds(fact, said.text)) is not None
    ]
    titles = [] if page is None else _outline(document, page)
    given = text_score.headings(said.text)
    return PageScore(
        kind=document.kind,
        words=_words(said.text, truth),
        facts=facts,
        outline=len(titles),
        found=sum(any(fuzz.ratio(title, one) >= ALIKE for one in given) for title in titles),
        headings=len(given),
        verdict=said.verdict,
        failed=said.verdict is None and not said.text.strip(),
        cpu_s=said.cpu_s,
    )


def report(name: str, scores: Sequence[PageScore]) -> None:
    """Print one line per kind of document, and one for all."""
    print(f"\n{name:28}" + "".join(f"{column:>10}" for column in COLUMNS))
    for kind in sorted({one.kind for one in scores}):
        print(_row(kind, [one for one in scores if one.kind == kind]))
    print(_row("all", scores), flush=True)


def _row(name: str, scores: Sequence[PageScore]) -> str:
    words = [one.words for one in scores if one.words]
    facts = [fact for one in scores for fact in one.facts]
    cells = [
        str(len(scores)),
        f"{fmean(one.recall for one in words):.3f}" if words else "-",
        f"{fmean(one.precision for one in words):.3f}" if words else "-",
        *(_share([holds for kind, holds in facts if kind == column]) for column in FACTS),
        f"{sum(one.found for one in scores)}/{sum(one.outline for one in scores)}",
        str(sum(one.headings for one in scores)),
        str(sum(one.verdict is Verdict.DOUBTFUL for one in scores)),
        str(sum(one.failed for one in scores)),
        f"{fmean(one.cpu_s for one in scores):.2f}" if scores else "-",
    ]
    return f"{name:28}" + "".join(f"{cell:>10}" for cell in cells)


def _share(held: Sequence[bool]) -> str:
    return f"{sum(held)}/{len(held)}" if held else "-"


def _words(text: str, truth: str | None) -> text_score.WordScore | None:
    if truth is None or len(text_score.words(truth)) < LEAST_WORDS:
        return None
    return text_score.score(text, truth)


def _written(path: str, written: Mapping[str, Path]) -> Path | None:
    """Return the Markdown of a corpus path; a run over a sub-folder leaves off its first parts."""
    parts = PurePosixPath(path)
    for names in (parts.with_suffix(".md"), parts.with_name(parts.name + ".md")):
        for first in range(len(names.parts)):
            if found := written.get("/".join(names.parts[first:])):
                return found
    return None


def pages_of(document: corpus.Document) -> Iterable[int]:
    """Return the pages that a fact is known of, else the first and the middle one."""
    facts = {fact.get("page", 1) for fact in corpus.facts(document.path)}
    return facts or corpus.first_and_middle(document)


def _page_truth(document: corpus.Document, page: int) -> str | None:
    truth = corpus.page_truth(document, page)
    if truth is None and document.path.startswith("born-digital/"):
        return own_text(document, page)
    return truth


def own_text(document: corpus.Document, page: int) -> str | None:
    """Return the text that the page itself holds, None where it is no PDF."""
    if not document.path.endswith(".pdf"):
        return None
    with pypdfium2.PdfDocument(document.file) as whole:
        return str(whole[page - 1].get_textpage().get_text_bounded())


def _outline(document: corpus.Document, page: int) -> list[str]:
    """Return the titles of the PDF's outline that lead to this page."""
    if not document.path.endswith(".pdf"):
        return []
    with pypdfium2.PdfDocument(document.file) as whole:
        found = [
            (mark.get_title(), dest.get_index())
            for mark in whole.get_toc()
            if (dest := mark.get_dest()) is not None
        ]
    titles = (f"# {title}" for title, index in found if index == page - 1)
    return text_score.headings("\n".join(titles))


if __name__ == "__main__":
    main()
