"""What `ocrqueue bench` measured: figures, verdicts, and how two runs differ; pure.

Nothing of it holds text of a page or the name of a file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from ocrqueue.model.wire import Record

NOISE = 0.03  # a smaller change says nothing
MINUTE_S = 60
MB_PER_GB = 1024


class Level(StrEnum):
    """How a figure stands to its targets."""

    STRETCH = "stretch"
    TARGET = "target"
    ACCEPTABLE = "acceptable"
    MISSED = "missed"
    NONE = ""  # not measured, or nothing is wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTime:
    """One page, read once."""

    document: str  # first letters of its content's SHA-256
    page: int
    seconds: float  # from asking for its image to the verdict
    drawing_s: float  # of these, spent waiting for the image
    backend_s: float  # of these, spent in the backend
    tokens: int | None = None  # written by a model
    tokens_per_s: float | None = None
    first_token_s: float | None = None  # of the backend's seconds, before the first token
    verdict: str = ""  # "": failed
    error: str = ""  # code of the error


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchRun(Record):
    """All that was measured in one go, and under which conditions."""

    versioned: ClassVar[bool] = True

    at: str  # UTC, ISO 8601
    program: Mapping[str, str]  # versions of ocrqueue and of what computes
    machine: Mapping[str, str | int | float]
    backend: str
    model: str
    options: Mapping[str, str | int | float | bool]  # of backend and drawing
    pages: tuple[PageTime, ...]
    load_s: float | None  # None: the backend keeps no model
    rss_mb: float  # most memory of the process, in MB (2^20 bytes)
    children_mb: float  # the same of its children together: they draw, or are the engine
    model_mb: float | None  # most that the model's library held

    def to_wire(self) -> Any:
        """Return plain JSON values, with the figures that follow from them."""
        found = figures(self).items()
        told = {key: None if value is None else round(value, 3) for key, value in found}
        return {**Record.to_wire(self), "figures": told}


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchFigure:
    """One thing that a run is judged by; `key` is also the key of its target."""

    key: str
    words: str
    decimals: int = 1
    more_is_better: bool = False


FIGURES = (
    BenchFigure(key="pages_per_min", words="pages a minute", more_is_better=True),
    BenchFigure(key="tokens_per_s", words="tokens a second", more_is_better=True),
    BenchFigure(key="peak_memory_gb", words="most memory, GB", decimals=2),
    BenchFigure(key="load_s", words="loading the model, s"),
    BenchFigure(key="first_page_s", words="first page, s"),
    BenchFigure(key="overhead_percent", words="outside the backend, %"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One figure of two runs."""

    figure: BenchFigure
    before: float | None
    after: float | None
    percent: float | None  # None: one of them is missing, or was 0
    word: str  # better, worse, same, or ""


def figures(run: BenchRun) -> dict[str, float | None]:
    """Return what a run is judged by; None where there is nothing to measure."""
    read = [page for page in run.pages if not page.error]
    total_s = sum(page.seconds for page in run.pages)
    written = [page for page in read if page.tokens and page.tokens_per_s]
    writing_s = sum((page.tokens or 0) / (page.tokens_per_s or 1) for page in written)
    first = run.pages[0] if run.pages else None
    outside_s = total_s - sum(page.backend_s for page in run.pages)
    held_mb = max(run.rss_mb, run.model_mb or 0.0) + run.children_mb
    return {
        "pages_per_min": MINUTE_S * len(read) / total_s if total_s else None,
        "tokens_per_s": sum(p.tokens or 0 for p in written) / writing_s if writing_s else None,
        "peak_memory_gb": held_mb / MB_PER_GB,
        "load_s": run.load_s,
        "first_page_s": first.seconds if first and not first.error else None,
        "overhead_percent": 100 * outside_s / total_s if total_s else None,
    }


def verdict(figure: BenchFigure, value: float | None, levels: Sequence[float]) -> Level:
    """Return which of its levels (acceptable, target, stretch) a figure reaches."""
    if value is None or not levels:
        return Level.NONE
    sign = 1 if figure.more_is_better else -1
    reached = [sign * value >= sign * level for level in levels]
    names = (Level.ACCEPTABLE, Level.TARGET, Level.STRETCH)
    met = [name for name, is_met in zip(names, reached, strict=True) if is_met]
    return met[-1] if met else Level.MISSED


def changes(before: BenchRun, after: BenchRun) -> list[Change]:
    """Return how each figure changed from one run to the other."""
    a, b = figures(before), figures(after)
    return [_change(figure, a[figure.key], b[figure.key]) for figure in FIGURES]


def _change(figure: BenchFigure, before: float | None, after: float | None) -> Change:
    percent, word = None, ""
    if before and after is not None:
        percent = 100 * (after - before) / before
        if abs(after - before) <= NOISE * before:
            word = "same"
        else:
            word = "better" if (after > before) is figure.more_is_better else "worse"
    return Change(figure=figure, before=before, after=after, percent=percent, word=word)


def conditions(before: BenchRun, after: BenchRun) -> list[str]:
    """Return what else differs between two runs, in words: then the figures say less."""
    told = [f"{name}: {a} and {b}" for name, a, b in _conditions(before, after) if a != b]
    pages = [[(page.document, page.page) for page in run.pages] for run in (before, after)]
    if pages[0] != pages[1]:
        told.append(f"other pages ({len(pages[0])} and {len(pages[1])})")
    return told


def _conditions(before: BenchRun, after: BenchRun) -> list[tuple[str, Any, Any]]:
    plain = [(name, getattr(before, name), getattr(after, name)) for name in ("backend", "model")]
    for name in ("options", "machine", "program"):
        a, b = getattr(before, name), getattr(after, name)
        plain += [(key, a.get(key, "-"), b.get(key, "-")) for key in sorted({*a, *b})]
    return plain
