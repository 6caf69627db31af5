"""The report as one HTML file, without scripts and without anything from elsewhere; pure."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ocrqueue.pipeline.accounts import PageState
from ocrqueue.pipeline.report import Chart, DocumentRow, Report
from ocrqueue.text.terminal import printable

MOST = 100  # groups and reasons that are shown
MOST_ROWS = 2000  # documents
MARK = '<meta name="generator" content="ocrqueue report">'  # near the beginning of the page
WIDTH, HEIGHT, FOOT = 360, 130, 18  # of a chart and the line below it, in units of its own
_URGENT: Mapping[str, int] = {"failed": 0, "partial": 1, "unfinished": 2}


def html(report: Report, *, folder: str, made: str) -> str:
    """Return the page; `folder` is where the documents are, `made` when the report was."""
    rows = sorted(report.rows, key=_urgency)[:MOST_ROWS]
    template = environment().get_template("report.html")
    return template.render(
        mark=Markup(MARK),  # noqa: S704 - a constant
        report=report,
        rows=rows,
        folder=folder,
        made=made,
        most=MOST,
        states=[state.value for state in PageState],
        plot=plot,
        strip=lambda tally: strip(asdict(tally)),
    )


@cache
def environment() -> Environment:
    """Return what renders the templates of this package; what they are given is escaped."""
    made = Environment(
        loader=PackageLoader("ocrqueue.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    made.globals.update(share=share, number=number)
    return made


def share(value: float | None) -> str:
    """Return a share in percent; what is not all is never told as 100 %."""
    if value is None:
        return ""
    return f"{100 * value:.0f} %" if value in (0, 1) else f"{min(99.9, 100 * value):.1f} %"


def number(value: float | None, decimals: int) -> str:
    """Return a number as it is shown; "" where there is none."""
    return "" if value is None else f"{value:,.{decimals}f}"


def strip(counts: Mapping[str, int]) -> Markup:
    """Return a strip of pages by how they ended, as SVG: it needs no style of its own."""
    parts, at = [], 0
    for state in PageState:
        if count := counts[state.value]:
            parts.append(
                Markup(
                    '<rect class="{}" x="{}" width="{}" height="1"><title>{} {}</title></rect>'
                ).format(state.value, at, count, count, state.value)
            )
            at += count
    return Markup(
        '<svg class="strip" viewBox="0 0 {} 1" preserveAspectRatio="none" role="img">{}</svg>'
    ).format(max(at, 1), Markup("").join(parts))


def plot(chart: Chart) -> Markup:
    """Return a chart as SVG.

    Bars with a word at either end are all that is wanted, so no library draws them.
    """
    highest = max((bar.height for bar in chart.bars), default=0) or 1
    room, top = HEIGHT - FOOT, 14
    step = WIDTH / max(1, len(chart.bars))
    bars = Markup("").join(
        Markup(
            '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>'
        ).format(at * step, room - high, max(1.0, step - 2), high, bar.words)
        for at, bar in enumerate(chart.bars)
        if (high := (room - top) * bar.height / highest)
    )
    return Markup(
        '<svg viewBox="0 0 {w} {h}" role="img" aria-label="{title}">{bars}'
        '<line x1="0" x2="{w}" y1="{room}" y2="{room}" stroke="currentColor" stroke-opacity=".4"/>'
        '<text x="0" y="10">{highest:.3g}</text><text x="0" y="{low}">{least}</text>'
        '<text x="{w}" y="{low}" text-anchor="end">{most}</text></svg>'
    ).format(
        w=WIDTH,
        h=HEIGHT,
        title=chart.title,
        bars=bars,
        room=room,
        highest=highest,
        low=HEIGHT - 4,
        least=chart.least,
        most=chart.most,
    )


def _urgency(row: DocumentRow) -> tuple[int, int, str]:
    return _URGENT.get(row.state, 3), -row.doubtful, row.document
