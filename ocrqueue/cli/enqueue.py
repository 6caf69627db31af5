"""`enqueue`: pages into a queue that other processes work on."""

import time
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import click

from ocrqueue.broker import connection
from ocrqueue.cli import auto_route, file_options, options, output, readiness, sampling
from ocrqueue.cli.arguments import Batch
from ocrqueue.cli.manner import Manner, how_to_tell
from ocrqueue.cli.sections import Sectioned
from ocrqueue.cli.wait import produce_and_wait
from ocrqueue.model.errors.base import ExitCode
from ocrqueue.model.errors.operator import NothingToDo
from ocrqueue.pipeline.entry import Action, Entry
from ocrqueue.pipeline.summary import new_run, record
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace.store import Store


@click.command(cls=Sectioned)
@file_options.which_files
@sampling.how_many
@options.how_to_read
@options.what_is_read_again
@options.priority
@click.option("--dry-run", is_flag=True, help="Say what would be done; do nothing.")
@click.option("--wait", is_flag=True, help="Show progress until all is done; exit as `run` does.")
@how_to_tell
@options.common
def enqueue(settings: Settings, *, wait: bool, dry_run: bool, manner: Manner, **asked: Any) -> None:
    """Queue the pages of folders and files for the workers that run elsewhere.

    Safe to repeat: only what is missing or changed is queued. Example:

        ocrqueue enqueue scans -o out --wait
    """
    settings = auto_route.settle_and_tell(settings, quiet=manner.quiet)
    batch = Batch.asked_for(settings, asked)
    if dry_run:
        batch.preview(as_json=manner.as_json)
        return
    client = readiness.find(settings)
    store, run_id = Store.create(settings.workspace.folder), new_run()
    began = time.monotonic()
    with batch.producing(store) as produce:
        queue = partial(produce, client, run=run_id)
        if not wait:
            _tell(record(store, run_id, queue(), batch.left_out), batch.left_out, manner)
            return
        watcher = readiness.find(settings, connection.connect_watcher)
        produce_and_wait(
            queue, store, run_id, left_out=batch.left_out, watcher=watcher, silent=manner.silent
        )
    output.end(store, run_id, settings, manner, seconds=time.monotonic() - began)


def _tell(entries: Iterable[Entry], left_out: Mapping[str, int], manner: Manner) -> None:
    actions = output.tell_entries(
        entries, as_json=manner.as_json, quiet=manner.quiet, left_out=left_out
    )
    if not actions:
        raise NothingToDo("no PDF and no image that can be read was found")
    if actions[Action.FAILED]:
        raise SystemExit(ExitCode.PAGES_FAILED)
