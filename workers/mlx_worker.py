"""The one process of this machine that computes with MLX: reads pages with a vision model.

It takes the machine's lease before anything of mlx is imported, loads the model with its first
page, and ends in order after so many pages or above the memory ceiling; its supervisor starts it
anew. An abort by Metal costs the page one attempt, like any crash.
"""

import sys
import time
from contextlib import suppress

from ocrqueue import logs
from ocrqueue.backends.deepseek_mlx import lease, options
from ocrqueue.broker import census, connection
from ocrqueue.broker.connection import Unreachable
from ocrqueue.settings import Candidate
from workers.reading import read_pages

BACKEND = "deepseek-mlx"
TELL_S = 10.0  # how often the log says that we still wait
SHOW_S = 1.0  # how often `status` and `run` are told


def main() -> None:
    """Read pages until told to stop."""
    read_pages(BACKEND, before=wait_for_lease)


def wait_for_lease(candidate: Candidate, url: str) -> None:
    """Wait until no other process computes with MLX; a signal ends the waiting."""
    place = options.of(candidate).lease_file
    watcher = connection.connect_watcher(url)
    told = shown = float("-inf")
    try:
        while not lease.take(place):
            now = time.monotonic()
            if now - told > TELL_S:
                told = now
                _tell(lease.holder(place))
            if now - shown > SHOW_S:
                shown = now
                with suppress(*Unreachable):
                    census.wait(watcher, BACKEND, lease.refusal(place), for_s=3 * SHOW_S)
            time.sleep(lease.LOOK_S)
    except OSError as error:
        sys.exit(f"the lease on computing with MLX cannot be taken: {error}")


def _tell(holder: lease.Holder | None) -> None:
    logs.emit(
        logs.Event.LEASE_AWAITED,
        worker=BACKEND,
        holder=holder.pid if holder else None,
        user=holder.user if holder else None,
    )


if __name__ == "__main__":
    main()
