"""`compare`: the same pages through several backends, before you choose one."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from ocrqueue import compare as use_case
from ocrqueue import files, wiring
from ocrqueue.backends import factory
from ocrqueue.cli import options, orders, telling
from ocrqueue.compare import Figures, Input, OnePage, Purse
from ocrqueue.compare.truths import Truths
from ocrqueue.errors import ExitCode, NotReady, UsageError
from ocrqueue.inputs import Skip
from ocrqueue.settings import Settings
from ocrqueue.spending import MICRO

LEAST_BACKENDS = 2
TEXTS = ("backend", "pages")  # columns that begin at the left


@click.command()
@options.which_files
@click.option("--backends", metavar="A,B", required=True, help="Two backends or more.")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Only N pages, spread out.")
@click.option(
    "--truth",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="What pages say: NAME.md or .txt, NAME.p3.md, NAME.jsonl.",
)
@options.what_may_leave
@click.option("--yes", is_flag=True, help="Do not ask before pages leave this machine.")
@options.how_a_backend_reads
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@options.common
def compare(
    chosen: Settings,
    *,
    backends: str,
    sample: int | None,
    truth: Path | None,
    yes: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Read the same pages with several backends and tell how they differ.

    Writes compare.html (texts side by side) and compare.json into the output folder. Nothing is
    queued or kept for later. Asks before pages leave this machine. Example:

        ocrqueue compare scans --backends deepseek-mlx,tesseract --sample 20 -o compared
    """
    names = _names(backends, chosen)
    _require_ready(names, chosen)
    remote = [name for name in names if chosen.candidate(name).is_remote]
    purse = Purse(round(chosen.remote.budget_usd * MICRO))
    chosen = replace(chosen, reading=replace(chosen.reading, route=names))
    order, left_out = orders.order_of(chosen, asked), Counter[Skip]()
    with wiring.renderer_of(chosen) as renderer:
        found = list(use_case.find(orders.inputs_of(chosen, asked, left_out), order, renderer))
        if remote:
            found = _without(use_case.that_stay(found), found)
        _tell_problems(found)
        pages = use_case.sample(found, sample)
        if not pages:
            message = "there is no page to compare"
            raise UsageError(message)
        if remote and not yes:
            _ask(len(pages), remote, chosen.remote.budget_usd)
        known = Truths(folder=truth)
        reading = use_case.read(pages, names, chosen, renderer=renderer, known=known, gate=purse)
        hidden = not sys.stderr.isatty()
        with click.progressbar(reading, len(pages), "Pages", hidden=hidden, file=sys.stderr) as bar:
            compared = list(bar)
    written = write(chosen.workspace.output, compared)
    if as_json:
        click.echo(json.dumps(use_case.to_wire(compared), indent=1))
    else:
        _tell(use_case.of_backends(compared), len(compared), written)
    if any(one.problem for one in found):
        raise SystemExit(ExitCode.PAGES_FAILED)


def write(folder: Path, pages: Sequence[OnePage]) -> Path:
    """Write the page and the figures, each whole; return where the page is."""
    folder.mkdir(parents=True, exist_ok=True)
    wire = json.dumps(use_case.to_wire(pages), indent=1)
    files.write_whole(folder / "compare.json", wire.encode())
    files.write_whole(folder / "compare.html", use_case.html(pages).encode())
    return folder / "compare.html"


def _names(backends: str, chosen: Settings) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in backends.split(",") if name.strip()))
    known = [candidate.name for candidate in chosen.backends.candidates]
    if unknown := [name for name in names if name not in known]:
        message = f"there is no backend {', '.join(unknown)} (known: {', '.join(known)})"
        raise UsageError(message)
    if len(names) < LEAST_BACKENDS:
        message = "--backends needs two at least, such as deepseek-mlx,tesseract"
        raise UsageError(message)
    return names


def _require_ready(names: Sequence[str], chosen: Settings) -> None:
    for name in names:
        if problems := factory.check(chosen.candidate(name)):
            message = f"{name} is not ready: {'; '.join(problems)}"
            raise NotReady(message)


def _without(staying: Sequence[Input], found: Sequence[Input]) -> list[Input]:
    """Return the inputs; those that stay have no pages, and that as their problem."""
    why = "it may not leave this machine (--allow-remote)"
    return [replace(one, pages=(), problem=why) if one in staying else one for one in found]


def _ask(pages: int, remote: Sequence[str], budget: float) -> None:
    told = f"{pages} pages leave this machine for {', '.join(remote)}; at most {budget:g} USD."
    if not sys.stdin.isatty():
        message = f"{told} Say --yes if that is meant"
        raise UsageError(message)
    click.confirm(f"{told} Go on?", abort=True, err=True)


def _tell_problems(found: Sequence[Input]) -> None:
    for one in found:
        if one.problem:
            told = telling.printable(f"{one.found.relative}: {one.problem}")
            click.echo(f"left out: {told}", err=True)


def _tell(backends: Sequence[Figures], pages: int, written: Path) -> None:
    click.echo(f"{pages} pages, each read once by each backend")
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head, values in _columns(backends):
        if any(values):
            table.add_column(head, justify="left" if head in TEXTS else "right")
    rows = zip(*(values for _, values in _columns(backends) if any(values)), strict=True)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
    click.echo(f"Texts side by side: {telling.printable(str(written))}")


def _columns(backends: Sequence[Figures]) -> list[tuple[str, list[str]]]:
    return [
        ("backend", [one.backend for one in backends]),
        ("pages", [_verdicts(one) for one in backends]),
        ("alike", [_share(one.similarity) for one in backends]),
        ("recall", [_share(one.recall) for one in backends]),
        ("precision", [_share(one.precision) for one in backends]),
        ("s/page", [f"{one.seconds_median:.2f}" for one in backends]),
        ("USD", ["" if one.cost_usd is None else f"{one.cost_usd:.4f}" for one in backends]),
        ("tok/s", [f"{one.tokens_per_s:.1f}" if one.tokens_per_s else "" for one in backends]),
    ]


def _verdicts(one: Figures) -> str:
    return telling.parts(*((count, name) for name, count in one.verdicts.items()))


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
