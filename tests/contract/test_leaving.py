"""Pages that may leave this machine and pages that may not, through a real queue."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from demo.scripted import Scripted
from ocrqueue.broker import queue_ops, scripts
from ocrqueue.broker.page_job import PageJob
from ocrqueue.model.errors.page import OutOfMoney, PageError, PoolPaused, PoolStopped
from ocrqueue.model.page import PageImage, PageResult, Reply
from ocrqueue.pipeline import privacy
from ocrqueue.settings.engines import ScriptedSettings
from tests.support.batch import Batch, make_batch, read_all, reader
from tests.support.stepping import Hands

ROUTE = (("mac", 2), ("far", 2, True), ("last", 1))


class Unable(Scripted):
    """A backend that cannot ask its service."""

    def __init__(self, error: PageError) -> None:
        super().__init__(ScriptedSettings(name="far"))
        self.error = error

    def page_to_markdown(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        del image, deadline, page
        raise self.error


@pytest.fixture
def batch(tmp_path: Path, client: Redis) -> Batch:
    """Two pages that may not leave."""
    return make_batch(tmp_path, client, count=2, route=ROUTE)


@pytest.fixture
def allowed(tmp_path: Path, client: Redis) -> Batch:
    """Two pages that may."""
    return make_batch(tmp_path, client, count=2, route=ROUTE, allow_remote=True)


def allow(batch: Batch, *, may: bool) -> int:
    """Change what the input says, as a command does; return how many pages were called home."""
    record = replace(batch.output, allow_remote=may)
    batch.store.save_output(record.key, record.to_wire(), batch.document.id)
    return privacy.tell_queue(batch.client, batch.store, batch.document, batch.key)


def result(batch: Batch, page: int = 1) -> PageResult:
    found = batch.store.result(batch.document.id, page)
    assert found is not None
    return found


def backends(batch: Batch, page: int = 1) -> list[str]:
    return [attempt.backend for attempt in result(batch, page).attempts]


def meta(batch: Batch, page: int = 1) -> Any:
    return PageJob.fetch(f"{batch.key}-p{page}", connection=batch.client).meta


def test_a_page_that_may_leave_walks_the_whole_route(allowed: Batch) -> None:
    """After its local tries a page goes to the remote backend, then to the last, history kept."""
    allowed.queue_pages(1)
    read_all(allowed.client, "*: reject", queue="mac")
    assert allowed.waiting("far") == [f"{allowed.key}-p1"]
    read_all(allowed.client, "*: reject", queue="far", remote=True)
    assert allowed.waiting("last") == [f"{allowed.key}-p1"]
    read_all(allowed.client, queue="last")
    assert backends(allowed) == ["mac", "mac", "far", "far", "last"]
    assert allowed.state()["done"] == [1]


def test_a_page_that_may_not_leave_skips_the_remote_backend(batch: Batch) -> None:
    """Its local tries used up, a page goes straight to the next local backend."""
    batch.queue_pages(1)
    read_all(batch.client, "*: reject", queue="mac")
    assert (batch.waiting("far"), batch.waiting("last")) == ([], [f"{batch.key}-p1"])


def test_a_page_that_kills_its_worker_goes_on_along_the_route(allowed: Batch) -> None:
    """After two dead workers of one backend the next one gets the page."""
    allowed.queue_pages(1)
    hands = Hands(allowed.client)
    for _ in range(2):
        hand = hands.take("mac")
        assert hand is not None
        hand.begin()
        hand.die()
        hands.rescue("mac")
    assert allowed.waiting("far") == [f"{allowed.key}-p1"]
    read_all(allowed.client, queue="far", remote=True)
    assert [attempt.error for attempt in result(allowed).attempts] == ["worker-died"] * 2 + [None]


def test_a_local_page_in_a_remote_queue_is_sent_back(
    batch: Batch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever put it there: it is not read there, no attempt is counted, and an error is logged."""
    batch.queue_pages(1)
    name = f"{batch.key}-p1"
    assert batch.client.lmove("rq:queue:mac", "rq:queue:far")
    batch.client.hset(f"rq:job:{name}", "origin", "far")
    batch.client.hset(
        f"ocrq:doc:{batch.key}", "open_to", "mac far last"
    )  # the queue is no authority
    with reader(batch.client, queue="far", remote=True) as worker:
        worker.work(burst=True, logging_level="WARNING")
    assert (batch.waiting("far"), batch.waiting("mac")) == ([], [name])
    assert meta(batch).get("history", []) == []
    assert [record.levelname for record in caplog.records if "sent_back" in str(record.msg)] == [
        "ERROR"
    ]
    read_all(batch.client, queue="mac")
    assert backends(batch) == ["mac"]


def test_the_workspace_alone_lets_no_page_leave(batch: Batch) -> None:
    """A record that is changed after the page was queued counts for nothing: the queue knows."""
    batch.queue_pages(1)
    record = replace(batch.output, allow_remote=True)
    batch.store.save_output(record.key, record.to_wire(), batch.document.id)
    name = f"{batch.key}-p1"
    assert batch.client.lmove("rq:queue:mac", "rq:queue:far")
    batch.client.hset(f"rq:job:{name}", "origin", "far")
    with reader(batch.client, queue="far", remote=True) as worker:
        worker.work(burst=True, logging_level="CRITICAL")
    assert (batch.waiting("far"), batch.waiting("mac")) == ([], [name])


