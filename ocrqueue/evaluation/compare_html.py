"""The comparison as one HTML page, without scripts and without anything from elsewhere; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from ocrqueue.evaluation import compare_figures, similarity
from ocrqueue.evaluation.compare import OnePage
from ocrqueue.evaluation.compare_read import PageRead
from ocrqueue.evaluation.similarity import Stretch

MOST_SHOWN = 200  # pages whose texts are shown: those that differ most
LONGEST = 40_000  # letters of a text that are compared and shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """One figure of every page: a row of dots for each backend."""

    title: str
    least: str
    most: str
    rows: Sequence[tuple[str, Sequence[float]]]  # backend, places of its dots from 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    head: str
    stretches: Sequence[Stretch]
    reason: str
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    title: str
    likeness: float
    columns: Sequence[_Column]


def html(pages: Sequence[OnePage]) -> str:
    """Return the page: figures, plots, and the texts side by side, most different first."""
    tried = [page for page in pages if any(read.tried for read in page.reads)]
    shown = sorted(tried, key=_likeness)[:MOST_SHOWN]
    return _template().render(
        pages=len(pages),
        backends=compare_figures.of_backends(pages),
        plots=list(plots(pages)),
        shown=[_shown(page) for page in shown],
        share=_share,
    )


def plots(pages: Sequence[OnePage]) -> list[Plot]:
    """Return what is drawn: seconds, likeness, and recall where truths are known."""
    if not pages:
        return []
    seconds = [[_seconds(page.reads[at]) for page in pages] for at in _each(pages)]
    most = max((value for row in seconds for value in row if value), default=1.0)
    drawn = [_plot("Seconds a page", pages, seconds, most=most, unit=" s")]
    alike = [[compare_figures.likeness(page, at) for page in pages] for at in _each(pages)]
    drawn.append(_plot("Likeness to the other backends", pages, alike))
    recalls = [[_recall(page, at) for page in pages] for at in _each(pages)]
    drawn.append(_plot("Words of the truth that were read", pages, recalls))
    return [plot for plot in drawn if any(dots for _, dots in plot.rows)]


def _plot(
    title: str,
    pages: Sequence[OnePage],
    rows: Sequence[Sequence[float | None]],
    *,
    most: float = 1.0,
    unit: str = "",
) -> Plot:
    names = [read.backend for read in pages[0].reads]
    places = [[value / most for value in row if value is not None] for row in rows]
    return Plot(
        title=title,
        least=f"0{unit}",
        most=f"{most:.3g}{unit}",
        rows=list(zip(names, places, strict=True)),
    )


def _each(pages: Sequence[OnePage]) -> range:
    return range(len(pages[0].reads))


def _seconds(read: PageRead) -> float | None:
    return read.seconds if read.tried else None


def _recall(page: OnePage, at: int) -> float | None:
    score = compare_figures.truth_score(page, at)
    return score.recall if score else None


def _likeness(page: OnePage) -> float:
    """Return how alike the two neighbours are that are least alike."""
    texts = [read.markdown or "" for read in page.reads if read.tried]
    if page.truth is not None:
        texts.append(page.truth)
    return min((similarity.similarity(a, b) for a, b in pairwise(texts)), default=1.0)


def _shown(page: OnePage) -> _Shown:
    tried = [(at, read) for at, read in enumerate(page.reads) if read.tried]
    texts = [(_head(page, at), read.markdown or "") for at, read in tried]
    reasons = [read.reason for _, read in tried]
    if page.truth is not None:
        texts.insert(0, ("truth", page.truth))
        reasons.insert(0, "")
    first, second = texts[0][1], texts[1][1] if len(texts) > 1 else texts[0][1]
    against = [second, *(first for _ in texts[1:])]
    columns = [
        _Column(
            head=head,
            stretches=list(similarity.differences(text[:LONGEST], other[:LONGEST])),
            reason=reason,
            cut=len(text) > LONGEST,
        )
        for (head, text), other, reason in zip(texts, against, reasons, strict=True)
    ]
    return _Shown(
        title=f"{page.source}, page {page.page}", likeness=_likeness(page), columns=columns
    )


def _head(page: OnePage, at: int) -> str:
    read = page.reads[at]
    recall = _recall(page, at)
    known = "" if recall is None else f", {_share(recall)} of the truth's words"
    return f"{read.backend}: {compare_figures.outcome(read)}, {read.seconds:.2f} s{known}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


@cache
def _template() -> Template:
    loader = PackageLoader("ocrqueue.compare", package_path="")
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return made.get_template("page.html")
