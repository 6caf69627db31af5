"""Putting back the pages that dead workers held, without waiting for long time-outs.

A page is with a worker in one of two places: RQ's intermediate list (taken, not begun) or its
started registry (being read). A worker of this host whose process is gone holds nothing any more;
one elsewhere is taken for dead when its heartbeats stop.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psutil
from redis.exceptions import LockError
from rq import Queue, worker_registration
from rq.registry import StartedJobRegistry
from rq.utils import as_text

from ocrqueue import logs
from ocrqueue.broker import keys, scripts, unpacking
from ocrqueue.broker.connection import Client, text
from ocrqueue.broker.page_job import PageJob

if TYPE_CHECKING:
    from rq.worker import BaseWorker

RESCUE_S = 2  # how long putting back may take before others do not wait any longer
MAINTENANCE_S = 30  # the same for looking after a queue
MOST_ENDED = 10_000  # jobs of a queue that are listed, done or failed: 11 MB of each kind
FORGOTTEN = 500  # of those above, in one step of the server: a millisecond
TAKEN_S = 10  # a page that was taken this long ago and not begun is put back


@contextmanager
def alone(client: Client, queue: str) -> Iterator[None]:
    """Let one worker at a time put pages back: two at once would queue them twice."""
    lock = client.lock(keys.rescue(queue), RESCUE_S, 0.02)
    held = lock.acquire(blocking_timeout=RESCUE_S)
    try:
        yield
    finally:
        if held:
            with suppress(LockError):  # it took longer than a dead holder may
                lock.release()


def look_after(worker: "BaseWorker", queue: Queue, more: Callable[[], object]) -> None:
    """Do what a queue needs from time to time, and `more`, unless another worker is at it."""
    client: Client = worker.connection
    lock = client.lock(keys.maintenance(queue.name), MAINTENANCE_S)
    if not lock.acquire(blocking=False):
        return
    try:
        with alone(client, queue.name):
            put_back(worker, queue)
        for ended in (queue.failed_job_registry, queue.finished_job_registry):
            ended.cleanup()
            while scripts.forget(client, ended.key, most=MOST_ENDED, step=FORGOTTEN):
                pass
        worker_registration.clean_worker_registry(queue)
        more()
    finally:
        with suppress(LockError):
            lock.release()


def put_back_of(worker: "BaseWorker", name: str) -> None:
    """Return to another worker's queue what no living worker of it holds."""
    queue = Queue(name, connection=worker.connection, job_class=PageJob, serializer="json")
    look_after(worker, queue, lambda: None)


def put_back(worker: "BaseWorker", queue: Queue) -> None:
    """Return to the queue what no living worker holds."""
    _expire_dead_executions(worker.connection, queue)
    registry = StartedJobRegistry(queue=queue, job_class=PageJob)
    registry.cleanup(exception_handlers=worker._exc_handlers)  # noqa: SLF001 - as RQ's maintenance does
    _put_back_taken(worker.connection, queue)


def _expire_dead_executions(client: Any, queue: Queue) -> None:
    registry = StartedJobRegistry(queue=queue, job_class=PageJob)
    for job_id, execution_id in registry.get_job_and_execution_ids(cleanup=False):
        name = as_text(client.hget(f"rq:execution:{job_id}:{execution_id}", "worker_name") or b"")
        key = f"rq:worker:{name}"
        if _is_dead_here(client, key):
            logs.emit(logs.Event.WORKER_RECOVERED, worker=name, job=job_id)
            client.zadd(registry.key, {f"{job_id}:{execution_id}": 1}, xx=True)
            with client.pipeline() as pipe:
                pipe.srem("rq:workers", key)
                pipe.srem(f"rq:workers:{queue.name}", key)
                pipe.delete(key)
                pipe.execute()


def _put_back_taken(client: Any, queue: Queue) -> None:
    alone = not _has_living_worker(client, queue)
    started = {
        job_id for job_id, _ in queue.started_job_registry.get_job_and_execution_ids(cleanup=False)
    }
    for raw in client.lrange(queue.intermediate_queue_key, 0, -1):
        job_id = as_text(raw)
        seen = f"{queue.intermediate_queue_key}:seen:{job_id}"
        first_look = client.set(seen, 1, nx=True, ex=TAKEN_S * 3)
        waited = TAKEN_S * 3 - max(0, int(client.ttl(seen)))
        if job_id in started or not (alone or (not first_look and waited >= TAKEN_S)):
            continue
        with client.pipeline() as pipe:
            pipe.lrem(queue.intermediate_queue_key, 1, job_id)
            if client.exists(PageJob.key_for(job_id)):
                pipe.lpush(queue.key, job_id)
            pipe.delete(seen)
            pipe.execute()


def _has_living_worker(client: Any, queue: Queue) -> bool:
    names = worker_registration.get_keys(queue=queue)
    return any(client.exists(name) and not _is_dead_here(client, name) for name in names)


def _is_dead_here(client: Any, key: str) -> bool:
    host, told = client.hmget(key, "hostname", "pid")
    return was_killed(text(host), unpacking.number(told))


def was_killed(host: str, pid: int) -> bool:
    """Return whether a worker's process is one of this host, and does not exist any more.

    One that nobody has waited for does not.
    """
    if host != socket.gethostname() or pid <= 0:
        return False
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
