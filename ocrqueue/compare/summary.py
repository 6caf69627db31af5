"""What a comparison comes to, backend by backend; pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, median
from typing import Any

from ocrqueue import similarity
from ocrqueue.compare.reading import OnePage, PageRead
from ocrqueue.model import Verdict
from ocrqueue.similarity import WordScore

FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How one backend did. Shares are 0 to 1; None where nothing can be said."""

    backend: str
    model: str
    verdicts: dict[str, int]  # pages by verdict, `failed` among them
    similarity: float | None  # mean, to the others on the same page
    recall: float | None  # mean, where the truth is known
    precision: float | None
    seconds_median: float
    seconds_total: float
    tokens_per_s: float | None  # mean
    cost_usd: float | None  # of all pages, at most; None: nothing to pay


def of_backends(pages: Sequence[OnePage]) -> list[Figures]:
    """Return the figures of each backend, in the order in which they were named."""
    count = len(pages[0].reads) if pages else 0
    return [_figures(pages, at) for at in range(count)]


def likeness(page: OnePage, at: int) -> float | None:
    """Return how alike a reading is to the others of its page; a failed one is empty."""
    mine = page.reads[at].markdown or ""
    others = [read.markdown or "" for i, read in enumerate(page.reads) if i != at]
    return fmean(similarity.similarity(mine, other) for other in others) if others else None


def truth_score(page: OnePage, at: int) -> WordScore | None:
    """Return the reading's words against the truth, where that is known."""
    if page.truth is None:
        return None
    return similarity.score(page.reads[at].markdown or "", page.truth)


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
    verdicts = Counter(str(read.verdict or FAILED) for read in reads)
    return Figures(
        backend=reads[0].backend,
        model=reads[0].model,
        verdicts={name: verdicts[name] for name in (*map(str, Verdict), FAILED)},
        similarity=_mean(alike),
        recall=_mean([score.recall for score in scores]),
        precision=_mean([score.precision for score in scores]),
        seconds_median=round(median(read.seconds for read in reads), 3),
        seconds_total=round(sum(read.seconds for read in reads), 3),
        tokens_per_s=_mean(speeds),
        cost_usd=round(sum(costs), 6) if costs else None,
    )


def _mean(values: Sequence[float]) -> float | None:
    return round(fmean(values), 4) if values else None


def _read_to_wire(page: OnePage, at: int) -> dict[str, Any]:
    read: PageRead = page.reads[at]
    wire = {name: value for name, value in asdict(read).items() if name != "markdown"}
    score = truth_score(page, at)
    return {
        **wire,
        "verdict": str(read.verdict or FAILED),
        "words": len(similarity.words(read.markdown or "")),
        "similarity": likeness(page, at),
        "recall": score.recall if score else None,
        "precision": score.precision if score else None,
    }
