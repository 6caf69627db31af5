"""What `bench` prints: a line a page, the table beside the targets, the table of two runs."""

from collections.abc import Sequence
from statistics import median

from ocrqueue.evaluation import bench_report
from ocrqueue.evaluation.bench_report import FIGURES, BenchRun, PageTime
from ocrqueue.settings.schema import Settings
from ocrqueue.text.terminal import printable

NO_VALUE = "n/a"


def page_line(page: PageTime, number: int, of: int) -> str:
    """Return one line about a page that was read."""
    pace = f", {page.tokens} tokens, {page.tokens_per_s:.0f} a second" if page.tokens_per_s else ""
    if page.first_token_s:
        pace += f", the first after {page.first_token_s:.1f} s"
    return f"page {number} of {of}: {page.seconds:.1f} s{pace}, {page.error or page.verdict}"


def measured(run: BenchRun, settings: Settings) -> list[str]:
    """Return the measurement beside its targets."""
    found = bench_report.figures(run)
    rows = [["", "measured", "acceptable", "target", "stretch", ""]]
    for figure in FIGURES:
        levels = getattr(settings.targets, figure.key)
        wanted = [f"{level:g}" for level in levels] or ["-"] * 3
        word = bench_report.verdict(figure, found[figure.key], levels)
        shown = _shown(found[figure.key], figure.decimals)
        rows.append([figure.words, shown, *wanted, word])
    return [*_conditions(run), "", *_aligned(rows), "", *_remarks(run)]


def compared(before: BenchRun, after: BenchRun) -> list[str]:
    """Return how one measurement differs from another."""
    rows = [["", before.at[:16], after.at[:16], "change", ""]]
    for change in bench_report.changes(before, after):
        decimals = change.figure.decimals
        percent = NO_VALUE if change.percent is None else f"{change.percent:+.0f} %"
        shown = [_shown(value, decimals) for value in (change.before, change.after)]
        rows.append([change.figure.words, *shown, percent, change.word])
    differences = bench_report.conditions(before, after)
    told = ["", "Other things differ too:"] if differences else []
    return [*_aligned(rows), *told, *(f"  {printable(line)}" for line in differences)]


def _conditions(run: BenchRun) -> list[str]:
    has = run.machine
    programs = ", ".join(f"{name} {version}" for name, version in run.program.items())
    machine = f"{has['chip']}, {has['cores']} cores, {has['memory_gb']} GB, {has['system']}"
    return [printable(f"{run.backend}, {run.model}; {programs}"), machine]


def _remarks(run: BenchRun) -> list[str]:
    failed = [page for page in run.pages if page.error]
    distinct = len({(page.document, page.page) for page in run.pages})
    again = f" ({distinct} different ones)" if distinct < len(run.pages) else ""
    model = "" if run.model_mb is None else f"{run.model_mb:.0f} MB the model's library, "
    held = f"{model}{run.rss_mb:.0f} MB the process (RSS), {run.children_mb:.0f} MB its children"
    lines = [
        f"{len(run.pages)} pages{again}, {len(failed)} failed; one worker, without the queue.",
        f"Most memory: {held}.",
    ]
    if first := [page.first_token_s for page in run.pages if page.first_token_s]:
        lines.append(f"First token after {median(first):.1f} s (median of {len(first)} pages).")
    if failed:
        lines.append(f"Failed: {', '.join(sorted({page.error for page in failed}))}.")
    return lines


def _shown(value: float | None, decimals: int) -> str:
    return NO_VALUE if value is None else f"{value:.{decimals}f}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table: the first and the last column begin alike, the numbers end alike."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *numbers, last in rows:
        middle = [number.rjust(width) for number, width in zip(numbers, widths[1:], strict=False)]
        lines.append("  ".join([first.ljust(widths[0]), *middle, last]).rstrip())
    return lines
