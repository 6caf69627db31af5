"""The one process of this machine that computes with MLX: reads pages with a vision model.

It takes the machine's lease before anything of mlx is imported, loads the model with its first
page, and ends in order after so many pages or above the memory ceiling; its supervisor starts it
anew. An abort by Metal costs the page one attempt, like any crash. Without a model that it may
load it takes no page: what waits for it waits, and people are told why.
"""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from ocrqueue import logs
from ocrqueue.backends import factory
from ocrqueue.backends.deepseek_mlx import machine_lock
from ocrqueue.broker import connection, keys, monitor
from ocrqueue.broker.connection import Unreachable
from ocrqueue.settings.engines import Candidate, MlxSettings
from ocrqueue.text.terminal import printable
from workers.page_worker import read_pages

BACKEND = "deepseek-mlx"
TELL_S = 10.0  # how often the log says that we still wait
SHOW_S = 1.0  # how often `status` and `run` are told


def main() -> None:
    """Read pages until told to stop."""
    read_pages(BACKEND, before=wait_for_turn)


def wait_for_turn(candidate: Candidate, url: str) -> None:
    """Wait until the model is there and no other process computes; a signal ends the waiting."""
    watcher = connection.connect_watcher(url)
    place = candidate.lease_file if isinstance(candidate, MlxSettings) else None
    # Who waits for a model may wait for ever, so nobody counts on us; who has the lease will end.
    wait(
        lambda: next(iter(factory.check(candidate)), ""),
        every_s=SHOW_S,
        show=partial(monitor.tell, watcher, keys.held(BACKEND)),
        tell=lambda why: logs.emit(logs.Event.MODEL_AWAITED, worker=BACKEND, problem=why),
    )
    try:
        wait(
            lambda: "" if machine_lock.take(place) else machine_lock.refusal(place),
            every_s=machine_lock.LOOK_S,
            show=partial(monitor.tell, watcher, keys.awaited(BACKEND)),
            tell=lambda _: _tell(machine_lock.holder(place)),
        )
    except OSError as error:
        sys.exit(printable(f"the lease on computing with MLX cannot be taken: {error}"))


def wait(
    problem: Callable[[], str],
    *,
    every_s: float,
    show: Callable[..., None],
    tell: Callable[[str], None],
) -> None:
    """Wait until there is no problem; `show` it for some seconds at a time, `tell` the log."""
    told = shown = float("-inf")
    while why := problem():
        now = time.monotonic()
        if now - told >= TELL_S:
            told = now
            tell(why)
        if now - shown >= SHOW_S:
            shown = now
            with suppress(*Unreachable):
                show(why, for_s=3 * SHOW_S)
        time.sleep(every_s)


def _tell(holder: machine_lock.Holder | None) -> None:
    logs.emit(
        logs.Event.LEASE_AWAITED,
        worker=BACKEND,
        holder=holder.pid if holder else None,
        user=holder.user if holder else None,
    )


if __name__ == "__main__":
    main()
