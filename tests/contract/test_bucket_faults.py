"""A bucket that stumbles, answers late, breaks off or lets nobody in: nothing lost or doubled."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.model.errors.operator import StorageAway
from ocrqueue.model.place import Place
from ocrqueue.pipeline import job_document, sight
from ocrqueue.settings.load import load
from ocrqueue.settings.schema_storage import StorageSettings
from ocrqueue.workspace import buckets, storage
from ocrqueue.workspace.store import Store
from tests.support import seaweed
from tests.support.batch import Batch, make_batch, reader
from tests.support.fault_proxy import Asked, Fault, FaultProxy
from tests.support.seaweed import Seaweed
from tests.support.servers import wait_until

PASSING = [fault for fault in Fault if fault not in (Fault.EXPIRED, Fault.FORGOTTEN)]


@pytest.fixture
def proxy(weed: Seaweed, bucket: Place) -> Iterator[FaultProxy]:
    """What stands before the server, and this process told to go there; it is impatient."""
    del bucket
    with FaultProxy(weed.port) as own:
        buckets.settle(replace(seaweed.settings_of(own.port), patience_s=5.0))
        yield own
        buckets.settle(StorageSettings())


@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_is_not_noticed(proxy: FaultProxy, bucket: Place, fault: Fault) -> None:
    """Every second request fails, in this way: all is written once, and read as it is."""
    proxy.choose = lambda one: fault if one.number % 2 else None
    files = storage.of_output(bucket)
    content = bytes(range(256)) * 400

    for name in "abc":
        files.write(bucket / name, content)
    first = files.write_once(bucket / "once", b"first")
    second = files.write_once(bucket / "once", b"second")

    assert [files.read(bucket / name) for name in "abc"] == [content] * 3
    assert files.read(bucket / "once") == b"first"
    assert first or fault is Fault.LOST  # then nobody told us that it was ours
    assert not second
    assert [one.name for one in files.listed(bucket)] == ["a", "b", "c", "once"]


def test_a_lost_answer_is_no_other_writer(proxy: FaultProxy, bucket: Place) -> None:
    """Who takes his turn, and whose answer was lost, finds his own content and goes on."""
    files = storage.of_output(bucket).turn(bucket / "a")
    proxy.choose = lambda one: Fault.LOST if one.number == 2 else None

    files.write(bucket / "a", b"of mine")
    files.write(bucket / "a", b"and newer")

    assert files.read(bucket / "a") == b"and newer"


def test_who_may_not_come_in_is_told_so(proxy: FaultProxy, bucket: Place) -> None:
    """At once, with the reason, and without what is secret; when he may again, all is there."""
    files = storage.of_output(bucket)
    files.write(bucket / "a", b"x")
    proxy.choose = lambda _: Fault.EXPIRED

    with pytest.raises(StorageAway, match="403 Forbidden ExpiredToken") as caught:
        files.read(bucket / "a")
    with pytest.raises(StorageAway):
        files.exists(bucket / "a")

    assert not {seaweed.KEY_ID, seaweed.SECRET} & set(str(caught.value).split())
    proxy.choose = lambda _: None
    assert files.read(bucket / "a") == b"x"


def test_nothing_seems_missing_while_nobody_answers(bucket: Place) -> None:
    """A page that cannot be looked for is not a page without a result."""
    store = Store.create(bucket / ".ocrqueue")
    buckets.settle(replace(seaweed.settings_of(9), patience_s=1.0))

    with pytest.raises(StorageAway, match="does not answer"):
        store.result("a" * 24, 1)
    with pytest.raises(StorageAway):
        Store.open(bucket / ".ocrqueue")


@pytest.fixture
def batch(proxy: FaultProxy, tmp_path: Path, client: Redis, bucket: Place) -> Iterator[Batch]:
    """Three pages in the queue, of a workspace in the bucket."""
    del proxy
    made = make_batch(tmp_path, client, place=bucket)
    made.queue_pages()
    told = {"workspace.output": str(bucket)}
    job_document.settle_in(load(None, {}, told))
    yield made
    job_document.settle_in(load(None, {}, {}))


def test_a_bucket_away_costs_no_page(batch: Batch, proxy: FaultProxy) -> None:
    """What was being read goes back, untried, and the worker goes on when it may come in again."""
    proxy.choose = _after(8, Fault.EXPIRED)
    with reader(batch.client) as worker:
        worker.work(burst=True, logging_level="WARNING")
        before = len(batch.state()["done"])
        assert before < batch.document.pages
        assert batch.state()["failed"] == []
        assert "403 Forbidden ExpiredToken" in sight.of_workspace(str(batch.store.address))
        proxy.choose = lambda _: None
        wait_until(worker.passed.finds_work, "it comes in again")
        worker.work(burst=True, logging_level="WARNING")

    assert batch.state()["done"] == [1, 2, 3]
    for page in (1, 2, 3):
        result = batch.store.result(batch.document.id, page)
        assert result is not None
        assert len(result.attempts) == 1


def test_a_page_costs_few_requests(batch: Batch, proxy: FaultProxy) -> None:
    """A million pages are paid for by the request: no listing is among those of a worker."""
    with reader(batch.client) as worker:
        worker.work(burst=True, logging_level="WARNING", max_jobs=1)
        before = len(proxy.asked)
        worker.work(burst=True, logging_level="WARNING")
    asked = proxy.asked[before:]

    assert len(asked) / 2 <= 4, [f"{one.method} {one.path}" for one in asked]
    assert not [one for one in asked if "list-type" in one.path]


def _after(count: int, fault: Fault) -> "FaultChoice":
    """Return what lets so many requests pass, and then none."""
    return FaultChoice(count, fault)


class FaultChoice:
    """Lets some requests pass first."""

    def __init__(self, count: int, fault: Fault) -> None:
        self._left, self._fault, self._lock = count, fault, threading.Lock()

    def __call__(self, one: Asked) -> Fault | None:
        del one
        with self._lock:
            self._left -= 1
            return self._fault if self._left < 0 else None
