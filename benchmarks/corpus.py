"""The shared test documents: what there is, and what is true about it."""

import csv
import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document of the corpus that opens."""

    path: str  # in the corpus, with slashes
    kind: str  # its folder
    pages: int
    truth: str  # file with its text, in the corpus; "" where there is none

    @property
    def half(self) -> int:
        """The half of the corpus it is in, 0 or 1: limits are set on one, tried on the other."""
        return hashlib.sha256(self.path.encode()).digest()[0] & 1

    @property
    def file(self) -> Path:
        """Where it is."""
        return CORPUS / self.path


@cache
def documents() -> Sequence[Document]:
    """Return all documents that can be opened, in the order of the manifest."""
    with (CORPUS / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["pypdfium2_outcome"].startswith(_OPENS)]
    return [
        Document(
            path=row["path"],
            kind=row["path"].rsplit("/", 1)[0],
            pages=int(row["pages"] or 1),
            truth=row["truth"],
        )
        for row in rows
        if "; PIL: error" not in row["pypdfium2_outcome"]
    ]


def sample(
    count: int,
    kinds: Sequence[str],
    pages_of: Callable[[Document], Iterable[int]],
    *,
    half: int | None = None,
    offset: int = 0,
) -> list[tuple[Document, int]]:
    """Return about `count` pages, spread evenly over the documents whose kind begins so.

    `half`: only documents of this half of the corpus, that limits can be set on one and measured on
    the other. Another `offset` (a few, from 0) gives other pages.
    """
    chosen = [
        one for one in documents() if one.kind.startswith(tuple(kinds)) and half in {None, one.half}
    ]
    pages = [(one, page) for one in chosen for page in sorted(set(pages_of(one)))]
    step = max(1, len(pages) // count)
    return pages[offset::step]


def of_each_kind(
    count: int,
    kinds: Sequence[str],
    pages_of: Callable[[Document], Iterable[int]],
    *,
    seed: int,
    half: int | None = None,
) -> list[tuple[Document, int]]:
    """Return up to `count` pages of each kind that begins so, drawn by lot."""
    by_kind: dict[str, list[tuple[Document, int]]] = defaultdict(list)
    for one in documents():
        if one.kind.startswith(tuple(kinds)):
            by_kind[one.kind] += [(one, page) for page in sorted(set(pages_of(one)))]
    chance = random.Random(seed)  # noqa: S311 - the same pages each time
    for pages in by_kind.values():
        chance.shuffle(pages)
    drawn = [page for _, pages in sorted(by_kind.items()) for page in pages[-count:]]
    return [(one, page) for one, page in drawn if half in {None, one.half}]


def first_and_middle(document: Document) -> tuple[int, int]:
    """Return two pages of a document; of one page they are the same."""
    return 1, document.pages // 2 + 1


_OPENS = ("ok", "image")


def page_truth(document: Document, page: int) -> str | None:
    """Return the true text of one page, None where nobody wrote it down."""
    if document.truth.endswith(".jsonl") and "/tests/" not in document.truth:
        return _pages(document.truth).get(page)
    if document.truth.startswith("truth/text/") and document.pages == 1:
        return (CORPUS / document.truth).read_text("utf-8")
    return None


def whole_truth(document: Document) -> str | None:
    """Return the true text of the whole document, None where nobody wrote it down."""
    if not document.truth or "/tests/" in document.truth:
        return None
    if document.truth.endswith(".jsonl"):
        pages = _pages(document.truth)
        return "\n".join(pages.values()) if len(pages) == document.pages else None
    return (CORPUS / document.truth).read_text("utf-8")


def facts(path: str, page: int | None = None) -> Iterator[Mapping[str, Any]]:
    """Yield the single facts known of a document; formulas are not among them."""
    for fact in _facts().get(path, ()):
        if page in {None, fact.get("page", 1)}:
            yield fact


@cache
def _pages(truth: str) -> Mapping[int, str]:
    lines = (CORPUS / truth).read_text("utf-8").splitlines()
    return {row["page"]: row["text"] for row in map(json.loads, lines)}


@cache
def _facts() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for file in sorted((CORPUS / "truth" / "tests").glob("*.jsonl")):
        if file.stem == "math":
            continue
        for line in file.read_text("utf-8").splitlines():
            fact = json.loads(line)
            found.setdefault(fact["pdf"], []).append({"group": file.stem, **fact})
    return found
