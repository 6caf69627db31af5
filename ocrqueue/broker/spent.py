"""Runs without money for a queue: their pages are passed over, so that those of others are read."""

from collections.abc import Iterable

from ocrqueue.broker import keys, scripts
from ocrqueue.broker.connection import Client

WINDOW = 5000  # ids that are looked at in one step of the server: some milliseconds


def note(client: Client, queue: str, run: str, why: str, *, for_s: float) -> None:
    """Say for a while why pages of a run are not read in a queue."""
    client.set(keys.spent(queue, run), why, px=round(for_s * 1000))


def forget(client: Client, queue: str, runs: Iterable[str]) -> None:
    """Take back what was said of runs: there is money again."""
    for run in runs:
        client.delete(keys.spent(queue, run))


def pass_over(client: Client, queue: str, runs: Iterable[str]) -> bool:
    """Bring a page of another run to the head of a queue; False: there is none, as far as is known.

    A queue longer than `WINDOW` is looked at piece by piece, one with each call.
    """
    return scripts.pass_over(client, queue, runs, window=WINDOW)