def test_a_local_page_that_nobody_here_can_read_fails_where_it_is(
    tmp_path: Path, client: Redis
) -> None:
    """With no local backend left the page fails with that reason; a doubtful text stands in."""
    batch = make_batch(tmp_path, client, count=2, route=ROUTE[:2], allow_remote=True)
    batch.queue_pages()
    read_all(client, "1: reject; 2: doubtful", queue="mac")
    assert len(batch.waiting("far")) == 2
    record = replace(batch.output, allow_remote=False)
    batch.store.save_output(record.key, record.to_wire(), batch.document.id)
    read_all(client, queue="far", remote=True)
    assert (result(batch).error, result(batch).failed) == ("nobody-local", True)
    assert result(batch, 2).verdict == "doubtful"
    assert batch.state()["failed"] == [1]
    assert batch.waiting("far") == []


def test_taking_the_permission_back_calls_waiting_pages_home(allowed: Batch) -> None:
    """Pages that wait for the remote backend go to a local one at once, also without a worker."""
    allowed.queue_pages()
    read_all(allowed.client, "*: reject", queue="mac")
    assert allow(allowed, may=False) == 2
    assert (len(allowed.waiting("far")), len(allowed.waiting("last"))) == (0, 2)
    read_all(allowed.client, queue="last")
    assert backends(allowed) == ["mac", "mac", "last"]
    assert queue_ops.idle(allowed.client, ["mac", "far", "last"])


def test_taking_it_back_fails_what_nobody_here_can_read(tmp_path: Path, client: Redis) -> None:
    """A page with no local backend left fails at once, and its document ends."""
    batch = make_batch(tmp_path, client, count=1, route=ROUTE[:2], allow_remote=True)
    batch.queue_pages()
    read_all(client, "*: reject", queue="mac")
    assert allow(batch, may=False) == 1
    assert result(batch).error == "nobody-local"
    assert batch.waiting("collect") == [f"{batch.key}-collect"]


def test_a_permission_given_later_counts_for_pages_that_wait(batch: Batch) -> None:
    """Pages that were queued as local ones may be handed over once they may leave."""
    batch.queue_pages(1)
    allow(batch, may=True)
    read_all(batch.client, "*: reject", queue="mac")
    assert batch.waiting("far") == [f"{batch.key}-p1"]


def test_the_stricter_of_two_inputs_counts(tmp_path: Path, batch: Batch) -> None:
    """One content found at two places is one document: it leaves only if both places allow it."""
    allow(batch, may=True)
    assert privacy.may_leave(batch.store, batch.document.id)
    twin = replace(batch.output, name="twin", source=str(tmp_path / "private" / "a.pdf"))
    batch.store.save_output(twin.key, twin.to_wire(), batch.document.id)
    assert not privacy.may_leave(batch.store, batch.document.id)
    gone = replace(twin, document="f" * 24)  # that place shows another document by now
    batch.store.save_output(gone.key, gone.to_wire(), gone.document)
    assert privacy.may_leave(batch.store, batch.document.id)


@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize("error", [PoolPaused("p", wait_s=60), PoolStopped("s"), OutOfMoney("m")])
def test_a_page_that_could_not_be_sent_waits_uncounted(
    allowed: Batch, error: PageError, *, sent: bool
) -> None:
    """It goes to the end of its queue, and the worker is told to rest; that it left is kept."""
    allowed.queue_pages()
    read_all(allowed.client, "*: reject", queue="mac")
    rests: list[PageError] = []
    more: dict[str, Any] = {"has_left": lambda _: sent, "rest": rests.append}
    with reader(allowed.client, queue="far", remote=True, backend=Unable(error), **more) as worker:
        worker.work(burst=True, max_jobs=1, logging_level="WARNING")
    assert rests == [error]
    assert allowed.waiting("far") == [f"{allowed.key}-p{page}" for page in (2, 1)]
    for _ in range(3):  # it waits for long
        with reader(
            allowed.client, queue="far", remote=True, backend=Unable(error), **{**more, "rest": id}
        ) as worker:
            worker.work(burst=True, max_jobs=2, logging_level="WARNING")
    read_all(allowed.client, queue="far", remote=True, has_left=lambda _: True)
    attempts = result(allowed).attempts
    told = [(attempt.backend, attempt.counts, attempt.left) for attempt in attempts]
    tried = [("mac", True, False)] * 2
    assert told == [*tried, *([("far", False, True)] if sent else []), ("far", True, True)]


def test_without_money_pages_may_follow_the_route(allowed: Batch) -> None:
    """Where the settings say so, what cannot be paid for goes to the next backend, uncounted.

    The worker need not rest: it hands over all there is.
    """
    allowed.queue_pages(1)
    read_all(allowed.client, "*: reject", queue="mac")
    unable, rests = Unable(OutOfMoney("no money")), list[PageError]()
    more: dict[str, Any] = {"hands_over": lambda _: True, "rest": rests.append}
    read_all(allowed.client, queue="far", remote=True, backend=unable, **more)
    assert rests == []
    assert allowed.waiting("last") == [f"{allowed.key}-p1"]
    read_all(allowed.client, queue="last")
    assert backends(allowed) == ["mac", "mac", "last"]


def test_without_money_a_page_taken_from_a_long_queue_goes_back_there(allowed: Batch) -> None:
    """It would only be taken again, so the worker rests, whatever the settings say."""
    allowed.queue_pages(1)
    assert scripts.take_over(
        allowed.client, "mac", "far", keep=0, reason="r", over=0, window=9
    ) == (f"{allowed.key}-p1", 0)
    allowed.client.lmove("rq:queue:far:intermediate", "rq:queue:far")
    unable, rests = Unable(OutOfMoney("no money")), list[PageError]()
    more: dict[str, Any] = {"hands_over": lambda _: True, "rest": rests.append}
    read_all(allowed.client, queue="far", remote=True, backend=unable, **more)
    assert (allowed.waiting("mac"), rests) == ([f"{allowed.key}-p1"], [unable.error])
