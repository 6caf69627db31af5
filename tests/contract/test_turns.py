"""Documents take turns in a queue: nobody waits behind all pages of a giant."""

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.broker import keys, queue_ops, scripts
from ocrqueue.pipeline.feeder import Feeder
from ocrqueue.settings.schema import QueueSettings
from tests.support.batch import Batch, assert_counted, make_batch

Make = Callable[..., Batch]


@pytest.fixture
def make(tmp_path: Path, client: Redis) -> Make:
    """Make a document of so many pages, in a workspace of its own."""

    def made(name: str, count: int) -> Batch:
        folder = tmp_path / name
        folder.mkdir()
        return make_batch(folder, client, count=count, name=name)

    return made


def feed(batch: Batch, **settings: object) -> None:
    queue = replace(QueueSettings(turn_pages=10, chunk_pages=25), **settings)  # type: ignore[arg-type]
    feeder = Feeder(client=batch.client, store=batch.store, queue=queue)
    pages = range(1, batch.document.pages + 1)
    assert feeder.feed(batch.document, pages, shown="x.pdf") == batch.document.pages


def refuse(_: float) -> None:
    raise TimeoutError


def order(batch: Batch) -> list[tuple[str, int]]:
    """Return the names of the documents as they wait, and how many pages of each in a row."""
    ids = [name.partition("-")[2] for name in batch.waiting("scripted")]
    runs = groupby(bytes.fromhex(name[:2]).decode() for name in ids)
    return [(name, len(list(run))) for name, run in runs]


def test_documents_take_turns(make: Make) -> None:
    """One waits for a turn of each that is far longer, or for four times its own; none is lost."""
    a, b, c = make("a", 200), make("b", 12), make("c", 1)
    for one in (a, b, c):
        feed(one)
    assert order(a) == [("a", 10), ("c", 1), ("a", 38), ("b", 12), ("a", 152)]
    for one in (a, b, c):
        mine = [name for name in a.waiting("scripted") if name.startswith(one.key)]
        assert mine == [keys.page_job_id(one.key, n) for n in range(1, one.document.pages + 1)]
        assert_counted(one)


def test_giants_take_turns(make: Make) -> None:
    """A second giant begins long before the first one ends, and keeps its own order."""
    a, b = make("a", 1000), make("b", 1000)
    feed(a)
    feed(b)
    first = a.waiting("scripted").index(keys.page_job_id(b.key, 1))
    assert first == 100
    mine = [name for name in a.waiting("scripted") if name.startswith(b.key)]
    assert mine == [keys.page_job_id(b.key, n) for n in range(1, 1001)]


def test_documents_of_about_one_size_stay_in_order(make: Make) -> None:
    """Each is complete before the next begins, though each has more than a turn."""
    for name, count in (("a", 40), ("b", 30), ("c", 25)):
        feed(make(name, count))
    last = make("d", 15)
    feed(last)
    assert order(last) == [("a", 40), ("b", 30), ("c", 25), ("d", 15)]


def test_a_document_keeps_its_turn_while_others_come(make: Make) -> None:
    """Who has waited is not overtaken for ever: what is read makes room for the next turn."""
    a = make("a", 30)
    feed(a)
    feed(make("b", 1))
    for _ in range(10):
        a.client.lpop("rq:queue:scripted")
    feed(make("c", 1))
    assert order(a) == [("b", 1), ("a", 10), ("c", 1), ("a", 10)]


def test_a_page_that_goes_on_elsewhere_takes_its_turn(make: Make) -> None:
    """It was in a queue before: it waits behind a turn of a giant there, not behind all of it."""
    giant, small = make("a", 100), make("b", 1)
    feed(giant)
    again = keys.page_job_id(small.key, 1)
    giant.client.rpush("rq:queue:scripted", again)
    scripts.take_turns(giant.client, "scripted", small.key, added=1)
    assert giant.waiting("scripted").index(again) == 10


