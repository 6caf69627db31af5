"""Keys of ours that somebody else made, of another kind: nobody is stopped by one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from redis import Redis
from redis.exceptions import ResponseError

from ocrqueue.broker import connection, key_kinds
from ocrqueue.broker.connection import Client
from ocrqueue.pipeline import reconcile, status
from tests.support.batch import Batch, collect_all, make_batch, read_all
from tests.support.servers import Server

NOW = "2026-01-01T00:00:00+00:00"
QUEUE, WORKER, JOB, EXECUTION = "scripted", "w", "D-p1", "D-p1:x"
SHARED = (
    "ocrq:live:W", "ocrq:total:W", "ocrq:folders:W", "ocrq:doc:D", "ocrq:doc:D:feeding",
    "ocrq:doc:D:pending", "ocrq:doc:D:done", "ocrq:doc:D:failed", "ocrq:doc:D:doubtful",
    "ocrq:doc:D:producer", "ocrq:maintenance:Q", "ocrq:rescue:Q", "ocrq:alive:Q", "ocrq:held:Q",
    "ocrq:awaited:Q", "ocrq:unchecked:Q", "ocrq:overflow:Q", "ocrq:spent:openrouter:other",
    "ocrq:progress:w",
    "ocrq:gate:openrouter", "ocrq:gate:openrouter:leases", "ocrq:gate:openrouter:run:other",
    "rq:queues", "rq:workers", "rq:workers:Q", "rq:worker:w", "rq:worker:w:executions",
    "rq:queue:Q:intermediate", "rq:wip:Q", "rq:failed:Q", "rq:finished:Q", "rq:job:D-p1",
    "rq:executions:D-p1", "rq:results:D-p1", "rq:execution:D-p1:x",
    "rq:job:D-collect", "rq:queue:collect", "rq:clean_registries:Q", "rq:queue:Q",
)  # fmt: skip


@pytest.fixture
def ours(server: Server, client: Redis) -> Iterator[Client]:
    """A client as our processes have it."""
    del client  # it empties the server
    with connection.connect_worker(server.url) as made:
        yield made


@pytest.fixture
def batch(tmp_path: Path, ours: Client) -> Batch:
    made = make_batch(tmp_path, ours, count=2)
    made.queue_pages()
    return made


def forge(batch: Batch, pattern: str) -> str:
    """Make a key of another kind: a list where a text belongs, else a text."""
    name = pattern.replace(":W", f":{batch.store.address.key}")
    name = name.replace("D", batch.key).replace(":Q", f":{QUEUE}")
    batch.client.sadd("rq:workers", "rq:worker:w")
    batch.client.delete(name)
    if key_kinds.kind_of(name) == b"string":
        batch.client.rpush(name, "x")
    else:
        batch.client.set(name, "x")
    return name


@pytest.mark.parametrize("pattern", SHARED)
def test_a_key_of_another_kind_stops_nobody(
    batch: Batch, browser: FlaskClient, tmp_path: Path, pattern: str
) -> None:
    """`status`, workers, collector, sweep and dashboard go on; another document is read whole."""
    forge(batch, pattern)
    pages = [
        browser.get(path).status_code
        for path in ("/0/data/workers.json", "/0/data/queues.json", "/")
    ]
    forge(batch, pattern)
    status.now(batch.client, batch.store)
    forge(batch, pattern)
    other = make_batch(tmp_path, batch.client, count=2, name="b")
    other.queue_pages()
    if pattern not in ("rq:queue:Q", "rq:queue:collect"):  # with these its pages would be gone
        forge(batch, pattern)
    for _ in range(2):
        read_all(batch.client)
        reconcile.sweep(batch.client, NOW)
    collect_all(batch.client)
    assert pages == [200, 200, 200]
    assert other.state()["done"] == [1, 2]
    assert not other.is_live()


@pytest.mark.parametrize("transaction", [True, False])
@pytest.mark.parametrize("forged", ["ocrq:live:W", b"ocrq:live:W"], ids=["text", "bytes"])
def test_what_was_done_is_not_done_again(
    ours: Client, forged: str | bytes, *, transaction: bool
) -> None:
    """Of commands that are sent together those are sent again that met the key, and no others."""
    ours.set(forged, "x")
    with ours.pipeline(transaction=transaction) as pipe:
        pipe.rpush("rq:queue:Q", "a job")
        pipe.zadd("ocrq:live:W", {"D": 1})
        pipe.expire(forged, 1000)
        pipe.hincrby("ocrq:total:W", "pending", 1)
        answers = pipe.execute()
    assert answers == [1, 1, True, 1]
    assert ours.lrange("rq:queue:Q", 0, -1) == [b"a job"]
    assert ours.hget("ocrq:total:W", "pending") == b"1"
    assert ours.zrange("ocrq:live:W", 0, -1) == [b"D"]
    assert ours.ttl("ocrq:live:W") > 0


@pytest.mark.parametrize("transaction", [True, False])
def test_another_error_is_raised_as_before(ours: Client, *, transaction: bool) -> None:
    """Also beside a key of another kind, and where that key is none that we use."""
    ours.set("ocrq:live:W", "x")
    ours.set("of somebody else", "x")
    with ours.pipeline(transaction=transaction) as pipe:
        pipe.zadd("ocrq:live:W", {"D": 1})
        pipe.incr("of somebody else")
        with pytest.raises(ResponseError, match="not an integer"):
            pipe.execute()
    with ours.pipeline(transaction=transaction) as pipe:
        pipe.lpush("of somebody else", "y")
        with pytest.raises(ResponseError, match="WRONGTYPE"):
            pipe.execute()


def test_every_key_has_its_kind(batch: Batch) -> None:
    """What our processes write is what we expect, so that nothing of ours is ever removed."""
    read_all(batch.client, "2: fail 9")
    collect_all(batch.client)
    make_batch(batch.store.root.parent, batch.client, name="c").queue_pages()
    kinds = {connection.text(name): batch.client.type(name) for name in batch.client.scan_iter("*")}
    assert {name: key_kinds.kind_of(name) for name in kinds} == kinds


WORKERS = [
    {"pid": "x"},
    {"pid": "9" * 5000},
    {"birth": "yesterday"},
    {"last_heartbeat": "1e999"},
    {"successful_job_count": "many"},
    {"total_working_time": "nan"},
    {"total_working_time": "1e999"},
    {"hostname": b"\xff"},
    {"current_job": "x"},
    {"queues": ",,"},
]


@pytest.mark.parametrize("fields", WORKERS, ids=str)
def test_a_forged_worker_hides_no_other(
    batch: Batch, browser: FlaskClient, fields: dict[str, str]
) -> None:
    """The dashboard lists the workers that can be read, in JSON that everybody can read."""
    good = {"queues": QUEUE, "pid": "7", "hostname": "h", "state": "idle"}
    for name, record in {"good": good, "odd": {**good, **fields}, "not:a:key": good}.items():
        batch.client.hset(f"rq:worker:{name}", mapping=record)  # type: ignore[arg-type]
        batch.client.sadd("rq:workers", f"rq:worker:{name}")
    batch.client.sadd("rq:workers", "none of ours")
    listed = browser.get("/0/data/workers.json")
    assert listed.status_code == 200
    assert "NaN" not in listed.text
    assert "Infinity" not in listed.text
    assert "good" in {one["name"] for one in listed.json["workers"]}  # type: ignore[index]
