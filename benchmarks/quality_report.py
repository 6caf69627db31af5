"""How often is a page marked as doubtful that was read well, and missed that was not?

    python -m benchmarks.quality_report [--pages 250] [--kinds born-digital scanned] [--half 1]

Well read: at least 85 % of the true words were found; badly read: fewer. The truth is the corpus'
own or the text layer of a born-digital page; pages without either are only counted.
"""

import argparse
from collections import defaultdict
from collections.abc import Sequence

from benchmarks import corpus, reading, text_score
from ocrqueue.model.page import Verdict

WELL = 0.85  # word recall
LEAST_WORDS = 15  # in the truth; fewer say nothing about a page


def main() -> None:
    """Read a sample and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pages", type=int, default=250)
    parser.add_argument("--kinds", nargs="+", default=["born-digital", "scanned"])
    parser.add_argument("--half", type=int, choices=(0, 1), help="of the documents, by their path")
    given = parser.parse_args()
    pages = corpus.sample(given.pages, given.kinds, corpus.first_and_middle, half=given.half)
    rows: dict[str, list[tuple[bool, float | None]]] = defaultdict(list)
    for one in reading.read(pages):
        marked, recall = one.judgement.verdict is Verdict.DOUBTFUL, _recall(one)
        rows[one.document.kind].append((marked, recall))
        if _surprising(marked=marked, recall=recall):
            reason = one.judgement.reason or "not marked"
            print(f"{one.document.path} page {one.page}: recall {recall:.2f}, {reason}")
    _print_table(rows)


def _recall(one: reading.PageRead) -> float | None:
    if one.truth is None or len(text_score.words(one.truth)) < LEAST_WORDS:
        return None
    return text_score.recall(one.reply.text, one.truth)


def _surprising(*, marked: bool, recall: float | None) -> bool:
    return recall is not None and (recall >= WELL if marked else recall < WELL)


def _print_table(rows: dict[str, list[tuple[bool, float | None]]]) -> None:
    print(f"\n{'kind':32} pages marked | well read: marked | badly read: missed")
    for kind in sorted(rows):
        _print_row(kind, rows[kind])
    _print_row("all", [page for pages in rows.values() for page in pages])


def _print_row(name: str, pages: Sequence[tuple[bool, float | None]]) -> None:
    well = [marked for marked, recall in pages if recall is not None and recall >= WELL]
    badly = [marked for marked, recall in pages if recall is not None and recall < WELL]
    print(
        f"{name:32} {len(pages):5} {sum(marked for marked, _ in pages):6} | "
        f"{sum(well):5} of {len(well):4}    | {len(badly) - sum(badly):5} of {len(badly):4}"
    )


if __name__ == "__main__":
    main()