def test_small_documents_wait_in_the_order_they_came(make: Make) -> None:
    """Where no document has more than a turn nothing is put in order."""
    for name in "abc":
        feed(make(name, 10))
    last = make("d", 10)
    feed(last)
    assert order(last) == [(name, 10) for name in "abcd"]
    assert not last.client.exists(keys.long("scripted"))


def test_what_is_urgent_goes_first(make: Make) -> None:
    """Before all that waits, behind what was urgent before."""
    a, b, c, d = make("a", 60), make("b", 12), make("c", 12), make("d", 1)
    feed(a)
    feed(b, priority="high")
    feed(c, priority="high")
    feed(d)
    assert order(a) == [("b", 12), ("c", 12), ("a", 10), ("d", 1), ("a", 50)]


def test_a_full_queue_lets_a_new_document_take_its_turn(make: Make) -> None:
    """A producer of a giant that waits for room keeps nobody else out, up to twice as much."""
    giant, small = make("a", 50), make("b", 1)
    feed(giant)
    feed(small, max_backlog_pages=50)
    assert order(giant) == [("a", 10), ("b", 1), ("a", 40)]
    queue = QueueSettings(max_backlog_pages=25)
    late = Feeder(client=giant.client, store=giant.store, queue=queue, wait=refuse)
    with pytest.raises(TimeoutError):
        late.feed(make("c", 1).document, [1], shown="c.pdf")


def test_a_giant_does_not_hold_up_what_its_own_command_queues_behind_it(
    tmp_path: Path, client: Redis
) -> None:
    """It is set aside while there is no room, and all of it is queued in the end, once."""
    giant = make_batch(tmp_path, client, count=100, name="a")
    small = make_batch(tmp_path, client, count=1, name="b")

    def read_some(_: float) -> None:
        client.ltrim("rq:queue:scripted", 20, -1)

    queue = QueueSettings(turn_pages=10, chunk_pages=20, max_backlog_pages=40)
    feeder = Feeder(client=client, store=giant.store, queue=queue, wait=refuse)
    assert feeder.feed(giant.document, range(1, 101), shown="a.pdf") == 100
    assert feeder.feed(small.document, [1], shown="b.pdf") == 1
    assert order(giant) == [("a", 10), ("b", 1), ("a", 30)]
    assert queue_ops.is_fed(client, giant.key)
    assert not queue_ops.is_fed(client, small.key)

    replace(feeder, wait=read_some).finish()

    assert feeder.aside == []
    assert queue_ops.pages_in(client, giant.key, "pending") == list(range(1, 101))
    assert giant.waiting("scripted")[-1] == keys.page_job_id(giant.key, 100)
    assert not queue_ops.is_fed(client, giant.key)


def test_what_was_set_aside_is_dropped_when_nobody_wants_it(make: Make) -> None:
    """Its document is withdrawn, and nothing of it is queued later."""
    giant = make("a", 100)
    queue = QueueSettings(chunk_pages=20, max_backlog_pages=40)
    feeder = Feeder(client=giant.client, store=giant.store, queue=queue, wait=refuse)
    feeder.feed(giant.document, range(1, 101), shown="a.pdf")
    assert feeder.aside
    feeder.withdraw(giant.document.id)
    feeder.finish()
    assert queue_ops.pages_in(giant.client, giant.key, "pending") == []


def test_putting_a_long_queue_in_order_is_quick(make: Make) -> None:
    """With 20,000 pages waiting a chunk is added in far less than a second."""
    giant, small = make("a", 20_000), make("b", 1)
    waiting = [keys.page_job_id(giant.key, page) for page in range(1, 20_001)]
    giant.client.rpush("rq:queue:scripted", *waiting)
    giant.client.set(keys.long("scripted"), 100)
    began = time.monotonic()
    feed(small, turn_pages=100, max_backlog_pages=20_000)
    assert time.monotonic() - began < 1
    assert giant.waiting("scripted").index(keys.page_job_id(small.key, 1)) == 100
