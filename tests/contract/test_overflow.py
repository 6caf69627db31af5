"""Which pages idle workers of another backend take from a long queue, when, and from where."""

from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.broker import keys, monitor, recovery, work_stealing
from ocrqueue.broker.work_stealing import Backlog, Help, Overflow, needed
from ocrqueue.broker.worker import make_worker
from ocrqueue.settings.schema_remote import OverflowSettings
from tests.support.batch import Batch, make_batch, read_all
from tests.support.stepping import Hands

ROUTE = (("mac", 2), ("far", 1, True))


def limits_of(pages: int = 0, minutes: float = 0.0, asleep_s: float = 0.0) -> OverflowSettings:
    return OverflowSettings(pages=pages, minutes=minutes, asleep_s=asleep_s)


ABOVE_FIVE = limits_of(pages=5)


def make(folder: Path, client: Redis, name: str, count: int, *, may: bool) -> Batch:
    place = folder / name
    place.mkdir()
    batch = make_batch(place, client, count=count, route=ROUTE, name=name, allow_remote=may)
    batch.queue_pages()
    return batch


def helper(client: Redis, limits: OverflowSettings = ABOVE_FIVE) -> Overflow:
    return Overflow(client, source="mac", target="far", limits=limits)


def take_all(helping: Overflow, tries: int = 60) -> list[str]:
    """Return the ids that a helper takes, in order."""
    return [job_id for _ in range(tries) if (job_id := helping.take())]


def ids(batch: Batch, *pages: int) -> list[str]:
    return [f"{batch.key}-p{page}" for page in pages]


@pytest.mark.parametrize(
    ("backlog", "limits", "found"),
    [
        (Backlog(waiting=9, per_minute=1, unread_s=9), limits_of(), None),
        (Backlog(waiting=5, per_minute=None, unread_s=0), limits_of(pages=5), None),
        (
            Backlog(waiting=6, per_minute=None, unread_s=0),
            limits_of(pages=5),
            Help(reason="more than 5 pages", keep=5),
        ),
        (Backlog(waiting=99, per_minute=None, unread_s=0), limits_of(minutes=1), None),
        (Backlog(waiting=30, per_minute=3, unread_s=0), limits_of(minutes=10), None),
        (
            Backlog(waiting=31, per_minute=3, unread_s=0),
            limits_of(pages=30, minutes=10),
            Help(reason="more than 30 pages", keep=30),
        ),
        (
            Backlog(waiting=31, per_minute=2.5, unread_s=0),
            limits_of(pages=30, minutes=10),
            Help(reason="more than 10 minutes", keep=25),
        ),
        (Backlog(waiting=1, per_minute=1, unread_s=59), limits_of(asleep_s=60), None),
        (
            Backlog(waiting=1, per_minute=1, unread_s=60),
            limits_of(pages=5, asleep_s=60),
            Help(reason="no worker for 60 s", keep=0),
        ),
        (Backlog(waiting=0, per_minute=1, unread_s=60), limits_of(asleep_s=60), None),
    ],
)
def test_when_a_queue_needs_help(
    backlog: Backlog, limits: OverflowSettings, found: Help | None
) -> None:
    """Too many pages, too many minutes, or nobody there; the reason that leaves least counts."""
    assert needed(backlog, limits) == found


def test_pages_are_taken_from_the_end_down_to_the_threshold(tmp_path: Path, client: Redis) -> None:
    """The last pages are moved, each to one list; what the queue can manage stays in order."""
    batch = make(tmp_path, client, "a", 9, may=True)
    helping = helper(client)
    assert take_all(helping) == ids(batch, 9, 8, 7, 6)
    assert batch.waiting("mac") == ids(batch, 1, 2, 3, 4, 5)
    assert batch.waiting("far:intermediate") == ids(batch, 6, 7, 8, 9)
    assert client.hget(f"rq:job:{batch.key}-p9", "origin") == b"far"
    told = client.hgetall(keys.overflow("mac"))
    assert told == {b"taken": b"4", b"by": b"far", b"reason": b"more than 5 pages"}
    read_all(client, queue="far", remote=True)  # what was taken and not begun is put back first
    read_all(client, queue="mac")
    read = [batch.store.result(batch.document.id, page) for page in range(1, 10)]
    assert [result.backend for result in read if result] == ["mac"] * 5 + ["far"] * 4


def test_a_page_that_may_not_leave_is_never_taken(tmp_path: Path, client: Redis) -> None:
    """However many of them lie at the end, they are passed over, and others are found."""
    here = make(tmp_path, client, "a", 3, may=False)
    there = make(tmp_path, client, "b", 2, may=True)
    many = make(tmp_path, client, "c", work_stealing.WINDOW * 2, may=False)
    helping = helper(client, limits_of(pages=1))
    assert take_all(helping) == ids(there, 2, 1)
    left = [*range(1, many.document.pages + 1)]
    assert here.waiting("mac") == [*ids(here, 1, 2, 3), *ids(many, *left)]


