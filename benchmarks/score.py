"""How good is the text? Word recall, single facts, headings and lists, against the corpus' truth.

python -m benchmarks.score OUT_DIR            what `ocrqueue run` wrote for corpus folders
python -m benchmarks.score --sample 100       pages read directly, without the queue
"""

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from statistics import fmean

from benchmarks import corpus, reading, text_score

LEAST_WORDS = 15  # in the truth; fewer say nothing
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_ITEM = re.compile(r"^(?:-|\d+[.)]) ", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A text and what there is to compare it with; `page` is None for a whole document."""

    document: corpus.Document
    page: int | None
    text: str
    truth: str | None


def main() -> None:
    """Print the scores of a finished output folder or of a sample."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", nargs="?", type=Path, help="output folder of a run over the corpus")
    parser.add_argument("--sample", type=int, default=100, help="pages to read without OUT")
    parser.add_argument("--kinds", nargs="+", default=["born-digital", "scanned"])
    given = parser.parse_args()
    texts = from_folder(given.out) if given.out else from_sample(given.sample, given.kinds)
    report(list(texts))


def from_folder(out: Path) -> Iterator[Scored]:
    """Yield each corpus document whose Markdown is in the folder, at any depth of its path."""
    written = {path.relative_to(out).as_posix(): path for path in out.rglob("*.md")}
    for document in corpus.documents():
        if found := _written(document.path, written):
            text = found.read_text("utf-8")
            truth = corpus.whole_truth(document)
            yield Scored(document=document, page=None, text=text, truth=truth)


def from_sample(count: int, kinds: Sequence[str]) -> Iterator[Scored]:
    """Yield pages that are read now."""
    for one in reading.read(reading.sample(count, kinds)):
        yield Scored(document=one.document, page=one.page, text=one.reply.text, truth=one.truth)


def report(texts: Sequence[Scored]) -> None:
    """Print one line per kind of document, then the facts and the structure found."""
    scores: dict[str, list[text_score.WordScore]] = defaultdict(list)
    facts: Counter[tuple[str, str, bool]] = Counter()
    for one in texts:
        if one.truth and len(text_score.words(one.truth)) >= LEAST_WORDS:
            scores[one.document.kind].append(text_score.score(one.text, one.truth))
        facts.update(_facts(one))
    _print_words(scores)
    _print_facts(facts)
    headings = sum(len(_HEADING.findall(one.text)) for one in texts)
    items = sum(len(_ITEM.findall(one.text)) for one in texts)
    tables = sum(len(text_score.tables(one.text)) for one in texts)
    print(f"\n{len(texts)} texts: {headings} headings, {items} list items, {tables} tables")


def _written(path: str, written: dict[str, Path]) -> Path | None:
    """Return the Markdown of a corpus path; a run over a sub-folder leaves off its first parts."""
    parts = PurePosixPath(path)
    for names in (parts.with_suffix(".md"), parts.with_name(parts.name + ".md")):
        for first in range(len(names.parts)):
            if found := written.get("/".join(names.parts[first:])):
                return found
    return None


def _facts(one: Scored) -> Iterator[tuple[str, str, bool]]:
    for fact in corpus.facts(one.document.path, one.page):
        if (holds := text_score.holds(fact, one.text)) is not None:
            yield fact["group"], fact["type"], holds


def _print_words(scores: dict[str, list[text_score.WordScore]]) -> None:
    print(f"{'kind':32} texts recall precision")
    for kind in sorted(scores):
        _print_row(kind, scores[kind])
    if scores:
        _print_row("all", [score for kind in scores.values() for score in kind])


def _print_row(name: str, scores: Sequence[text_score.WordScore]) -> None:
    recall, precision = fmean(s.recall for s in scores), fmean(s.precision for s in scores)
    print(f"{name:32} {len(scores):5} {recall:6.3f} {precision:9.3f}")


def _print_facts(facts: Counter[tuple[str, str, bool]]) -> None:
    print(f"\n{'facts':32} hold")
    for group, kind in sorted({key[:2] for key in facts}):
        true, false = facts[group, kind, True], facts[group, kind, False]
        print(f"{group + ' ' + kind:32} {true} of {true + false}")


if __name__ == "__main__":
    main()
