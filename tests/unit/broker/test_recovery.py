"""What of a dead worker is put back, and what a living one keeps, without a server."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from fakeredis import FakeRedis, FakeServer

from ocrqueue.broker import keys, recovery
from ocrqueue.broker.worker import make_worker
from tests.support.batch import Batch, make_batch, the_job

HERE = socket.gethostname()
NO_PID = 1 << 22  # above the largest number a process can have


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    """Two pages; the first one was taken, and nobody has begun it."""
    made = make_batch(tmp_path, FakeRedis(server=FakeServer()), count=2)
    made.queue_pages()
    made.client.lmove(keys.queue("scripted"), keys.taken("scripted"))
    return made


def note_worker(batch: Batch, **record: str | int) -> None:
    """Let a worker of the queue be known."""
    told: dict[Any, str | int] = {"name": "one", **record}
    batch.client.hset("rq:worker:one", mapping=told)
    batch.client.sadd("rq:workers:scripted", "rq:worker:one")


def put_back(batch: Batch) -> bool:
    """Put back what nobody holds; return whether the page is the next one of its queue."""
    worker = make_worker(batch.client, "scripted", name="standby")
    recovery.put_back(worker, worker.queues[0])
    taken = [keys.page_job_id(batch.key, 1).encode()]
    is_back = batch.client.lrange(keys.queue("scripted"), 0, 0) == taken
    assert is_back != (batch.client.lrange(keys.taken("scripted"), 0, -1) == taken)
    return is_back


def test_a_living_worker_has_ten_seconds_to_begin(batch: Batch) -> None:
    """From when somebody first saw that it has taken the page; then it is given to others."""
    note_worker(batch, hostname="elsewhere", pid=1)
    seen = f"{keys.taken('scripted')}:seen:{keys.page_job_id(batch.key, 1)}"
    assert not put_back(batch)
    assert batch.client.ttl(seen) == 3 * recovery.TAKEN_S
    batch.client.expire(seen, 2 * recovery.TAKEN_S + 1)
    assert not put_back(batch)
    batch.client.expire(seen, 2 * recovery.TAKEN_S)
    assert put_back(batch)
    assert not batch.client.exists(seen)


@pytest.mark.parametrize(
    ("record", "is_dead"),
    [
        ({"hostname": HERE, "pid": NO_PID}, True),
        ({"hostname": HERE, "pid": os.getpid()}, False),
        ({"hostname": "elsewhere", "pid": NO_PID}, False),
        ({"hostname": HERE}, False),
        ({"hostname": HERE, "pid": "odd"}, False),
    ],
    ids=["gone", "lives", "elsewhere", "no pid", "odd pid"],
)
def test_a_worker_of_this_machine_whose_process_is_gone_is_dead(
    batch: Batch, record: dict[str, str | int], *, is_dead: bool
) -> None:
    """Of all others nothing is known before their heartbeats stop."""
    note_worker(batch, **record)
    assert put_back(batch) is is_dead


def test_a_page_that_is_being_read_is_not_put_back(batch: Batch) -> None:
    """Its worker was killed between two writes; the started registry alone says what is read."""
    job = the_job(batch)
    batch.client.zadd("rq:wip:scripted", {f"{job.id}:run": 1 << 40})
    assert not put_back(batch)


def test_a_job_that_is_gone_is_no_page(batch: Batch) -> None:
    """What was taken and deleted meanwhile is not queued again."""
    the_job(batch).delete()
    worker = make_worker(batch.client, "scripted", name="standby")
    recovery.put_back(worker, worker.queues[0])
    assert batch.waiting("scripted") == [keys.page_job_id(batch.key, 2)]
    assert not batch.client.exists(keys.taken("scripted"))


def test_one_at_a_time_looks_after_a_queue(batch: Batch) -> None:
    """Who comes meanwhile does nothing; whoever comes next does it again."""
    worker, looked = make_worker(batch.client, "scripted", name="standby"), list[int]()

    def look() -> None:
        looked.append(1)
        recovery.look_after(worker, worker.queues[0], lambda: looked.append(2))

    recovery.look_after(worker, worker.queues[0], look)
    assert looked == [1]
    recovery.look_after(worker, worker.queues[0], lambda: looked.append(3))
    assert looked == [1, 3]