def test_a_page_that_was_tried_there_is_not_taken_again(tmp_path: Path, client: Redis) -> None:
    """What the other backend could not read, and what nobody waits for, stays."""
    batch = make(tmp_path, client, "a", 3, may=True)
    helping = helper(client, limits_of(pages=1))
    assert helping.take() == f"{batch.key}-p3"
    read_all(client, "*: reject", queue="far", remote=True)
    assert batch.waiting("mac") == ids(batch, 1, 2, 3)
    client.hset(f"rq:job:{batch.key}-p2", "status", "started")
    client.hset(f"rq:job:{batch.key}-p1", "meta", "no JSON")
    assert take_all(helping) == []
    read_all(client, queue="mac")
    result = batch.store.result(batch.document.id, 3)
    assert result is not None
    assert [attempt.backend for attempt in result.attempts] == ["far", "mac"]


def test_a_queue_without_a_worker_is_helped_after_a_time(
    tmp_path: Path, client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sign of life of its worker starts the time anew; then even the last page is taken."""
    monkeypatch.setattr(work_stealing, "LOOK_S", 0.0)
    batch = make(tmp_path, client, "a", 2, may=True)
    helping = helper(client, limits_of(pages=5, asleep_s=60))
    assert helping.take() == ""
    silent_for(client, 61)
    assert helping.take() == f"{batch.key}-p2"
    worker = make_worker(client, "mac", name="awake")
    worker.register_birth()  # type: ignore[no-untyped-call]
    worker.heartbeat()
    assert work_stealing.look(client, "mac").unread_s < 60
    assert helping.take() == ""


def silent_for(client: Redis, seconds: int) -> None:
    """Let the last sign of life be so long ago."""
    client.set(keys.alive("mac"), "", ex=keys.ALIVE_S - seconds)


def test_the_page_in_the_hands_of_a_sleeper_is_taken_too(
    tmp_path: Path, client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Mac that fell asleep over a page: it is put back, with one attempt, and read elsewhere."""
    monkeypatch.setattr(work_stealing, "LOOK_S", 0.0)
    batch = make(tmp_path, client, "a", 1, may=True)
    hand = Hands(client).take("mac")
    assert hand is not None
    hand.begin()
    hand.fall_asleep()
    silent_for(client, 61)
    helper_worker = make_worker(client, "far", name="helper")
    (mac,) = make_worker(client, "mac", name="other").queues
    helping = Overflow(
        client,
        source="mac",
        target="far",
        limits=limits_of(asleep_s=60),
        put_back=lambda: recovery.put_back(helper_worker, mac),
    )
    assert take_all(helping, 3) == ids(batch, 1)
    read_all(client, queue="far", remote=True)
    hand.answer("*: ok")
    hand.settle()
    result = batch.store.result(batch.document.id, 1)
    assert result is not None
    assert [attempt.error for attempt in result.attempts] == ["worker-died", None]
    assert batch.state()["done"] == [1]


def test_the_pace_is_what_living_workers_have_done(tmp_path: Path, client: Redis) -> None:
    """Pages a minute are counted over the time in which the queue's workers worked."""
    make(tmp_path, client, "a", 2, may=True)
    for name, done, failed in (("one", 4, 1), ("two", 5, 0)):
        worker = make_worker(client, "mac", name=name)
        worker.register_birth()  # type: ignore[no-untyped-call]
        client.hset(worker.key, "successful_job_count", done)
        client.hset(worker.key, "failed_job_count", failed)
        client.hset(worker.key, "total_working_time", 30)
    backlog = work_stealing.look(client, "mac")
    assert backlog.waiting == 2
    assert round(backlog.per_minute or 0) == 20


def test_pages_of_a_run_without_money_are_left_there(tmp_path: Path, client: Redis) -> None:
    """They could only be put back; those of other runs before them are taken."""
    rich = make(tmp_path, client, "a", 3, may=True)
    poor = make(tmp_path, client, "b", 6, may=True)
    client.hset(f"ocrq:doc:{poor.key}", "run", "poor")
    monitor.tell(client, keys.spent("far", "poor"), "no money", for_s=60)
    assert take_all(helper(client, limits_of(pages=1))) == ids(rich, 3, 2, 1)


def test_a_worker_helps_while_its_own_queue_has_no_work_for_it(
    tmp_path: Path, client: Redis
) -> None:
    """Pages that cannot be paid for wait where they are, and keep nobody from helping others."""
    batch = make(tmp_path, client, "a", 3, may=True)
    assert client.lmove("rq:queue:mac", "rq:queue:far") == ids(batch, 1)[0].encode()
    worker = make_worker(client, "far", name="helper")
    worker.passed.finds_work = lambda: False  # type: ignore[method-assign]
    worker.take_over = helper(client, limits_of(pages=1)).take
    job = worker._take(worker.queues[0], block=True)
    assert job is not None
    assert job.id == ids(batch, 3)[0]
    assert worker._take(worker.queues[0], block=True) is None
    assert batch.waiting("far") == ids(batch, 1)


def test_what_the_helper_cannot_read_stays_where_it_is(tmp_path: Path, client: Redis) -> None:
    """It would only bring it back: the pages of other documents before it are taken."""
    first = make(tmp_path, client, "a", 8, may=True)
    last = make(tmp_path, client, "b", 3, may=True)
    passed = [last.key]
    helping = Overflow(client, source="mac", target="far", limits=ABOVE_FIVE, passed=lambda: passed)

    assert take_all(helping, 3) == ids(first, 8, 7, 6)
    passed.clear()
    assert take_all(helping, 1) == ids(last, 3)
