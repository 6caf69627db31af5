"""Which workers there are and what they do: for people, never for decisions."""

from dataclasses import dataclass
from typing import Any

from rq import Queue

from ocrqueue.broker.connection import Client, text
from ocrqueue.broker.page_job import PageJob


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


def workers(client: Client) -> list[WorkerState]:
    """Return the living workers, sorted by queue and name."""
    keys = sorted(text(key) for key in client.smembers("rq:workers"))
    with client.pipeline() as pipe:
        for key in keys:
            pipe.hgetall(key)
            pipe.smembers(f"{key}:executions")
        answers = pipe.execute()
    found = [
        _state(client, key.removeprefix("rq:worker:"), fields, executions)
        for key, fields, executions in zip(keys, answers[::2], answers[1::2], strict=True)
        if fields and b"death" not in fields
    ]
    return sorted(found, key=lambda worker: (worker.queue, worker.name))


def waiting(client: Client) -> dict[str, int]:
    """Return how many jobs wait in each queue."""
    names = sorted(
        text(key).removeprefix("rq:queue:") for key in client.smembers(Queue.redis_queues_keys)
    )
    with client.pipeline() as pipe:
        for name in names:
            pipe.llen(f"rq:queue:{name}")
        return dict(zip(names, map(int, pipe.execute()), strict=True))


def _state(client: Client, name: str, fields: dict[bytes, bytes], executions: Any) -> WorkerState:
    known = {text(key): text(value) for key, value in fields.items()}
    return WorkerState(
        name=name,
        queue=known.get("queues", ""),
        state=known.get("state", ""),
        host=known.get("hostname", ""),
        pid=int(known.get("pid") or 0),
        done=int(known.get("successful_job_count") or 0),
        doing=_doing(client, sorted(executions)),
    )


def _doing(client: Client, executions: list[bytes]) -> str:
    if not executions:
        return ""
    job_id = text(executions[0]).partition(":")[0]
    return text(client.hget(PageJob.key_for(job_id), "description"))
