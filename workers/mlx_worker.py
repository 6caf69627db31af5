"""The one process of this machine that computes with MLX: reads pages with a vision model.

It takes the machine's lease before anything of mlx is imported, loads the model with its first
page, and ends in order after so many pages or above the memory ceiling; its supervisor starts it
anew. An abort by Metal costs the page one attempt, like any crash.
"""

import sys
import time

from ocrqueue import logs
from ocrqueue.backends.deepseek_mlx import lease, options
from ocrqueue.settings import Candidate
from workers.reading import read_pages

BACKEND = "deepseek-mlx"
TELL_S = 10.0  # how often we say that we still wait


def main() -> None:
    """Read pages until told to stop."""
    read_pages(BACKEND, before=wait_for_lease)


def wait_for_lease(candidate: Candidate) -> None:
    """Wait until no other process computes with MLX; a signal ends the waiting."""
    place = options.of(candidate).lease_file
    try:
        told = float("-inf")
        while not lease.take(place):
            if time.monotonic() - told > TELL_S:
                told = time.monotonic()
                _tell(lease.holder(place))
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
