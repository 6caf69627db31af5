"""What one worker of the pool asks before it draws a page, and again before each request."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from redis import Redis

from demo.scripted import Scripted
from ocrqueue.backends.base import NO_IMAGE
from ocrqueue.broker import keys, monitor, page_job, passed_over
from ocrqueue.broker.connection import text
from ocrqueue.broker.document_record import Run
from ocrqueue.broker.page_job import PageJob
from ocrqueue.broker.passed_over import PassedOver
from ocrqueue.model.errors.page import (
    MustStay,
    OutOfMoney,
    PoolPaused,
    ServiceAway,
    UnexpectedFailure,
)
from ocrqueue.model.gate import NO_CREDIT, Lease, Refused
from ocrqueue.model.money import Caps
from ocrqueue.model.page import PageImage, Reply
from ocrqueue.pipeline import attempt, status
from ocrqueue.pipeline.attempt import Outcome, Progress, Rejected, Request, Tools
from ocrqueue.pipeline.remote_gate import OwnGate, Pool, gate_of
from ocrqueue.settings.engines import ScriptedSettings
from ocrqueue.settings.schema_remote import RemoteSettings
from ocrqueue.text.layer.sheet import Sheet
from tests.support.batch import Batch, make_batch
from tests.support.pools import MODEL, begun, book, spend

Begin = Callable[..., Pool]


@pytest.fixture
def batch(tmp_path: Path, client: Redis) -> Batch:
    made = make_batch(tmp_path, client, route=(("far", 1, True),), allow_remote=True)
    made.queue_pages()
    return made


def make(client: Redis, *, clock: Callable[[], float] = time.monotonic, **settings: Any) -> Pool:
    known = RemoteSettings(**settings)
    passed = PassedOver(client, "far", clock=clock)
    return Pool(client, "far", known, rest_s=5, passed=passed, clock=clock, worker="w")


def test_a_page_that_may_not_leave_is_stopped_before_each_request(batch: Batch) -> None:
    """Before it is drawn, and again between two requests for the same page."""
    said = [True]
    pool = begun(batch, make(batch.client), may_leave=lambda: said[0])
    assert isinstance(pool.admit(1, MODEL), Lease)
    said[0] = False
    with pytest.raises(MustStay, match="page 1 may not leave"):
        pool.admit(1, MODEL)
    with pytest.raises(MustStay):
        begun(batch, pool, may_leave=lambda: said[0])


UNREACHED = 3


class Sends(Scripted):
    """A backend that sends each page but one, for which it reaches nobody."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(ScriptedSettings(name="far"))
        self.pool = pool

    def page_to_markdown(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        lease = self.pool.admit(10, MODEL)
        assert isinstance(lease, Lease)
        if page != UNREACHED:
            self.pool.leaves(lease)
        self.pool.settle(lease, 10)
        return super().page_to_markdown(image, deadline=deadline, page=page)


class Draws:
    """Draws nothing; page 2 says that it is blank."""

    def page(self, *_: Any, **__: Any) -> PageImage:
        return NO_IMAGE

    def sheet(self, source: Path, page: int, *_: Any, **__: Any) -> Sheet | None:
        del source
        return Sheet(width=10, height=10) if page == 2 else None


def untellable(_: Progress) -> None:
    """Fail as a worker does whose memory is used up when the page begins."""
    raise UnexpectedFailure("cannot be told")


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        ({"page": 2}, {}),
        ({"size": -1}, {}),
        ({}, {"on_progress": untellable}),
        ({"number": UNREACHED}, {}),
    ],
    ids=["text layer", "source changed", "ended before it began", "nobody was reached"],
)
def test_only_a_page_that_was_sent_has_left(
    batch: Batch, changes: dict[str, int], more: dict[str, Any]
) -> None:
    """What ends before it could be sent inherits nothing from the page before."""
    pool = make(batch.client)
    tools = Tools(
        renderer=Draws(),
        backend=Sends(pool),
        own=ScriptedSettings(),
        limit_s=30,
        worker="w",
        remote=True,
        begin=pool.begin,
        has_left=pool.has_left,
    )
    document = batch.document
    job = PageJob.fetch(f"{batch.key}-p1", connection=batch.client)
    with patch.object(page_job, "current", lambda: job):
        sent = attempt.run(Request(document=document, page=1, may_leave=lambda: True), tools)
        only = replace(document.reading, text_layer="only" if "page" in changes else "never")
        document = replace(document, size=changes.get("size", document.size), reading=only)
        page = changes.get("page", changes.get("number", 1))
        request = Request(document=document, page=page, may_leave=lambda: True)
        kept = attempt.run(request, replace(tools, **more))

    assert (left(sent), left(kept)) == (True, False)


