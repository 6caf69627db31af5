"""What producers and readers do with the queue: open documents, add pages, count, cancel."""

import contextlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from redis.exceptions import WatchError
from rq import Queue
from rq.job import Job, JobStatus

from ocrqueue.broker import bitmaps, job_lookup, keys, scripts, unpacking
from ocrqueue.broker.connection import Client, text
from ocrqueue.broker.document_record import Run
from ocrqueue.broker.page_job import PageJob
from ocrqueue.model import routing
from ocrqueue.model.address import Address
from ocrqueue.model.document import RouteStep
from ocrqueue.model.page import Attempt
from ocrqueue.settings.schema import QueueSettings

MOST_WORKSPACES = 1000  # that are looked at
FEEDING_S = 60  # a producer that is silent for so long is taken for dead
SHORTEST_S = 60  # that a finished job is kept: at 0 RQ would never settle a page


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveDocument:
    """A document as the queue knows it."""

    key: str  # name in Redis
    workspace: str  # absolute path
    document_id: str
    route: tuple[RouteStep, ...]
    source: str  # shown on the dashboard
    may_leave: bool = False  # to remote backends of its route
    run: Run = field(default_factory=Run)
    folder: str = ""  # the output folder that the command named; "": none
    root: str = ""  # the folder of its input, by its short name
    goes_first: bool = False  # before all documents that do not

    @property
    def queue(self) -> str:
        """Return the queue its pages start in."""
        first = routing.first_step(self.route, may_leave=self.may_leave)
        return first or self.route[0].backend  # its worker says why it reads none of them


def open_document(client: Client, live: LiveDocument, kept: QueueSettings) -> None:
    """Make the document known and its collector's job ready, before its pages are added."""
    record: dict[Any, str] = {
        "workspace": live.workspace,
        "document": live.document_id,
        "source": live.source,
        "kept_s": str(kept.failure_ttl_s),
        "done_s": str(max(SHORTEST_S, kept.result_ttl_s)),
        "run": live.run.name,
        "cap": "" if live.run.cap_micro_usd is None else str(live.run.cap_micro_usd),
        "root": live.root,
        "open_to": " ".join(routing.open_to(live.route, may_leave=live.may_leave)),
    }
    workspace = live.key.partition("-")[0]
    with client.pipeline() as pipe:
        pipe.hset(keys.document_hash(live.key), mapping=record)
        pipe.set(keys.feeding(live.key), 1, ex=FEEDING_S)
        for name in keys.settle_keys(live.key)[:5]:
            pipe.persist(name)
        pipe.zadd(keys.live(workspace), {live.key: datetime.now(UTC).timestamp()})
        wish = pipe.sadd if live.goes_first else pipe.srem
        wish(keys.first(live.queue), live.key)
        pipe.expire(keys.first(live.queue), keys.ALIVE_S)
        path = Address(path=Address.of(live.workspace).path)
        pipe.set(keys.placed(path.key), workspace, ex=keys.ALIVE_S)
        pipe.sadd(keys.workspaces(), workspace)
        if live.folder:
            pipe.sadd(keys.folders(workspace), os.fsencode(live.folder))
        pipe.sadd(Queue.redis_queues_keys, keys.queue(keys.COLLECT_QUEUE))
        _collector(client, live.key, record).save(pipeline=pipe)
        pipe.execute()


def add_pages(
    client: Client, live: LiveDocument, pages: Sequence[int], kept: QueueSettings
) -> list[int]:
    """Queue the pages that are not pending yet and return them, all in one transaction.

    Two producers may add pages of one document at once: each page is queued once.
    """
    while True:
        with contextlib.suppress(WatchError):  # another producer, or the connection was lost
            return _add_new(client, live, pages, kept)


def restore_collector(client: Client, key: str) -> None:
    """Make the collector's job anew where somebody deleted it: the document would never end."""
    record = document_of(client, key)
    if record and not client.exists(PageJob.key_for(keys.collect_job_id(key))):
        _collector(client, key, record).save()


