"""Our Lua scripts and how each is called; what a script does in one step stands in its file."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from itertools import chain
from typing import Any

from ocrqueue.broker import keys
from ocrqueue.broker.connection import Client, text

MOST_EVENTS = 10_000  # that wait in the outbox; each has some hundred bytes
_TEXTS = {
    name: files("ocrqueue.broker").joinpath(f"{name}.lua").read_text()
    for name in (
        *("add", "settle", "close", "forget", "move", "outbox"),
        *("overflow", "pass_over", "standstill", "turns"),
    )
}


def mark_pending(pipe: Any, document: str, pages: Iterable[int]) -> None:
    """Mark pages as pending, whatever they were before."""
    names = keys.settle_keys(document)
    pipe.eval(_TEXTS["add"], len(names), *names, *pages)


def seal(pipe: Any, document: str) -> None:
    """Say that the last page has been added; releases the collector if all are settled."""
    settle(pipe, document, None, "")


def settle(
    pipe: Any, document: str, page: int | None, state: str, counted: Mapping[str, int] | None = None
) -> None:
    """Settle a page as done, doubtful or failed; None: see `seal`.

    What is counted with it (see counts.py) is so where the page was not settled before.
    """
    now = datetime.now(UTC)
    stamp = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    arguments = (
        "" if page is None else page,
        state,
        keys.collect_job_id(document),
        stamp,
        now.timestamp(),
        *chain.from_iterable((counted or {}).items()),
    )
    names = keys.settle_keys(document)
    pipe.eval(_TEXTS["settle"], len(names), *names, *arguments)


def close(
    pipe: Any, document: str, kept_s: int, done_s: int, events: Iterable[tuple[str, float]] = ()
) -> None:
    """End a document's life in the queue, unless somebody wants it still.

    What is known of it stays for `kept_s` where pages failed, else for `done_s`. Events are for
    the outbox.
    """
    names = keys.settle_keys(document)
    collector = keys.collect_job_id(document)
    pipe.eval(_TEXTS["close"], len(names), *names, document, kept_s, collector, done_s)
    add_events(pipe, events)


def forget(client: Client, ended: str, *, most: int, step: int) -> int:
    """Forget some of the jobs that ended first; return how many, 0 once `most` are listed."""
    return int(client.eval(_TEXTS["forget"], 1, ended, most, step))


def add_events(pipe: Any, events: Iterable[tuple[str, float]]) -> None:
    """Put texts into the outbox, each with the seconds until it is due, also where it is there."""
    for one, wait_s in events:
        outbox(pipe, "add", one, round(wait_s * 1000), MOST_EVENTS)


def outbox(pipe: Any, *arguments: str | int) -> Any:
    """Do something with what hooks are to be told; see outbox.lua."""
    return pipe.eval(_TEXTS["outbox"], 2, keys.outbox(), keys.counts(), *arguments)


def take_over(
    client: Client,
    source: str,
    target: str,
    *,
    keep: int,
    reason: str,
    over: int,
    window: int,
    passed: Iterable[str] = (),
) -> tuple[str, int]:
    """Take a page from the end of a queue for a worker of another; see overflow.lua."""
    names = (keys.queue(source), keys.taken(target), keys.overflow(source))
    arguments = (keep, target, over, window, reason)
    job_id, over = client.eval(_TEXTS["overflow"], len(names), *names, *arguments, *passed)
    return text(job_id), int(over)


def move(client: Client, job_id: str, here: str, there: str) -> bool:
    """Move a job that nobody has begun to the end of another queue; return whether it waited."""
    names = (keys.queue(here), keys.queue(there))
    return bool(client.eval(_TEXTS["move"], len(names), *names, job_id, there))


def take_turns(
    pipe: Any, queue: str, document: str, *, added: int, before: int = 0, turn: int | None = None
) -> None:
    """Bring the pages just added at the end of a queue to where their turn is; see turns.lua."""
    names = (keys.queue(queue), keys.first(queue), keys.long(queue))
    pipe.eval(_TEXTS["turns"], len(names), *names, document, added, before, turn or "")


def pass_over(client: Client, queue: str, names: Iterable[str], *, window: int) -> bool:
    """Bring a page of none of the runs and documents to the head of a queue; False: none is known.

    One longer than the window is looked at piece by piece, one with each call: see pass_over.lua.
    """
    return bool(client.eval(_TEXTS["pass_over"], 1, keys.queue(queue), window, *names))


def standstill(client: Client, workspace: str, queue: str) -> str:
    """Return why nothing of a workspace is read in a queue; see standstill.lua."""
    begin = keys.spent(queue, "")
    return text(client.eval(_TEXTS["standstill"], 1, keys.live(workspace), begin))
