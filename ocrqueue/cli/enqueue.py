"""`enqueue` and `cancel`: what a user does to a queue that other processes work on."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import click

from ocrqueue.cli import arguments, auto_route, options, output, readiness, run
from ocrqueue.cli.echo import say
from ocrqueue.cli.wait import Production, produce_and_wait
from ocrqueue.inputs.walk import Skip
from ocrqueue.model.errors.base import ExitCode
from ocrqueue.model.errors.operator import NothingToDo, UsageError
from ocrqueue.pipeline import enqueue as use_case
from ocrqueue.pipeline import retry
from ocrqueue.pipeline.enqueue import Entry
from ocrqueue.pipeline.order import feeder_of, renderer_of
from ocrqueue.pipeline.summary import of_run, record
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace.store import Store


@click.command()
@options.which_files
@options.how_to_read
@click.option("--dry-run", is_flag=True, help="Say what would be done; do nothing.")
@click.option("--wait", is_flag=True, help="Show progress until all is done; exit as `run` does.")
@options.how_to_tell
@options.common
def enqueue(
    settings: Settings, *, wait: bool, dry_run: bool, quiet: bool, as_json: bool, **asked: Any
) -> None:
    """Queue the pages of folders and files for the workers that run elsewhere.

    Safe to repeat: only what is missing or changed is queued. Example:

        ocrqueue enqueue scans -o out --wait
    """
    settings = auto_route.settle_and_tell(settings, quiet=quiet)
    left_out: Counter[Skip] = Counter()
    order, found = (
        arguments.order_of(settings, asked),
        arguments.inputs_of(settings, asked, left_out),
    )
    readiness.require_reader(order, settings)
    readiness.require_folders_of_rules(settings)
    if dry_run:
        run.preview(settings, order, found, as_json=as_json)
        return
    client = readiness.find(settings)
    store = Store.create(settings.workspace.folder)
    run_id = run.new_run_id()
    production = Production()
    with renderer_of(settings) as renderer:
        feeder = feeder_of(
            settings, client, store, run=run_id, should_stop=lambda: production.stopping
        )
        entries = use_case.enqueue(found, order, store=store, counter=renderer, feeder=feeder)
        noted = record(store, run_id, entries)
        if not wait:
            _tell(noted, left_out, as_json=as_json, quiet=quiet)
            return
        production.entries = noted
        produce_and_wait(production, readiness.watcher(settings), store, silent=quiet or as_json)
    output.tell_left_out(left_out)
    summary = of_run(store, run_id)
    output.tell_summary(summary, store, run_id, settings, quiet=quiet, as_json=as_json)
    raise SystemExit(summary.exit_code)


@click.command()
@click.argument("documents", nargs=-1, metavar="[DOC]...")
@click.option("--all", "everything", is_flag=True, help="All documents of the workspace.")
@options.common
def cancel(settings: Settings, *, documents: tuple[str, ...], everything: bool) -> None:
    """Take back the pages that no worker has begun; `retry` reads them after all."""
    if bool(documents) == everything:
        message = "name documents, or --all"
        raise UsageError(message)
    store = Store.open(settings.workspace.folder)
    named = list(retry.named(store, documents))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    count = retry.cancel(named, client=readiness.find(settings), store=store, now=now)
    say(f"{count} pages cancelled")


def _tell(entries: Iterable[Entry], left_out: Counter[Skip], *, as_json: bool, quiet: bool) -> None:
    actions = output.tell_entries(entries, as_json=as_json, quiet=quiet)
    output.tell_left_out(left_out)
    if not actions:
        message = "no PDF, PNG, JPEG, TIFF or WebP was found"
        raise NothingToDo(message)
    if actions[use_case.Action.FAILED]:
        raise SystemExit(ExitCode.PAGES_FAILED)