def still_feeding(client: Client, key: str, *, for_s: int = FEEDING_S) -> None:
    """Say that the producer is alive while it waits before it adds more pages."""
    client.expire(keys.feeding(key), for_s)


def has_pending(client: Client, key: str) -> bool:
    """Return whether pages of a document wait or are read."""
    return bool(client.bitcount(keys.bitmap(key, "pending")))


def is_fed(client: Client, key: str) -> bool:
    """Return whether a producer is still adding pages."""
    return bool(client.exists(keys.feeding(key)))


def totals(client: Client, workspace: str) -> dict[str, int]:
    """Return the workspace's page counts: pending, done, failed, doubtful."""
    counts = {
        text(k): unpacking.number(v) for k, v in client.hgetall(keys.totals(workspace)).items()
    }
    return {state: counts.get(state, 0) for state in keys.STATES}


def all_totals(client: Client) -> dict[str, int]:
    """Return the page counts of all workspaces together, and `documents` not collected yet."""
    names: Any = client.srandmember(keys.workspaces(), MOST_WORKSPACES)
    found = Counter(documents=0)
    for name in map(text, names):
        found.update(totals(client, name))
        found["documents"] += live_count(client, name)
    return dict(found)


def workspace_key(client: Client, address: Address) -> str:
    """Return a workspace's short name in Redis, also where it is away and its id is not known."""
    if address.id:
        return address.key
    told = text(client.get(keys.placed(address.key)))
    return told if keys.meant_by(f"{told}-{'0' * 24}-collect")[0] else address.key


def live_count(client: Client, workspace: str) -> int:
    """Return how many documents of the workspace are not collected yet."""
    return int(client.zcard(keys.live(workspace)))


def live_documents(client: Client, workspace: str) -> Iterator[str]:
    """Yield the names of the documents that are not collected yet."""
    for name, _ in client.zscan_iter(keys.live(workspace)):
        yield text(name)


def workspaces(client: Client) -> list[str]:
    """Return the short names of the workspaces that have live documents."""
    found = client.scan_iter("ocrq:live:*", count=1000)  # one step takes the server a millisecond
    return sorted(text(name).rpartition(":")[2] for name in found)


def document_of(client: Client, key: str) -> dict[str, str]:
    """Return a document's hash; empty if Redis does not know it."""
    return {text(k): text(v) for k, v in client.hgetall(keys.document_hash(key)).items()}


def pages_in(client: Client, key: str, state: str) -> list[int]:
    """Return the document's pages in a state, sorted."""
    return bitmaps.pages(bitmaps.read(client, key, state))


def backlog(client: Client, queue: str) -> int:
    """Return how many jobs wait in a queue."""
    return int(client.llen(keys.queue(queue)))


def idle(client: Client, queues: Iterable[str]) -> bool:
    """Return whether nothing waits, is being taken or runs in these queues."""
    with client.pipeline() as pipe:
        for queue in queues:
            pipe.llen(keys.queue(queue))
            pipe.llen(keys.taken(queue))
            pipe.zcard(f"rq:wip:{queue}")
        return not any(pipe.execute())


def withdraw(client: Client, key: str, pages: Sequence[int]) -> dict[int, list[Attempt]]:
    """Take back the jobs that nobody has begun; return their pages and the attempts at them."""
    ids = [keys.page_job_id(key, page) for page in pages]
    jobs = job_lookup.jobs_of(client, ids)
    taken = {
        page: job.history if job else []
        for page, job in zip(pages, jobs, strict=True)
        if job is None or job.get_status(refresh=False) != JobStatus.STARTED
    }
    with client.pipeline() as pipe:
        for page in taken:
            pipe.delete(PageJob.key_for(keys.page_job_id(key, page)))
        pipe.execute()
    return taken


