"""Which workers `status` shows: those that live, with the command that starts one of them."""

import os
import socket
import subprocess
import sys

import pytest
from redis import Redis

from ocrqueue.broker import monitor, worker
from ocrqueue.cli.status import queue_lines
from ocrqueue.pipeline.status import Now
from tests.support.batch import Batch


def test_workers_that_were_killed_are_not_shown(client: Redis) -> None:
    """Their records outlive them: those of this machine whose process is gone are left out.

    So is what a late sign of life has written after a record had run out.
    """
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    here, plain = {"hostname": socket.gethostname()}, {"birth": "x", "queues": "openrouter"}
    records: dict[str, dict[str, object]] = {
        "living": {**plain, **here, "pid": os.getpid()},
        "killed": {**plain, **here, "pid": ended.pid},
        "elsewhere": {**plain, "hostname": "another", "pid": ended.pid},
        "late": {"last_heartbeat": "x", "state": "busy"},
    }
    for name, record in records.items():
        client.hset(f"rq:worker:{name}", mapping=record)  # type: ignore[arg-type]
        client.sadd("rq:workers", f"rq:worker:{name}")

    assert [worker.name for worker in monitor.workers(client)] == ["elsewhere", "living"]


def test_where_no_worker_runs_the_one_that_is_missing_is_named() -> None:
    """By the queue in which pages wait."""
    waiting = {"openrouter": 0, "deepseek-mlx": 3}

    assert "`ocrqueue worker mlx`" in queue_lines(Now(queues=waiting))[-1]
    assert "`ocrqueue worker collector`" in queue_lines(Now(queues={"collect": 1}))[-1]
    assert "`ocrqueue worker tesseract`" in queue_lines(Now())[-1]


def test_a_worker_asks_the_less_the_longer_nothing_comes(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to a second between two looks, so that many idle ones are no load; a page ends that."""
    asked: list[float] = []
    idle = worker.make_worker(batch.client, "scripted")

    def look(_: object, __: str, seconds: float) -> None:
        asked.append(seconds)
        idle._stop_requested = len(asked) in (40, 41)

    monkeypatch.setattr(idle.connection, "blmove", look)
    batch.client.delete("rq:queue:scripted")
    assert idle.dequeue_job_and_maintain_ttl(1) is None
    assert asked[:2] == [0.25, pytest.approx(0.275)]
    assert asked[-20:] == [1.0] * 20

    batch.client.rpush("rq:queue:scripted", f"{batch.key}-p1")
    idle._stop_requested = False
    assert idle.dequeue_job_and_maintain_ttl(1) is not None
    assert idle.dequeue_job_and_maintain_ttl(1) is None
    assert asked[40:] == [0.25]
