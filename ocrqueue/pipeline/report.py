"""What the accounts of a collection come to: totals, groups, charts, reasons; pure."""

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ocrqueue.inputs.sample import LARGEST, SIZES, size_class
from ocrqueue.pipeline.accounts import DocumentAccount, PageAccount, PageState

BINS = 24  # bars of a chart that counts pages by a figure
FEW = 100  # pages, all of which have a place in a chart
MOST_BARS = 60  # of a chart over time
SHORT_S = 3600  # a chart over less tells its seconds
STEPS_S = (1, 5, 10, 30, 60, 300, 600, 1800, 3600, 21_600, 86_400)
_NUMBER = re.compile(r"[0-9]++(?:[.,][0-9]++)*+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Documents and pages that have something in common."""

    name: str
    documents: int
    pages: int  # that were asked for
    good: int
    blank: int
    doubtful: int
    failed: int
    unread: int
    success: float | None  # share of the settled pages that have a result; None: none is settled
    seconds_median: float | None  # a page that was read
    agreed: float | None  # mean share of the words that a second reading has; None: there is none
    characters: int
    cost_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of a chart: what it stands for, in words, and how high it is."""

    words: str
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars side by side, from the least to the most."""

    title: str
    least: str
    most: str
    bars: tuple[Bar, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why pages or documents failed or are doubtful; figures in it are told as N."""

    state: str  # failed, doubtful or disagreed
    words: str
    count: int  # of pages, and of documents of which there is nothing
    documents: tuple[str, ...]
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """One document in figures."""

    document: str
    state: str
    kind: str
    size: int  # bytes
    pages: int
    good: int
    blank: int
    doubtful: int
    failed: int
    unread: int
    seconds: float
    memory_mb: int | None
    characters: int
    engines: str
    cost_usd: float
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All of it, in the order a person wants to read it."""

    total: Tally
    states: Mapping[str, int]  # documents by how they ended
    whole: float | None  # share of the finished documents of which no page is missing
    groups: Mapping[str, tuple[Tally, ...]]  # what they have in common -> its values
    charts: tuple[Chart, ...]
    reasons: tuple[Reason, ...]
    rows: tuple[DocumentRow, ...]  # in the order of their names


def report(accounts: Iterable[DocumentAccount]) -> Report:
    """Return what the accounts come to."""
    known = sorted(accounts, key=lambda one: (one.shown, one.key))
    states = Counter(one.state or "unfinished" for one in known)
    ended = len(known) - states["unfinished"]
    sizes = [*(name for _, name in SIZES), LARGEST]
    return Report(
        total=_tally("all", known),
        states=dict(sorted(states.items())),
        whole=states["done"] / ended if ended else None,
        groups={
            "size": tuple(_by(known, lambda one: size_class(one.size), sizes)),
            "folder": tuple(_by(known, lambda one: one.folder)),
            "kind": tuple(_by(known, lambda one: one.kind or "unreadable")),
            "engine": tuple(_by_engine(known, "{}")),
            "engine and kind": tuple(_by_engine(known, "{}, {}")),
        },
        charts=tuple(_charts([page for one in known for page in one.pages])),
        reasons=tuple(_reasons(known)),
        rows=tuple(_row(one) for one in known),
    )


def _by(
    known: Sequence[DocumentAccount],
    common: Callable[[DocumentAccount], str],
    order: Sequence[str] = (),
) -> Iterator[Tally]:
    groups: dict[str, list[DocumentAccount]] = {}
    for one in known:
        groups.setdefault(common(one), []).append(one)
    names = [name for name in order if name in groups] or sorted(groups)
    return (_tally(name, groups[name]) for name in names)


def _by_engine(known: Sequence[DocumentAccount], form: str) -> Iterator[Tally]:
    groups: dict[str, list[tuple[str, PageAccount]]] = defaultdict(list)
    for one in known:
        for page in one.pages:
            if page.backend:
                groups[form.format(page.backend, one.kind)].append((one.key, page))
    for name, read in sorted(groups.items()):
        yield _counted(name, len({key for key, _ in read}), [page for _, page in read])


def _tally(name: str, known: Sequence[DocumentAccount]) -> Tally:
    pages = [page for one in known for page in one.pages]
    return _counted(name, len(known), pages, unread=sum(one.unread for one in known))


def _counted(name: str, documents: int, pages: Sequence[PageAccount], *, unread: int = 0) -> Tally:
    """Return the tally of settled pages, and of so many that are not."""
    states = Counter(page.state for page in pages)
    states[PageState.UNREAD] = unread
    seconds = [page.seconds for page in pages if _is_read(page)]
    agreed = [page.agreed for page in pages if page.agreed is not None]
    return Tally(
        name=name,
        documents=documents,
        pages=len(pages) + unread,
        **{state.value: states[state] for state in PageState},
        success=1 - states[PageState.FAILED] / len(pages) if pages else None,
        seconds_median=statistics.median(seconds) if seconds else None,
        agreed=statistics.fmean(agreed) if agreed else None,
        characters=sum(page.characters for page in pages),
        cost_usd=round(sum(page.cost_usd for page in pages), 6),
    )


def _is_read(page: PageAccount) -> bool:
    return page.state is not PageState.FAILED


def _charts(pages: Sequence[PageAccount]) -> Iterator[Chart]:
    """Yield the charts for which anything was measured."""
    seconds = [page.seconds for page in pages if _is_read(page)]
    confidence = [page.confidence for page in pages if page.confidence is not None]
    agreed = [100 * page.agreed for page in pages if page.agreed is not None]
    ended = sorted(page.ended for page in pages if page.ended is not None and _is_read(page))
    if seconds:
        yield _spread("Seconds a page", seconds, _most(seconds) or 1.0, " s")
    if ended:
        yield _pace(ended)
    if confidence:
        yield _spread("Confidence of the engine", confidence, 100.0, "")
    if agreed:
        yield _spread("Words that a second reading has too", agreed, 100.0, " %")


def _most(values: Sequence[float]) -> float:
    """Return where an axis ends: the slowest of many pages would make all others one bar."""
    many = len(values) >= FEW
    return statistics.quantiles(values, n=50)[-1] if many else max(values)


def _spread(title: str, values: Sequence[float], most: float, unit: str) -> Chart:
    """Count pages by a figure from 0 to `most`; what is above that is in the last bar."""
    counts = Counter(min(BINS - 1, max(0, int(BINS * value / most))) for value in values)
    step = most / BINS
    beyond = " and more" if max(values) > most else ""
    bars = tuple(
        Bar(
            words=f"{at * step:.3g} to {(at + 1) * step:.3g}{unit}: {counts[at]} pages",
            height=counts[at],
        )
        for at in range(BINS)
    )
    note = f"median {statistics.median(values):.3g}{unit}, {len(values)} pages"
    end = f"{most:.3g}{unit}{beyond}"
    return Chart(title=title, least=f"0{unit}", most=end, bars=bars, note=note)


def _pace(ended: Sequence[datetime]) -> Chart:
    """Count pages a minute over the time in which they were read."""
    first, last = ended[0], ended[-1]
    span = (last - first).total_seconds()
    step = next((s for s in STEPS_S if span / s < MOST_BARS), span / (MOST_BARS - 1))
    counts = Counter(int((one - first).total_seconds() / step) for one in ended)
    bars = tuple(
        Bar(
            words=f"{first + timedelta(seconds=at * step):%Y-%m-%d %H:%M:%S}: "
            f"{60 * counts[at] / step:.3g} pages a minute",
            height=60 * counts[at] / step,
        )
        for at in range(max(counts) + 1)
    )
    average = 60 * len(ended) / max(span, step)
    spelling = "%Y-%m-%d %H:%M" if span > SHORT_S else "%H:%M:%S"
    return Chart(
        title="Pages a minute",
        least=f"{first:{spelling}}",
        most=f"{last:{spelling}} UTC",
        bars=bars,
        note=f"{average:.3g} from the first page to the last",
    )


def _reasons(known: Sequence[DocumentAccount]) -> list[Reason]:
    """Return why pages failed or are doubtful, failures first, then by how many there are."""
    counts: Counter[tuple[str, str]] = Counter()
    documents: dict[tuple[str, str], dict[str, None]] = {}
    remedies: dict[tuple[str, str], str] = {}
    for one in known:
        told = [
            (str(page.doubt), page.reason, page.remedy)
            for page in one.pages
            if page.doubt is not None
        ]
        if one.problem and one.state in {None, "failed"}:
            told.append(("failed", one.problem, one.remedy))
        for state, words, remedy in told:
            key = (state, _NUMBER.sub("N", words))
            counts[key] += 1
            documents.setdefault(key, {})[one.shown] = None
            remedies.setdefault(key, remedy)
    ordered = sorted(counts, key=lambda key: (key[0] != "failed", -counts[key], key))
    return [
        Reason(
            state=key[0],
            words=key[1],
            count=counts[key],
            documents=tuple(documents[key]),
            remedy=remedies[key],
        )
        for key in ordered
    ]


def _row(one: DocumentAccount) -> DocumentRow:
    own = _tally("", [one])
    held = [page.memory_mb for page in one.pages if page.memory_mb is not None]
    failed = (page.reason for page in one.pages if page.state is PageState.FAILED)
    return DocumentRow(
        document=one.shown,
        state=one.state or "unfinished",
        kind=one.kind,
        size=one.size,
        pages=own.pages,
        good=own.good,
        blank=own.blank,
        doubtful=own.doubtful,
        failed=own.failed,
        unread=own.unread,
        seconds=round(sum(page.seconds for page in one.pages), 3),
        memory_mb=max(held, default=None),
        characters=own.characters,
        engines=", ".join(sorted({page.backend for page in one.pages if page.backend})),
        cost_usd=own.cost_usd,
        error=one.problem or next(failed, ""),
    )