def without_job(client: Client, key: str, pages: Sequence[int]) -> list[int]:
    """Return the pages whose job is gone or has ended although the page is pending.

    A worker that begins a job which was deleted a moment ago leaves a status without a job.
    """
    with client.pipeline() as pipe:
        for page in pages:
            pipe.hmget(PageJob.key_for(keys.page_job_id(key, page)), "status", "data")
        jobs = zip(pages, pipe.execute(), strict=True)
    running = (JobStatus.QUEUED, JobStatus.STARTED, JobStatus.SCHEDULED)
    return [page for page, (status, data) in jobs if not data or text(status) not in running]


def put_back(client: Client, key: str, pages: Sequence[int]) -> None:
    """Queue the jobs of these pages, which wait in no list, in the queue they were last in."""
    for page in pages:
        job_id = keys.page_job_id(key, page)
        queue = text(client.hget(f"rq:job:{job_id}", "origin"))
        with client.pipeline() as pipe:
            pipe.hset(f"rq:job:{job_id}", "status", JobStatus.QUEUED)
            pipe.lrem(keys.queue(queue), 0, job_id)
            pipe.rpush(keys.queue(queue), job_id)
            pipe.execute()


def _add_new(
    client: Client, live: LiveDocument, pages: Sequence[int], kept: QueueSettings
) -> list[int]:
    guard = keys.producer(live.key)
    with client.pipeline() as pipe:
        pipe.watch(guard)  # type: ignore[no-untyped-call]
        pending = bitmaps.read(pipe, live.key, "pending")
        new = [page for page in pages if not bitmaps.has(pending, page)]
        pipe.multi()
        pipe.incr(guard)
        pipe.expire(guard, 3600)
        pipe.set(keys.feeding(live.key), 1, ex=FEEDING_S)
        _queue_pages(client, pipe, live, new, kept, before=bitmaps.count(pending))
        pipe.execute()
        return new


def _collector(client: Client, key: str, record: Mapping[str, str]) -> Job:
    kept_s = unpacking.number(record.get("kept_s")) or 3600
    return PageJob.create(
        keys.COLLECT_DOCUMENT,
        args=(record["workspace"], record["document"]),
        connection=client,
        id=keys.collect_job_id(key),
        origin=keys.COLLECT_QUEUE,
        status=JobStatus.DEFERRED,
        timeout=600,
        result_ttl=unpacking.number(record.get("done_s")) or kept_s,
        failure_ttl=kept_s,
        description=f"collect {record.get('source', key)}",
        meta={"doc": key},
    )


def _queue_pages(
    client: Client,
    pipe: Any,
    live: LiveDocument,
    pages: Sequence[int],
    kept: QueueSettings,
    *,
    before: int,
) -> None:
    if not pages:
        return
    queue = Queue(live.queue, connection=client, job_class=PageJob, serializer="json")
    route = [step.to_wire() for step in live.route]
    for page in pages:  # what an earlier life of the page left behind
        job_id = keys.page_job_id(live.key, page)
        pipe.delete(f"rq:job:{job_id}", f"rq:results:{job_id}")
        for backend in {*(step.backend for step in live.route), routing.CHECKER}:
            pipe.zrem(f"rq:failed:{backend}", job_id)
            pipe.zrem(f"rq:finished:{backend}", job_id)
    queue.enqueue_many(
        [
            Queue.prepare_data(
                keys.READ_PAGE,
                (live.workspace, live.document_id, page),
                job_id=keys.page_job_id(live.key, page),
                result_ttl=max(SHORTEST_S, kept.result_ttl_s),
                failure_ttl=kept.failure_ttl_s,
                description=f"{live.source} page {page}",
                meta={"doc": live.key, "page": page, "route": route},
            )
            for page in pages
        ],
        pipeline=pipe,
    )
    scripts.take_turns(
        pipe, live.queue, live.key, added=len(pages), before=before, turn=kept.turn_pages
    )
    scripts.mark_pending(pipe, live.key, pages)
