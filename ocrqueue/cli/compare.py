"""`compare`: the same pages through several backends, before you choose one."""

import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from ocrqueue.backends import factory
from ocrqueue.broker.connection import Client
from ocrqueue.broker.document_record import Run
from ocrqueue.cli import arguments, file_options, options, readiness
from ocrqueue.cli.echo import say, say_json
from ocrqueue.cli.summary import parts
from ocrqueue.evaluation import compare as use_case
from ocrqueue.evaluation.compare import Input, OnePage, find, without_those_that_stay
from ocrqueue.evaluation.compare_figures import UNTRIED, Figures, of_backends, share, to_wire
from ocrqueue.evaluation.compare_html import html
from ocrqueue.model.errors.base import ExitCode
from ocrqueue.model.errors.operator import NotReady, UsageError
from ocrqueue.model.gate import MICRO, Gate, LocalGate
from ocrqueue.model.place import Place
from ocrqueue.pipeline import remote_gate, retry, status
from ocrqueue.pipeline.order import renderer_of
from ocrqueue.settings.engines import Candidate, OpenRouterSettings
from ocrqueue.settings.schema import Settings
from ocrqueue.settings.schema_remote import RemoteSettings
from ocrqueue.text.terminal import printable
from ocrqueue.workspace import storage

LEAST_BACKENDS = 2


@click.command()
@file_options.which_files
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
    settings: Settings,
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
    queued or kept for later. Asks before pages leave this machine. Models of one service are named
    openrouter:MODEL. Examples:

        ocrqueue compare scans --backends deepseek-mlx,tesseract --sample 20 -o compared
        ocrqueue compare scans --backends openrouter:MODEL_A,openrouter:MODEL_B --sample 10 -o c
    """
    settings, names = _backends(backends, settings)
    remote = [name for name in names if settings.candidate(name).is_remote]
    client = readiness.find_at_once(settings) if remote else None
    settings = replace(settings, reading=replace(settings.reading, route=names))
    readiness.require_money(settings)
    with renderer_of(settings) as renderer:
        order = arguments.order_of(settings, asked)
        found = list(find(arguments.inputs_of(settings, asked, Counter()), order, renderer))
        if remote:
            store = readiness.workspace(settings)
            found = without_those_that_stay(found, retry.named(store, ()) if store else ())
        pages = _chosen(found, sample)
        if remote:
            money = _money(settings.remote, is_booked=client is not None)
            told = f"{len(pages)} pages leave this machine for {', '.join(remote)}; {money}."
            say(told, err=True) if yes else _ask(told)
        reading = use_case.read(
            pages,
            names,
            settings,
            renderer=renderer,
            truths=truth,
            gate=_gate(settings.remote, client),
            wait_out=_wait_out,
        )
        hidden = not sys.stderr.isatty()
        with click.progressbar(reading, len(pages), "Pages", hidden=hidden, file=sys.stderr) as bar:
            compared = list(bar)
    written = write(settings.workspace.output, compared)
    if as_json:
        say_json(to_wire(compared), indent=1)
    else:
        _tell(of_backends(compared), len(compared), written)
    untried = any(not read.tried for page in compared for read in page.reads)
    if untried or any(one.problem for one in found):
        raise SystemExit(ExitCode.PAGES_FAILED)


def write(folder: Place, pages: Sequence[OnePage]) -> Place:
    """Write the page and the figures, each whole; return where the page is."""
    wire = json.dumps(to_wire(pages), indent=1)
    files = storage.of_output(folder)
    files.write(folder / "compare.json", wire.encode())
    files.write(folder / "compare.html", html(pages).encode())
    return folder / "compare.html"


def _backends(told: str, settings: Settings) -> tuple[Settings, tuple[str, ...]]:
    """Return the backends that are named, each once, if all of them are ready, with settings."""
    names = tuple(dict.fromkeys(name.strip() for name in told.split(",") if name.strip()))
    settings = replace(settings, candidates={**settings.candidates, **_models(names, settings)})
    known = list(settings.candidates)
    if unknown := [name for name in names if name not in known]:
        raise UsageError(f"there is no backend {', '.join(unknown)} (known: {', '.join(known)})")
    if len(names) < LEAST_BACKENDS:
        raise UsageError("--backends needs two at least, such as deepseek-mlx,tesseract")
    for name in names:
        one = settings.candidate(name)
        problems = factory.check(one) if one.kind == name else factory.ask(one)
        if problems:
            raise NotReady(f"{name} is not ready: {'; '.join(problems)}")
    return settings, names


def _models(names: Sequence[str], settings: Settings) -> dict[str, Candidate]:
    """Return the settings of each `openrouter:MODEL`: that model alone, without fallbacks."""
    found: dict[str, Candidate] = {}
    for name in names:
        kind, is_named, model = name.partition(":")
        base = settings.candidates.get(kind)
        if is_named and model and isinstance(base, OpenRouterSettings):
            found[name] = replace(base, name=name, model=model, fallbacks="")
    return found


def _chosen(found: Sequence[Input], count: int | None) -> list[tuple[Input, int]]:
    """Return the pages that are read; say which inputs are left out."""
    for one in found:
        if one.problem:
            say(f"left out: {one.found.relative}: {one.problem}", err=True)
    pages = use_case.sample(found, count)
    if not pages:
        raise UsageError("there is no page to compare")
    return pages


def _gate(money: RemoteSettings, client: Client | None) -> Gate:
    """Return the pool's own gate, with a run of its own; without a server one of this process."""
    if client is None:
        return LocalGate(time.monotonic, cap_micro_usd=round(money.least_usd * MICRO))
    return remote_gate.gate_of(client, status.POOL, money, Run(name=f"compare-{uuid4().hex}"))


