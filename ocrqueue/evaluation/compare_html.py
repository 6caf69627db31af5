"""The comparison as one HTML page, without scripts and without anything from elsewhere; pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from ocrqueue.evaluation import compare_figures, similarity
from ocrqueue.evaluation.compare import OnePage

MOST_SHOWN = 200  # pages whose texts are shown: those that differ most
LONGEST = 40_000  # letters of a text that are compared and shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """One figure of every page: a row of dots for each backend."""

    title: str
    least: str
    most: str
    rows: Sequence[tuple[str, Sequence[float]]]  # backend, places of its dots from 0 to 1


def html(pages: Sequence[OnePage]) -> str:
    """Return the page: figures, plots, and the texts side by side, most different first."""
    tried = [page for page in pages if any(read.tried for read in page.reads)]
    shown = sorted(tried, key=_likeness)[:MOST_SHOWN]
    return _template().render(
        pages=len(pages),
        backends=compare_figures.of_backends(pages),
        plots=list(plots(pages)),
        shown=[_shown(page) for page in shown],
        share=compare_figures.share,
    )


def plots(pages: Sequence[OnePage]) -> list[Plot]:
    """Return what is drawn: seconds, likeness, recall where truths are known, and agreement."""
    if not pages:
        return []
    most = max((read.seconds for page in pages for read in page.reads if read.tried), default=0.0)
    drawn = [
        _plot("Seconds a page", pages, _seconds, most=most or 1.0, unit=" s"),
        _plot("Likeness to the other backends", pages, compare_figures.likeness),
        _plot("Words of the truth that were read", pages, _recall),
        _plot("Words that a second reading has too", pages, compare_figures.agreed),
    ]
    return [plot for plot in drawn if any(dots for _, dots in plot.rows)]


def _plot(
    title: str,
    pages: Sequence[OnePage],
    figure: Callable[[OnePage, int], float | None],
    *,
    most: float = 1.0,
    unit: str = "",
) -> Plot:
    rows = []
    for at, read in enumerate(pages[0].reads):
        values = (figure(page, at) for page in pages)
        rows.append((read.backend, [value / most for value in values if value is not None]))
    return Plot(title=title, least=f"0{unit}", most=f"{most:.3g}{unit}", rows=rows)


def _seconds(page: OnePage, at: int) -> float | None:
    return page.reads[at].seconds if page.reads[at].tried else None


def _recall(page: OnePage, at: int) -> float | None:
    score = compare_figures.truth_score(page, at)
    return score.recall if score else None


def _likeness(page: OnePage) -> float:
    """Return how alike the two neighbours are that are least alike."""
    texts = [read.markdown or "" for read in page.reads if read.tried]
    if page.truth is not None:
        texts.append(page.truth)
    return min((similarity.similarity(a, b) for a, b in pairwise(texts)), default=1.0)


def _shown(page: OnePage) -> Mapping[str, Any]:
    texts = [
        (_head(page, at), read.markdown or "", read.reason)
        for at, read in enumerate(page.reads)
        if read.tried
    ]
    if page.truth is not None:
        texts.insert(0, ("truth", page.truth, ""))
    first, second = texts[0][1], texts[min(1, len(texts) - 1)][1]
    columns = [
        {
            "head": head,
            "stretches": similarity.differences(text[:LONGEST], other[:LONGEST]),
            "reason": reason,
            "cut": len(text) > LONGEST,
        }
        for (head, text, reason), other in zip(
            texts, [second, *(first for _ in texts[1:])], strict=True
        )
    ]
    title = f"{page.source}, page {page.page}"
    return {"title": title, "likeness": _likeness(page), "columns": columns}


def _head(page: OnePage, at: int) -> str:
    read = page.reads[at]
    recall = _recall(page, at)
    known = "" if recall is None else f", {compare_figures.share(recall)} of the truth's words"
    return f"{read.backend}: {compare_figures.outcome(read)}, {read.seconds:.2f} s{known}"


@cache
def _template() -> Template:
    loader = PackageLoader("ocrqueue.evaluation", package_path="")
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return made.get_template("compare.html")
