"""`enqueue` and `cancel`: what a user does to a queue that other processes work on."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import click

from ocrqueue import enqueue as use_case
from ocrqueue import redo, report, wiring
from ocrqueue.cli import (
    choosing,
    converting,
    options,
    orders,
    servers,
    serving,
    telling,
    waiting,
)
from ocrqueue.cli.waiting import Production
from ocrqueue.enqueue import Entry
from ocrqueue.errors import ExitCode, NothingToDo, UsageError
from ocrqueue.inputs import Skip
from ocrqueue.settings import Settings
from ocrqueue.store import Store


@click.command()
@options.which_files
@options.how_to_read
@click.option("--dry-run", is_flag=True, help="Say what would be done; do nothing.")
@click.option("--wait", is_flag=True, help="Show progress until all is done; exit as `run` does.")
@options.how_to_tell
@options.common
def enqueue(
    chosen: Settings, *, wait: bool, dry_run: bool, quiet: bool, as_json: bool, **asked: Any
) -> None:
    """Queue the pages of folders and files for the workers that run elsewhere.

    Safe to repeat: only what is missing or changed is queued. Example:

        ocrqueue enqueue scans -o out --wait
    """
    chosen = choosing.settle_and_tell(chosen, quiet=quiet)
    left_out: Counter[Skip] = Counter()
    order, found = orders.order_of(chosen, asked), orders.inputs_of(chosen, asked, left_out)
    serving.require_reader(order, chosen)
    serving.require_folders_of_rules(chosen)
    if dry_run:
        converting.preview(chosen, order, found, as_json=as_json)
        return
    client = servers.find(chosen)
    store = Store.create(chosen.workspace.folder)
    run_id = converting.new_run_id()
    production = Production()
    with wiring.renderer_of(chosen) as renderer:
        feeder = wiring.feeder_of(
            chosen, client, store, run=run_id, should_stop=lambda: production.stopping
        )
        entries = use_case.enqueue(found, order, store=store, counter=renderer, feeder=feeder)
        noted = report.record(store, run_id, entries)
        if not wait:
            _tell(noted, left_out, as_json=as_json, quiet=quiet)
            return
        production.entries = noted
        waiting.produce_and_wait(
            production, servers.watcher(chosen), store, silent=quiet or as_json
        )
    telling.tell_left_out(left_out)
    summary = report.of_run(store, run_id)
    telling.tell_summary(summary, store, run_id, chosen, quiet=quiet, as_json=as_json)
    raise SystemExit(summary.exit_code)


@click.command()
@click.argument("documents", nargs=-1, metavar="[DOC]...")
@click.option("--all", "everything", is_flag=True, help="All documents of the workspace.")
@options.common
def cancel(chosen: Settings, *, documents: tuple[str, ...], everything: bool) -> None:
    """Take back the pages that no worker has begun; `retry` reads them after all."""
    if bool(documents) == everything:
        message = "name documents, or --all"
        raise UsageError(message)
    store = Store.open(chosen.workspace.folder)
    named = list(redo.named(store, documents))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    count = redo.cancel(named, client=servers.find(chosen), store=store, now=now)
    click.echo(f"{count} pages cancelled")


def _tell(entries: Iterable[Entry], left_out: Counter[Skip], *, as_json: bool, quiet: bool) -> None:
    actions = telling.tell_entries(entries, as_json=as_json, quiet=quiet)
    telling.tell_left_out(left_out)
    if not actions:
        message = "no PDF, PNG, JPEG, TIFF or WebP was found"
        raise NothingToDo(message)
    if actions[use_case.Action.FAILED]:
        raise SystemExit(ExitCode.PAGES_FAILED)
