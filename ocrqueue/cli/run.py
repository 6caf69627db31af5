"""`run` and `retry`: everything in one command, from the first page to the summary."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import click

from ocrqueue.broker import connection
from ocrqueue.broker.connection import Client
from ocrqueue.cli import arguments, auto_route, options, output, readiness, remote, session, wait
from ocrqueue.cli.echo import say
from ocrqueue.cli.wait import Production
from ocrqueue.inputs.walk import Skip
from ocrqueue.model.errors.base import ExitCode
from ocrqueue.pipeline import enqueue as use_case
from ocrqueue.pipeline import retry as rereading
from ocrqueue.pipeline.enqueue import Entry
from ocrqueue.pipeline.order import feeder_of, order_of, renderer_of
from ocrqueue.pipeline.summary import of_run, record
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace.store import Store

RESTART_S = 10.0  # so long a worker may take to start, on a machine with much to do
Produce = Callable[..., Iterable[Entry]]  # (client, what the feeder must call)


@click.command()
@options.which_files
@click.option("-j", "--workers", type=int, metavar="N", help="Tesseract workers.  [one a core]")
@options.how_to_read
@click.option("--dry-run", is_flag=True, help="Say what would be done; do nothing.")
@options.how_to_tell
@options.common
def run(settings: Settings, *, quiet: bool, as_json: bool, dry_run: bool, **asked: Any) -> None:
    """Convert folders and files to Markdown: server, workers, progress, all in one.

    Safe to repeat: only what is missing or changed is read. Example:

        ocrqueue run scans letters/march.pdf -o out
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
        preview(settings, order, found, as_json=as_json)
        return
    store = Store.create(settings.workspace.folder)
    with renderer_of(settings) as renderer:

        def produce(client: Client, **hooks: Any) -> Iterable[Entry]:
            feeder = feeder_of(settings, client, store, **hooks)
            return use_case.enqueue(found, order, store=store, counter=renderer, feeder=feeder)

        try:
            convert(settings, store, produce, quiet=quiet, as_json=as_json)
        finally:
            output.tell_left_out(left_out)


@click.command()
@click.argument("documents", nargs=-1, metavar="[DOC]...")
@options.what_may_leave
@options.how_to_tell
@options.common
def retry(settings: Settings, *, documents: tuple[str, ...], quiet: bool, as_json: bool) -> None:
    """Read the failed pages again, of all documents or of those named, and assemble anew.

    DOC is an input, an output, or the beginning of a document's id. Uses the server that runs;
    without one it starts everything, as `run` does.
    """
    settings = auto_route.settle_and_tell(settings, quiet=quiet)
    store = Store.open(settings.workspace.folder)
    named = rereading.worth_it(list(rereading.named(store, documents)), store)
    if settings.is_flag("remote.allowed"):
        named = remote.permit(settings, store, named, may_leave=settings.remote.allowed)
    if not named:
        say("Nothing failed: there is nothing to retry.", err=True)
        return
    order = order_of(settings)
    with renderer_of(settings) as renderer:

        def produce(client: Client, **hooks: Any) -> Iterable[Entry]:
            feeder = feeder_of(settings, client, store, **hooks)
            refused = rereading.refused(named)
            return chain(
                rereading.retry(named, store=store, feeder=feeder),
                use_case.enqueue(refused, order, store=store, counter=renderer, feeder=feeder),
            )

        client = readiness.find_at_once(settings)
        if client is None:
            backends = rereading.backends(named, store)
            if rereading.refused(named) or not backends:  # these are enqueued as the settings say
                backends += settings.reading.route
            own = _serving(settings, backends, may_leave=rereading.may_any_leave(named, store))
            convert(own, store, produce, quiet=quiet, as_json=as_json)
        else:
            entries = list(produce(client, run=new_run_id()))
            output.tell_entries(entries, as_json=as_json, quiet=quiet)


def _serving(settings: Settings, backends: Sequence[str], *, may_leave: bool) -> Settings:
    """Return the settings with these backends as the route, so that their workers start."""
    known = {candidate.name for candidate in settings.backends.candidates}
    wanted = dict.fromkeys(name for name in backends if name in known)
    return replace(
        settings,
        reading=replace(settings.reading, route=tuple(wanted)),
        remote=replace(settings.remote, allowed=may_leave),
        rules=(),
    )


def convert(
    settings: Settings, store: Store, produce: Produce, *, quiet: bool, as_json: bool
) -> None:
    """Start everything, produce, wait, stop everything, and tell what came of it."""
    run_id = new_run_id()
    try:
        with session.everything(settings, store) as processes:
            client = connection.connect_worker(processes.url)
            production = Production()
            entries = produce(
                client,
                run=run_id,
                should_stop=lambda: production.stopping,
                begin=processes.begin,
            )
            production.entries = record(store, run_id, entries)
            now = wait.produce_and_wait(
                production,
                connection.connect_watcher(processes.url),
                store,
                silent=quiet or as_json,
                keep_alive=processes.keep_alive,
                is_needed=lambda: processes.wanted,
                patience_s=RESTART_S + settings.queue.beat_s * settings.queue.missed_beats,
            )
    except KeyboardInterrupt:
        output.tell_interrupted(store, run_id)
        raise SystemExit(ExitCode.INTERRUPTED) from None
    for line in output.held_lines(now) if now and not now.finished else ():
        say(line.strip(), err=True)
    summary = of_run(store, run_id)
    output.tell_summary(summary, store, run_id, settings, quiet=quiet, as_json=as_json)
    raise SystemExit(summary.exit_code)


def preview(settings: Settings, order: use_case.Order, found: Any, *, as_json: bool) -> None:
    """Tell what would be done; writes nothing and needs no server."""
    store = Store(settings.workspace.folder.absolute())
    with renderer_of(settings) as renderer:
        entries = use_case.preview(found, order, store=store, counter=renderer)
        output.tell_entries(entries, as_json=as_json, each=True)


def new_run_id() -> str:
    """Return a name for a run that sorts by time."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
