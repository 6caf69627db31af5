"""`status`: what is done and left, and what each worker does; changes nothing."""

import time
from dataclasses import asdict

import click

from ocrqueue.cli import options, output, readiness
from ocrqueue.cli.echo import say, say_json
from ocrqueue.cli.processes import kind_of
from ocrqueue.model.money import Window
from ocrqueue.pipeline import status as use_case
from ocrqueue.pipeline.status import Now
from ocrqueue.pipeline.summary import Summary, of_workspace
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace.store import Store

LOOK_S = 1.0


@click.command()
@click.option("--watch", is_flag=True, help="Look again every second until nothing is left.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@options.common
def status(settings: Settings, *, watch: bool, as_json: bool) -> None:
    """Show what is done, failed, doubtful and left, and what each worker does."""
    while True:
        store = readiness.workspace(settings)
        summary = of_workspace(store) if store else Summary()
        now, spent, pause = _queue(settings)
        if as_json:
            wire = {
                "documents": output.documents_wire(summary),
                "queue": now.to_wire() if now else None,
                "budgets": [asdict(window) for window in spent],
                "pause": pause,
            }
            say_json(wire, indent=None if watch else 1)
        else:
            if watch:
                click.clear()
            lines = [*output.summary_lines(summary, settings), *queue_lines(now)]
            lines += [*output.budget_lines(spent), *filter(None, [pause])]
            say(*lines)
        if not watch or now is None or now.finished:
            return
        time.sleep(LOOK_S)


def queue_lines(now: Now | None) -> list[str]:
    """Return what the queue says, as a person reads it."""
    if now is None:
        return ["Queue: no server runs (`ocrqueue run` and `ocrqueue up` start one)"]
    lines = [f"Queue: {now.pending} pages left in {now.documents} documents"]
    lines += [f"  waiting in {queue}: {count}" for queue, count in now.queues.items() if count]
    lines += output.held_lines(now)
    lines += [
        f"  {one.taken} pages were taken over from {one.queue} by {one.by}: {one.reason}"
        for one in now.helped
    ]
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
    store = Store(settings.workspace.folder.absolute())
    spent = use_case.budgets(client, store, settings.remote)
    return use_case.now(client, store), spent, use_case.pause(client, settings.remote)