def left(outcome: Outcome) -> bool:
    this = outcome.attempt if isinstance(outcome, Rejected) else outcome.result.attempts[-1]
    return this.left


def test_what_a_page_costs_is_booked_on_the_run_that_queued_it(batch: Batch) -> None:
    """A spent run stops its own pages only; its budget may be raised."""
    pool = make(batch.client)
    book(batch, "first", cap=1000)
    spend(begun(batch, pool), 1000)
    with pytest.raises(OutOfMoney, match=r"the budget of the run is spent: 0.00 of 0.00 USD"):
        begun(batch, pool)
    assert pool.may_help()
    book(batch, "second", cap=1000)
    spend(begun(batch, pool), 1000)
    book(batch, "first", cap=1000)
    gate_of(batch.client, "far", RemoteSettings(), Run(name="first")).raise_caps(Caps(run=2000))
    spend(begun(batch, pool), 1000)
    book(batch, "no name, as somebody else wrote it")
    spend(begun(batch, pool), 1000)
    assert pool.state().window("day").spent_micro_usd == 4000


@pytest.fixture
def other(tmp_path: Path, client: Redis, batch: Batch) -> Batch:
    """A document whose run has money, behind three pages of one that has none."""
    book(batch, "poor", cap=0)
    made = make_batch(tmp_path, client, route=(("far", 1, True),), name="b", allow_remote=True)
    made.queue_pages()
    book(made, "rich", cap=5000)
    return made


def find_no_money(batch: Batch, pool: Pool) -> None:
    with pytest.raises(OutOfMoney) as caught:
        begun(batch, pool)
    pool.rest(caught.value)


def test_pages_of_a_spent_run_are_passed_over(batch: Batch, other: Batch) -> None:
    """Those of others are found behind them; after a rest one is tried again."""
    now = [100.0]
    pool = make(batch.client, clock=lambda: now[0])
    find_no_money(batch, pool)
    assert pool.may_take()
    for page in (1, 2, 3):
        assert pool.passed.finds_work()
        assert batch.client.lpop("rq:queue:far") == f"{other.key}-p{page}".encode()
    assert not pool.passed.finds_work()
    assert batch.waiting("far") == [f"{batch.key}-p{page}" for page in (1, 2, 3)]
    now[0] += 5
    assert pool.passed.finds_work()


