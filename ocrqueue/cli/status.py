"""`status`: what failed, what is done and left, and what each worker does; changes nothing."""

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import click

from ocrqueue.cli import options, output, readiness
from ocrqueue.cli.echo import say, say_json, say_text
from ocrqueue.cli.processes import kind_of
from ocrqueue.cli.spreadsheet import csv_line
from ocrqueue.cli.summary import (
    count_lines,
    left_out_lines,
    output_option,
    parts,
    problem_lines,
    several,
)
from ocrqueue.model.finding import Concern
from ocrqueue.model.money import Window
from ocrqueue.model.place import absolute
from ocrqueue.pipeline import status as use_case
from ocrqueue.pipeline import summary as summaries
from ocrqueue.pipeline import tally
from ocrqueue.pipeline.status import Now
from ocrqueue.pipeline.summary import Problem, Summary
from ocrqueue.settings.schema import Settings
from ocrqueue.text.terminal import printable
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store
from ocrqueue.workspace.written import WrittenOutput

LOOK_S = 1.0
COLUMNS = ("document", "page", "state", "reason", "remedy", "markdown")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What is to be listed: nothing chosen means counts, failed and doubtful pages."""

    failed: bool
    doubtful: bool
    everything: bool

    @property
    def concerns(self) -> list[Concern]:
        chosen = [Concern.FAILED] * self.failed + [Concern.DOUBTFUL] * self.doubtful
        if self.everything:
            return [*Concern]
        return chosen or [Concern.FAILED, Concern.DOUBTFUL, Concern.KEPT, Concern.GONE]

    @property
    def is_list(self) -> bool:
        return (self.failed or self.doubtful) and not self.everything


@click.command()
@click.option("--failed", is_flag=True, help="List what failed, and nothing else.")
@click.option("--doubtful", is_flag=True, help="List doubtful pages, and nothing else.")
@click.option("--all", "everything", is_flag=True, help="Each document, and blank pages too.")
@click.option("--watch", is_flag=True, help="Look again every second until nothing is left.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a table for spreadsheets.")
@options.as_json
@options.common
def status(
    settings: Settings,
    *,
    failed: bool,
    doubtful: bool,
    everything: bool,
    watch: bool,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Show what failed and is doubtful, what is done and left, and what each worker does."""
    wish = _Wish(failed=failed, doubtful=doubtful, everything=everything)
    if as_csv:
        say_text(_table(readiness.workspace(settings), wish))
        return
    while True:
        store = readiness.workspace(settings)
        summary = tally.of_workspace(store) if store else Summary()
        now, spent, pause = _queue(settings)
        if as_json:
            wire = {
                "documents": output.documents_wire(summary),
                "queue": asdict(now) if now else None,
                "budgets": [asdict(window) for window in spent],
                "pause": pause,
            }
            say_json(wire, indent=None if watch else 1)
        else:
            goes_on = [*queue_lines(now), *output.budget_lines(spent), *filter(None, [pause])]
            out = output_option(settings.workspace.output)
            lines = list(_lines(summary, store, wish, goes_on, out))
            if watch:
                click.clear()
                lines = fitting(lines, shutil.get_terminal_size())
            say(*lines)
        if not watch or now is None or now.finished:
            return
        time.sleep(LOOK_S)


def fitting(lines: Sequence[str], size: tuple[int, int]) -> list[str]:
    """Return the lines that a screen of these columns and lines has room for, cut at its edge."""
    columns, rows = size
    shown = [line if len(line) < columns else f"{line[: max(columns - 2, 1)]}…" for line in lines]
    room = max(rows - 2, 1)  # a prompt comes below
    if len(shown) <= room:
        return shown
    return [*shown[: room - 1], f"... and {len(shown) - room + 1} more lines"]


def _lines(
    summary: Summary, store: Store | None, wish: _Wish, goes_on: Sequence[str], out: str
) -> Iterator[str]:
    """Yield what a person reads: counts and queue before the lists, which may be long."""
    found = problem_lines(summary.problems, wish.concerns, out)
    if wish.is_list:
        yield from found or ["Nothing of the kind."]
        return
    yield from count_lines(summary)
    yield from goes_on
    yield from found
    yield from left_out_lines(summary.left_out)
    if wish.everything and store:
        yield "Documents:"
        every = sorted(summaries.states(store), key=lambda state: state[0].shown)
        yield from (_document_line(one, told) for one, told in every)


def _document_line(one: Output, told: WrittenOutput | None) -> str:
    if told is None:
        return f"  {'not finished':<12} {printable(one.shown)}"
    counts = told.counts
    pages = parts(
        (counts.done, "done"),
        (counts.failed, "failed"),
        (counts.doubtful, "doubtful"),
        (counts.blank, "blank"),
    )
    return f"  {told.state:<12} {printable(one.shown)}: {pages or 'no page'}"


def _table(store: Store | None, wish: _Wish) -> str:
    """Return a row for each page or file to be looked at; where all is wished, each document."""
    rows: list[Sequence[str]] = [COLUMNS]
    for one, told in summaries.states(store) if store else ():
        problems = summaries.problems_of(one, told, store) if store else ()
        where = str(one.markdown) if told and told.markdown else ""
        rows += [_row(each, where) for each in problems if each.concern in wish.concerns]
        if told is None and not wish.is_list:
            rows.append((one.shown, "", "not finished", "", "", ""))
        elif told is not None and wish.everything:
            rows.append((one.shown, "", told.state, "", "", str(one.markdown)))
    return "\n".join(map(csv_line, rows))


def _row(problem: Problem, where: str) -> tuple[str, ...]:
    page = str(problem.page or "")
    return (problem.document, page, problem.concern, problem.message, problem.remedy, where)


def queue_lines(now: Now | None) -> list[str]:
    """Return what the queue says, as a person reads it."""
    if now is None:
        return ["Queue: no server runs (`ocrqueue run` and `ocrqueue up` start one)"]
    lines = [f"Queue: {several(now.pending, 'page')} left in {several(now.documents, 'document')}"]
    lines += [f"  waiting in {queue}: {count}" for queue, count in now.queues.items() if count]
    lines += output.held_lines(now)
    lines += [
        f"  {one.by} took {several(one.taken, 'page')} over from {one.queue}: {one.reason}"
        for one in now.helped
    ]
    if now.untold.waiting:
        why = f": {printable(now.untold.why)}" if now.untold.why else ""
        lines.append(f"  {several(now.untold.waiting, 'result')} to be told (on_done){why}")
    if now.trouble:
        lines.append(f"  nothing goes on: {now.trouble}")
    if not now.workers:
        waiting = next((queue for queue, count in now.queues.items() if count), "tesseract")
        lines.append(f"  no worker runs: start one with `ocrqueue worker {kind_of(waiting)}`")
    for worker in now.workers:
        doing = output.activity(worker)
        lines.append(f"  {worker.queue} worker {worker.pid} on {worker.host}: {doing}")
    return lines


def _queue(settings: Settings) -> tuple[Now | None, list[Window], str]:
    """Return what goes on, the budgets, and the pool's pause in words; None: no server runs."""
    client = readiness.find_at_once(settings)
    if client is None:
        return None, [], ""
    store = Store(absolute(settings.workspace.folder))
    spent = use_case.budgets(client, store, settings.remote)
    return use_case.now(client, store), spent, use_case.pause(client, settings.remote)
