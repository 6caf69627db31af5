"""`retry`: the failed pages once more, by the server that runs, or with everything in one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import click

from ocrqueue.broker.connection import Client
from ocrqueue.cli import auto_route, conversion, options, output, readiness, remote
from ocrqueue.cli.echo import say
from ocrqueue.pipeline import retry as use_case
from ocrqueue.pipeline.enqueue import enqueue
from ocrqueue.pipeline.entry import Entry
from ocrqueue.pipeline.order import feeder_of, order_of, renderer_of
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace import publish
from ocrqueue.workspace.store import Store


@click.command()
@click.argument("documents", nargs=-1, metavar="[DOC]...")
@options.what_may_leave
@options.overwrite
@options.how_to_tell
@options.common
def retry(
    settings: Settings,
    *,
    documents: tuple[str, ...],
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Read the failed pages again, of all documents or of those named, and assemble anew.

    DOC is an input, an output, or the beginning of a document's id. Uses the server that runs;
    without one it starts everything, as `run` does.
    """
    settings = auto_route.settle_and_tell(settings, quiet=quiet)
    store = Store.open(settings.workspace.folder)
    named = list(use_case.named(store, documents))
    for one in named if overwrite else ():
        publish.give_up_edits(store, one)
    named = use_case.worth_it(named, store)
    if settings.is_flag("remote.allowed"):
        named = remote.permit(settings, store, named, may_leave=settings.remote.allowed)
    if not named:
        say("Nothing failed: there is nothing to retry.", err=True)
        return
    order = order_of(settings)
    with renderer_of(settings) as renderer:

        def produce(client: Client, **hooks: Any) -> Iterable[Entry]:
            feeder = feeder_of(settings, client, store, **hooks)
            refused = use_case.refused(named)
            return chain(
                use_case.retry(named, store=store, feeder=feeder),
                enqueue(refused, order, store=store, counter=renderer, feeder=feeder),
            )

        client = readiness.find_at_once(settings)
        if client is None:
            backends = use_case.backends(named, store)
            if use_case.refused(named) or not backends:  # these are enqueued as the settings say
                backends += settings.reading.route
            own = _serving(settings, backends, may_leave=use_case.may_any_leave(named, store))
            conversion.convert(own, store, produce, quiet=quiet, as_json=as_json)
        else:
            entries = list(produce(client, run=conversion.new_run_id()))
            output.tell_entries(entries, as_json=as_json, quiet=quiet)


def _serving(settings: Settings, backends: Sequence[str], *, may_leave: bool) -> Settings:
    """Return the settings with these backends as the route, so that their workers start."""
    known = {*settings.candidates}
    wanted = dict.fromkeys(name for name in backends if name in known)
    return replace(
        settings,
        reading=replace(settings.reading, route=tuple(wanted)),
        remote=replace(settings.remote, allowed=may_leave),
        rules=(),
    )
