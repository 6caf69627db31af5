"""What a comparison comes to, backend by backend; pure."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, median
from typing import Any

from ocrqueue.evaluation import similarity
from ocrqueue.evaluation.compare import OnePage
from ocrqueue.evaluation.compare_read import PageRead
from ocrqueue.evaluation.similarity import WordScore
from ocrqueue.model.page import Testimony, Verdict

FAILED = "failed"
UNTRIED = "untried"
NOT_TOLD = ("markdown", "tried", "witness")  # texts, and what the verdict says already


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """How far one kind of second readings agrees with a backend on one kind of files."""

    by: str  # `text-layer` of pages with text of their own, else the engine
    kind: str
    pages: int
    doubted: int  # of them, because of what the witness says
    agreed: float  # mean share of the words that both have


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How one backend did with the pages that it tried.

    Shares are 0 to 1; None where nothing can be said.
    """

    backend: str
    model: str
    verdicts: dict[str, int]  # pages by verdict, `failed` and `untried` among them
    why_untried: str  # of the first page that was not tried
    similarity: float | None  # mean, to the others on the same page
    recall: float | None  # mean, where the truth is known
    precision: float | None
    cost_usd_1000: float | None  # of 1,000 such pages, at most
    seconds_median: float | None
    seconds_total: float
    tokens_per_s: float | None  # mean
    cost_usd: float | None  # of all pages, at most; None: nothing to pay
    witnesses: tuple[Witnessed, ...]
    unwitnessed: int  # pages that a witness was wanted for, and nobody was there


def of_backends(pages: Sequence[OnePage]) -> list[Figures]:
    """Return the figures of each backend, in the order in which they were named."""
    return [_figures(pages, at) for at in range(len(pages[0].reads) if pages else 0)]


def likeness(page: OnePage, at: int) -> float | None:
    """Return how alike a reading is to the others of its page; a failed one is empty.

    None: it was not tried, or no other was.
    """
    mine = page.reads[at].markdown or ""
    others = [read.markdown or "" for i, read in enumerate(page.reads) if i != at and read.tried]
    if not page.reads[at].tried:
        return None
    return fmean(similarity.similarity(mine, other) for other in others) if others else None


def truth_score(page: OnePage, at: int) -> WordScore | None:
    """Return the reading's words against the truth, where that is known and it was tried."""
    if page.truth is None or not page.reads[at].tried:
        return None
    return similarity.score(page.reads[at].markdown or "", page.truth)


def agreed(page: OnePage, at: int) -> float | None:
    """Return the share of the words that a second reading of the page has too; None: of nobody."""
    told = page.reads[at].witness
    return told.agreed if told else None


def outcome(read: PageRead) -> str:
    """Return the verdict, or in its place that the page failed or was not tried."""
    return str(read.verdict or (FAILED if read.tried else UNTRIED))


def share(value: float | None) -> str:
    """Return a share as a person reads it; "" where nothing can be said."""
    return "" if value is None else f"{value:.1%}"


def to_wire(pages: Sequence[OnePage]) -> dict[str, Any]:
    """Return all figures as plain JSON values; no text of any page."""
    return {
        "backends": [asdict(figures) for figures in of_backends(pages)],
        "pages": [
            {
                "source": page.source,
                "page": page.page,
                "reads": [_read_to_wire(page, at) for at in range(len(page.reads))],
            }
            for page in pages
        ],
    }


def _figures(pages: Sequence[OnePage], at: int) -> Figures:
    reads = [page.reads[at] for page in pages]
    scores = [score for page in pages if (score := truth_score(page, at)) is not None]
    alike = [share for page in pages if (share := likeness(page, at)) is not None]
    speeds = [read.tokens_per_s for read in reads if read.tokens_per_s]
    costs = [read.cost_usd for read in reads if read.cost_usd is not None]
    verdicts = Counter(outcome(read) for read in reads)
    seconds = [read.seconds for read in reads if read.tried]
    return Figures(
        backend=reads[0].backend,
        model=reads[0].model,
        verdicts={name: verdicts[name] for name in (*map(str, Verdict), FAILED, UNTRIED)},
        why_untried=next((read.reason for read in reads if not read.tried), ""),
        similarity=_mean(alike),
        recall=_mean([score.recall for score in scores]),
        precision=_mean([score.precision for score in scores]),
        cost_usd_1000=round(1000 * sum(costs) / len(seconds), 4) if costs and seconds else None,
        seconds_median=round(median(seconds), 3) if seconds else None,
        seconds_total=round(sum(seconds), 3),
        tokens_per_s=_mean(speeds),
        cost_usd=round(sum(costs), 6) if costs else None,
        witnesses=tuple(_witnesses(pages, at)),
        unwitnessed=sum(bool(read.witness and read.witness.unwitnessed) for read in reads),
    )


def _witnesses(pages: Sequence[OnePage], at: int) -> Iterator[Witnessed]:
    told: dict[tuple[str, str], list[Testimony]] = defaultdict(list)
    for page in pages:
        if (one := page.reads[at].witness) and one.by:
            told[one.by, page.kind].append(one)
    for (by, kind), these in sorted(told.items()):
        yield Witnessed(
            by=by,
            kind=kind,
            pages=len(these),
            doubted=sum(bool(one.doubt) for one in these),
            agreed=round(fmean(one.agreed or 0.0 for one in these), 4),
        )


def _mean(values: Sequence[float]) -> float | None:
    return round(fmean(values), 4) if values else None


def _read_to_wire(page: OnePage, at: int) -> dict[str, Any]:
    read: PageRead = page.reads[at]
    wire = {name: value for name, value in asdict(read).items() if name not in NOT_TOLD}
    score = truth_score(page, at)
    return {
        **wire,
        "verdict": outcome(read),
        "words": len(similarity.words(read.markdown or "")),
        "similarity": likeness(page, at),
        "witness": read.witness.by if read.witness else "",
        "agreed": agreed(page, at),
        "recall": score.recall if score else None,
        "precision": score.precision if score else None,
    }