def test_a_long_queue_of_a_spent_run_is_passed_over_piece_by_piece(
    batch: Batch, other: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No step of the server looks at more than a part of it, and the next one looks further."""
    monkeypatch.setattr(passed_over, "WINDOW", 2)
    now = [100.0]
    pool = make(batch.client, clock=lambda: now[0])
    find_no_money(batch, pool)
    assert not pool.passed.finds_work()
    now[0] += 1
    assert pool.passed.finds_work()
    assert batch.waiting("far")[0] == f"{other.key}-p1"


def test_a_run_whose_next_page_is_too_dear_is_passed_over(batch: Batch, other: Batch) -> None:
    """Its budget is not spent to the last cent, but the gate refuses what a page may cost."""
    book(batch, "poor", cap=1000)
    pool = begun(batch, make(batch.client))
    assert isinstance(pool.admit(1001, MODEL), Refused)
    pool.rest(OutOfMoney("the budget is spent"))
    assert (pool.may_take(), pool.passed.finds_work()) == (True, True)
    assert batch.waiting("far")[0] == f"{other.key}-p1"


@pytest.mark.usefixtures("other")
def test_a_page_that_comes_though_it_is_passed_over_takes_no_rest_from_others(batch: Batch) -> None:
    """Somebody else was quicker at the head of the queue: the worker takes a breath, no more."""
    now = [100.0]
    pool = make(batch.client, clock=lambda: now[0])
    find_no_money(batch, pool)
    find_no_money(batch, pool)
    assert not pool.may_take()
    now[0] += 1
    assert pool.may_take()


def test_a_workspace_stands_still_when_all_its_runs_lack_money(batch: Batch, other: Batch) -> None:
    """While one of them has some nothing is held; a raised budget counts at once."""
    client, settings = batch.client, RemoteSettings()
    passed = PassedOver(client, status.POOL)
    pool = Pool(client, status.POOL, settings, rest_s=5, passed=passed)
    find_no_money(batch, pool)
    assert status.now(client, batch.store).held == {}
    book(other, "poor", cap=0)
    why = "the budget of the run is spent: 0.00 of 0.00 USD"
    assert status.now(client, batch.store).held == {status.POOL: why}
    status.raise_budgets(client, batch.store, settings, Caps(run=1000))
    assert status.now(client, batch.store).held == {}


def test_a_spent_day_stops_all_pages(batch: Batch) -> None:
    """Neither own pages are begun nor is another queue helped."""
    pool = make(batch.client, budget_day_usd=0.001)
    book(batch, "first", cap=5000)
    spend(begun(batch, pool), 1000)
    with pytest.raises(OutOfMoney, match="the budget of the day is spent"):
        begun(batch, pool)
    assert not pool.may_help()


def test_a_long_pause_sends_pages_back_and_a_short_one_does_not(batch: Batch) -> None:
    """What a page can wait for itself is the backend's business."""
    pool = begun(batch, make(batch.client))
    pool.pause(10, "patience")
    assert pool.may_help()
    begun(batch, pool)
    pool.pause(60, "credit")
    with pytest.raises(PoolPaused, match="the pool waits: credit") as caught:
        begun(batch, pool)
    assert 50 < caught.value.wait_s <= 60
    assert not pool.may_help()


def test_a_pause_for_want_of_credit_is_one_for_want_of_money(batch: Batch) -> None:
    """Pages may follow their route meanwhile, as they may where a budget is spent."""
    pool = begun(batch, make(batch.client))
    pool.pause(300, f"{NO_CREDIT}: the service says so")
    with pytest.raises(OutOfMoney, match="the account has no credit: the service says so"):
        begun(batch, pool)
    assert not pool.may_help()


def test_a_worker_that_could_not_send_rests_and_says_why(batch: Batch) -> None:
    """It takes no page for some seconds; people can read the reason a little longer."""
    now = [100.0]
    pool = make(batch.client, clock=lambda: now[0])
    assert pool.may_take()
    pool.rest(OutOfMoney("no money"))
    now[0] += 4.9
    assert not pool.may_take()
    now[0] += 0.1
    assert pool.may_take()
    assert monitor.told(batch.client, ["far", "mac"], keys.held) == {"far": "no money"}


def test_who_reaches_nobody_rests_longer_each_time_and_speaks_for_himself(batch: Batch) -> None:
    """Other machines are asked no pause; an answer ends it, also of a server of one's own."""
    now = [100.0]
    pool = make(batch.client, clock=lambda: now[0])
    rests = []
    for _ in range(6):
        pool.rest(ServiceAway("no connection"))
        began = now[0]
        while not pool.may_take():
            now[0] += 1
        rests.append(now[0] - began)

    assert rests == [5, 10, 20, 40, 60, 60]
    assert stalled(batch.client) == "no connection"
    assert monitor.told(batch.client, ["far"], keys.held) == {}
    assert pool.state().paused_s == 0
    for gate in (pool, OwnGate(pool)):
        pool.rest(ServiceAway("no connection"))
        gate.ok(MODEL)
        assert stalled(batch.client) == ""
    pool.rest(ServiceAway("no connection", wait_s=30))
    now[0] += 29
    assert not pool.may_take()
    now[0] += 1
    assert pool.may_take()


def stalled(client: Redis) -> str:
    return text(client.get(keys.stalled("w")))


def test_a_pause_longer_than_anybody_waits_lets_pages_go_on(batch: Batch) -> None:
    """They may follow their route, where the settings say so."""
    pool = begun(batch, make(batch.client, patience_s=60.0))
    for seconds, kind in ((50, PoolPaused), (90, ServiceAway)):
        pool.pause(seconds, "patience")
        with pytest.raises(kind, match="the pool waits: patience") as caught:
            begun(batch, pool)
        assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("when_spent", "after_s", "follow"),
    [("hand-over", 59, False), ("hand-over", 60, True), ("wait", 60, False)],
)
def test_pages_follow_their_route_when_nobody_was_reached_for_long(
    client: Redis, when_spent: str, after_s: int, *, follow: bool
) -> None:
    """Not at the first moment without a network, and only where the settings say so."""
    now = [100.0]
    pool = make(client, clock=lambda: now[0], patience_s=60.0, when_spent=when_spent)
    away, pause = ServiceAway("no connection"), ServiceAway("patience", wait_s=99)
    assert not pool.hands_over(away)
    for _ in range(2):
        pool.rest(away)
    now[0] += after_s

    assert pool.hands_over(away) is follow
    assert pool.hands_over(pause) is (when_spent == "hand-over")