def _money(money: RemoteSettings, *, is_booked: bool) -> str:
    """Return what may be spent, and which budgets will know of it."""
    if is_booked:
        return f"at most {money.budget_usd:g} USD, within the budgets of the day and the month"
    return (
        f"at most {money.least_usd:g} USD; no queue server runs here, so that "
        "the budgets of the day and the month will not know of it"
    )


def _ask(told: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError(f"{told} Say --yes if that is meant")
    click.confirm(printable(f"{told} Go on?"), abort=True, err=True)


def _wait_out(seconds: float, why: str) -> None:
    say(f"{printable(why)}: asking again in {seconds:.0f} s", err=True)
    time.sleep(seconds)


def _tell(backends: Sequence[Figures], pages: int, written: Place) -> None:
    say(f"{pages} pages, each read once by each backend")
    Console().print(figures_table(backends))
    for one in backends:
        if one.why_untried:
            count, why = one.verdicts[UNTRIED], printable(one.why_untried)
            say(f"{one.backend} did not try {count} pages: {why}")
    say(f"Texts side by side: {printable(str(written))}")


def figures_table(backends: Sequence[Figures]) -> Table:
    """Return a column for each backend: their names are long, and 80 letters hold three of them."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(no_wrap=True)
    for one in backends:
        table.add_column(one.backend, justify="right", overflow="fold")
    for head, cells in _rows(backends).items():
        if any(cells):
            table.add_row(head, *cells)
    return table


def _rows(backends: Sequence[Figures]) -> dict[str, list[str]]:
    """Return the cells beside each head; "" where nothing can be said."""
    return {
        "pages": [parts(*((n, word) for word, n in one.verdicts.items())) for one in backends],
        "alike": [share(one.similarity) for one in backends],
        "recall": [share(one.recall) for one in backends],
        "precision": [share(one.precision) for one in backends],
        "agreed": [_agreed(one) for one in backends],
        "s/page": [_number(one.seconds_median, 2) for one in backends],
        "USD": [_number(one.cost_usd, 4) for one in backends],
        "tok/s": [_number(one.tokens_per_s or None, 1) for one in backends],
        "USD/1000": [_number(one.cost_usd_1000, 2) for one in backends],
    }


def _agreed(one: Figures) -> str:
    """Return how far second readings agree, by who they were and what they were of."""
    told = [f"{share(found.agreed)} {found.by} {found.kind}" for found in one.witnesses]
    return ", ".join([*told, *([f"{one.unwitnessed} unwitnessed"] if one.unwitnessed else [])])


def _number(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:.{decimals}f}"
