"""Which workers there are and what they do: for people, and is anybody there for checks?"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from rq import Queue

from ocrqueue.broker import keys, progress, recovery, unpacking
from ocrqueue.broker.connection import Client, text
from ocrqueue.broker.job_lookup import jobs_of
from ocrqueue.broker.page_job import PageJob
from ocrqueue.broker.progress import Told
from ocrqueue.model.routing import CHECKER

UNCHECKED_S = 600  # how long people are told that pages settle without their check
MOST_SHOWN = 50  # pages of the queue that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerState:
    """One living worker."""

    name: str
    queue: str
    state: str  # idle or busy
    host: str
    pid: int
    done: int  # jobs ended well since it started
    doing: str = ""  # the description of its job
    tokens: int = 0  # written by a model for this page so far
    tokens_per_s: float = 0.0
    first_token_s: float = 0.0  # from being asked to the first token; 0: not known
    declined: str = ""  # why it leaves pages of its queue to others
    rests: str = ""  # which folder it waits for, and why
    stalled: str = ""  # why it was to wait, or reached nobody; until something comes through

    @property
    def is_waiting_for_others(self) -> bool:
        """Whether it does nothing, and what waits in its queue may be for others only."""
        return bool(self.declined or self.rests) and self.state != "busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Helped:
    """A queue from whose end workers of another one have taken pages."""

    queue: str
    by: str
    taken: int  # in all, until there was no need for a day
    reason: str  # of the last time


def workers(client: Client) -> list[WorkerState]:
    """Return the living workers, sorted by queue and name."""
    names = sorted(text(key).removeprefix("rq:worker:") for key in client.smembers("rq:workers"))
    with client.pipeline() as pipe:
        for name in names:
            pipe.hgetall(f"rq:worker:{name}")
            pipe.smembers(f"rq:worker:{name}:executions")
            pipe.hgetall(keys.progress(name))
            pipe.mget(keys.declined(name), keys.resting(name), keys.stalled(name))
        answers = pipe.execute()
    found = [
        replace(
            _state(client, name, fields, executions, progress.read(told)),
            declined=text(why[0]),
            rests=text(why[1]),
            stalled=text(why[2]),
        )
        for name, fields, executions, told, why in zip(
            names, *(answers[at::4] for at in range(4)), strict=True
        )
        if b"birth" in fields and b"death" not in fields
    ]
    # The record of one that was killed outlives it by minutes.
    living = (one for one in found if not recovery.was_killed(one.host, one.pid))
    return sorted(living, key=lambda worker: (worker.queue, worker.name))


def unread_s(client: Client, queue: str) -> float:
    """Return for how long no worker of a queue has given a sign of life.

    A queue that never had a worker is unread since this is first asked.
    """
    with client.pipeline(transaction=False) as pipe:
        pipe.set(keys.alive(queue), "", ex=keys.ALIVE_S, nx=True)
        pipe.pttl(keys.alive(queue))
        _, left_ms = pipe.execute()
    return keys.ALIVE_S - int(left_ms) / 1000


def finds_checker(client: Client, within_s: float) -> bool:
    """Return whether somebody may come who checks what models read.

    Where none of these workers was there for so long, people are told.
    """
    if unread_s(client, CHECKER) < within_s:
        return True
    client.set(keys.unchecked(CHECKER), "", ex=UNCHECKED_S)
    return False


def checks(client: Client) -> int:
    """Return how many of the next pages of that queue wait for their check; some are looked at."""
    ids = client.lrange(keys.queue(CHECKER), 0, MOST_SHOWN - 1)
    return sum(bool(job and job.is_check) for job in jobs_of(client, list(map(text, ids))))


def tell(client: Client, key: str, why: str, *, for_s: float) -> None:
    """Tell people for a while why something waits; `keys` says which key stands for what."""
    client.set(key, why, px=round(for_s * 1000))


def told(client: Client, queues: Iterable[str], key_of: Callable[[str], str]) -> dict[str, str]:
    """Return what was told of queues under one kind of key, of those of which something was."""
    found = {queue: text(client.get(key_of(queue))) for queue in queues}
    return {queue: why for queue, why in found.items() if why}


def helped(client: Client, queues: Iterable[str]) -> Iterator[Helped]:
    """Yield the queues that were helped within a day."""
    for queue in queues:
        told = {text(k): text(v) for k, v in client.hgetall(keys.overflow(queue)).items()}
        if told:
            yield Helped(
                queue=queue,
                by=told.get("by", ""),
                taken=unpacking.number(told.get("taken")),
                reason=told.get("reason", ""),
            )


def waiting(client: Client) -> dict[str, int]:
    """Return how many jobs wait in each queue."""
    names = sorted(
        text(key).removeprefix("rq:queue:") for key in client.smembers(Queue.redis_queues_keys)
    )
    with client.pipeline() as pipe:
        for name in names:
            pipe.llen(keys.queue(name))
        return dict(zip(names, map(int, pipe.execute()), strict=True))


def oldest(client: Client, queues: Iterable[str], now: datetime) -> dict[str, float]:
    """Return for how many seconds the oldest of the next jobs of each queue has waited in it.

    Documents take turns, so that the next one need not be the oldest. Queues in which nothing waits
    are left out, and so is what somebody else wrote.
    """
    names = list(queues)
    with client.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.lrange(keys.queue(name), 0, MOST_SHOWN - 1)
        waiting = dict(zip(names, pipe.execute(), strict=True))
        for ids in waiting.values():
            for job_id in ids:
                pipe.hget(PageJob.key_for(text(job_id)), "enqueued_at")
        told = iter(pipe.execute())
    ages = {name: [_age_s(text(next(told)), now) for _ in ids] for name, ids in waiting.items()}
    return {name: max(each) for name, each in ages.items() if each}


def _age_s(told: str, now: datetime) -> float:
    try:
        return max(0.0, (now - datetime.fromisoformat(told)).total_seconds())
    except (TypeError, ValueError):  # without a time zone, or no time at all
        return 0.0


def _state(
    client: Client, name: str, fields: dict[bytes, bytes], executions: Any, told: Told
) -> WorkerState:
    known = {text(key): text(value) for key, value in fields.items()}
    job_id = text(min(executions, default=b"")).partition(":")[0]
    is_current = told.tokens > 0 and job_id.endswith(f"-{told.document}-p{told.page}")
    return WorkerState(
        name=name,
        queue=known.get("queues", ""),
        state=known.get("state", ""),
        host=known.get("hostname", ""),
        pid=unpacking.number(known.get("pid")),
        done=unpacking.number(known.get("successful_job_count")),
        doing=text(client.hget(PageJob.key_for(job_id), "description")) if job_id else "",
        tokens=told.tokens if is_current else 0,
        tokens_per_s=told.tokens_per_s if is_current else 0.0,
        first_token_s=told.first_token_s if is_current else 0.0,
    )
