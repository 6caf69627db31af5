"""`retry`: the failed pages once more, by the server that runs, or with everything in one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any

import click

from ocrqueue.broker.connection import Client
from ocrqueue.cli import (
    arguments,
    auto_route,
    conversion,
    file_options,
    options,
    output,
    readiness,
    remote,
)
from ocrqueue.cli.echo import say
from ocrqueue.cli.manner import Manner, how_to_tell
from ocrqueue.cli.sections import Sectioned
from ocrqueue.pipeline import order
from ocrqueue.pipeline import retry as use_case
from ocrqueue.pipeline.enqueue import enqueue
from ocrqueue.pipeline.entry import Entry
from ocrqueue.pipeline.summary import new_run
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace import publish
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store

ROUTE = "reading.route"
# What was tried again and failed again needs another engine than before.
ELSEWHERE = "ocrqueue retry --backend NAME"


@click.command(cls=Sectioned)
@options.documents
@click.option("--doubtful", is_flag=True, help="Read doubtful pages again as well.")
@options.who_reads
@options.what_may_leave
@file_options.passwords
@options.overwrite
@how_to_tell
@options.common
def retry(
    settings: Settings,
    *,
    documents: tuple[str, ...],
    doubtful: bool,
    overwrite: bool,
    manner: Manner,
    **asked: Any,
) -> None:
    """Read the failed pages again, of all documents or of those named, and assemble anew.

    DOC is an input, an output, or the beginning of a document's id. Uses the server that runs;
    without one it starts everything, as `run` does. Each document keeps its route unless --route
    or --backend names another one for these pages.
    """
    settings = auto_route.settle_and_tell(settings, quiet=manner.quiet)
    store = Store.open(settings.workspace.folder)
    named = list(use_case.named(store, documents))
    for one in named if overwrite else ():
        publish.give_up_edits(store, one)
    kinds = use_case.DOUBTFUL_TOO if doubtful else use_case.FAILED
    named = _there(use_case.worth_it(named, store, kinds))
    if settings.is_flag("remote.allowed"):
        named = remote.permit(settings, store, named, may_leave=settings.remote.allowed)
    if not named:
        say("There is nothing to retry.", err=True)
        return
    wanted = arguments.order_of(settings, asked)
    reading = wanted.reading if settings.is_flag(ROUTE) else None
    with order.renderer_of(settings) as renderer:

        def produce(client: Client, **hooks: Any) -> Iterable[Entry]:
            feeder = order.feeder_of(settings, client, store, **hooks)
            refused = use_case.refused(named)
            first = use_case.as_first_asked(wanted, named, reading)
            return chain(
                use_case.retry(named, store=store, feeder=feeder, of=kinds, reading=reading),
                enqueue(refused, first, store=store, counter=renderer, feeder=feeder),
            )

        client = readiness.find_at_once(settings)
        if client is None:
            own = _serving(settings, named, store)
            end = partial(output.end, again=ELSEWHERE)
            conversion.convert(own, store, produce, manner=manner, end=end)
        else:
            entries = list(produce(client, run=new_run()))
            output.tell_entries(entries, as_json=manner.as_json, quiet=manner.quiet)


def _there(chosen: Sequence[Output]) -> list[Output]:
    """Return the outputs whose inputs are there, and say how many are not."""
    found = [one for one in chosen if use_case.has_input(one)]
    if gone := len(chosen) - len(found):
        say(f"{gone} inputs are gone: they were moved or deleted", err=True)
    return found


def _serving(settings: Settings, named: Sequence[Output], store: Store) -> Settings:
    """Return the settings with the backends that may read now as the route, so that they start."""
    backends: list[str] = [] if settings.is_flag(ROUTE) else use_case.backends(named, store)
    if use_case.refused(named) or not backends:  # these are enqueued as the settings say
        backends += settings.reading.route
    wanted = dict.fromkeys(name for name in backends if name in settings.candidates)
    may_leave = use_case.may_any_leave(named, store)
    return replace(
        settings,
        reading=replace(settings.reading, route=tuple(wanted)),
        remote=replace(settings.remote, allowed=may_leave),
        rules=(),
    )
