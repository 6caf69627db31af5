"""What `run` and `retry` share: start everything, produce pages, wait, tell what came of it."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import NoReturn

from ocrqueue.broker import connection
from ocrqueue.cli import output, session, wait
from ocrqueue.cli.arguments import Produce
from ocrqueue.cli.echo import say
from ocrqueue.cli.manner import Manner
from ocrqueue.model.errors.base import ExitCode
from ocrqueue.pipeline import on_done
from ocrqueue.pipeline.summary import new_run
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace.store import Store


def convert(
    settings: Settings,
    store: Store,
    produce: Produce,
    *,
    manner: Manner,
    left_out: Mapping[str, int] | None = None,
    end: Callable[..., NoReturn] = output.end,
) -> None:
    """Start everything, produce, wait, stop everything, and tell what came of it.

    `left_out` is filled by what is produced; None: no folder is looked through. `end` tells what
    came of it.
    """
    run_id, began = new_run(), time.monotonic()
    try:
        with session.everything(settings, store) as processes:
            client = connection.connect_worker(processes.url)
            watcher = connection.connect_watcher(processes.url)
            try:
                now = wait.produce_and_wait(
                    partial(produce, client, run=run_id, begin=processes.begin),
                    store,
                    run_id,
                    left_out=left_out,
                    watcher=watcher,
                    silent=manner.silent,
                    session=processes,
                    patience=wait.Patience(
                        seconds=settings.queue.deserted_s,
                        service_s=settings.remote.patience_s,
                        away_s=settings.queue.away_s,
                    ),
                )
                if now is not None and now.finished:
                    on_done.tell_of_batch(client, store, settings.on_done)
            except KeyboardInterrupt:
                output.tell_stopping(wait.in_hand(watcher, store) if processes.process else 0)
                raise
    except KeyboardInterrupt:
        output.tell_interrupted(store, run_id)
        raise SystemExit(ExitCode.INTERRUPTED) from None
    for line in output.held_lines(now) if now and not now.finished else ():
        say(line.strip(), err=True)
    Store.open(store.place)  # what came of it cannot be told where it is not there any more
    end(store, run_id, settings, manner, seconds=time.monotonic() - began)
