"""Anything that may happen to a batch, in any order: no page is lost, and every batch ends."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from rq import Queue
from rq.exceptions import InvalidJobOperation

from ocrqueue.broker import keys, queue_ops, scripts
from ocrqueue.broker.connection import text
from ocrqueue.broker.page_job import PageJob
from ocrqueue.model.routing import CHECKER
from ocrqueue.pipeline import collect, privacy, reconcile, retry
from ocrqueue.pipeline.feeder import document_key
from ocrqueue.workspace.store import Store
from tests.support.documents import REMOTE, ROUTES, Documents
from tests.support.servers import Server
from tests.support.stepping import MODEL, Hand, Hands

NOW = "2026-01-01T00:00:00+00:00"
QUEUES = ("scripted", MODEL, "second", REMOTE, CHECKER, keys.COLLECT_QUEUE)
ANSWERS = ("*: ok", "*: ok", "*: doubtful", "*: fail 9", "*: reject", "*: refuse")
Pages = Mapping[str, Mapping[str, list[int]]]  # by document and state
LONGEST_DRAIN = 40  # rounds; a batch that needs more never ends

names = st.sampled_from([*sorted(ROUTES), "c.pdf"])  # the one with the most to happen to it
queues = st.sampled_from(QUEUES)
numbers = st.integers(0, 7)  # chooses among whatever there is


class Batches(Documents, RuleBasedStateMachine):
    """Some documents, their producers, workers and collectors, and a user with a dashboard."""

    def __init__(self) -> None:
        super().__init__()
        self.client.flushall()
        self.folder = Path(tempfile.mkdtemp(prefix="oq-states-"))
        self.out = self.folder / "out"
        self.store = Store.create(self.out / ".ocrqueue")
        for name in ROUTES:
            (self.folder / name).write_bytes(name.encode())
        self.hands = Hands(self.client)
        self.names: set[str] = set()  # of the documents in Redis
        self.ever: dict[str, set[int]] = {}
        self.cancelled: set[str] = set()
        self.overslept: set[str] = set()  # jobs put back before a sleeper that had them began
        self.allowed = False  # pages of c.pdf may leave
        self.left: list[str] = []  # where pages left that may not

    # Producers

    @initialize(name=names, may=st.booleans())
    def begin(self, name: str, may: bool) -> None:  # noqa: FBT001 - a rule's argument
        """One document has been enqueued whole."""
        self.allowed = may
        self.enqueue_some(name, None, 9)

    @rule(name=names, only=st.sampled_from([None, "1-2"]), chunks=st.integers(0, 9))
    def enqueue(self, name: str, only: str | None, chunks: int) -> None:
        """A producer dies after so many pages."""
        self.enqueue_some(name, only, chunks)

    def enqueue_some(self, name: str, only: str | None, chunks: int) -> None:
        left = iter(range(chunks))
        feeder = self.feeder(dies=lambda: next(left, None) is None)
        self.enqueued(name, only, feeder)
        self.names |= {document_key(self.store, found.id) for found in self.document(name)}

    @rule(name=names)
    def retry(self, name: str) -> None:
        list(retry.retry(self.output(name), store=self.store, feeder=self.feeder()))

    @rule()
    def the_marks_of_dead_producers_expire(self) -> None:
        for key in self.known():
            self.client.delete(keys.feeding(key))

    # Workers and collectors

    @rule(queue=queues)
    def take(self, queue: str) -> None:
        self.hands.take(queue)

    @rule(queue=queues, count=st.integers(1, 9), script=st.sampled_from(ANSWERS))
    def work(self, queue: str, count: int, script: str) -> None:
        """A worker that nobody disturbs runs so many jobs."""
        for _ in range(count):
            if hand := self.hands.take(queue):
                self.finish(hand, script)

    @rule(keep=st.integers(0, 2), steps=st.integers(0, 3))
    def help(self, keep: int, steps: int) -> None:
        """A remote worker with nothing to do takes a page from the end of the first queue."""

        def take_over() -> str:
            how = {"reason": "a test", "over": 0, "window": 9}
            return scripts.take_over(self.client, "scripted", REMOTE, keep=keep, **how)[0]  # type: ignore[arg-type]

        hand = self.hands.take(REMOTE, take_over=take_over)
        for _ in range(steps if hand else 0):
            self.step(cast("Hand", hand))

    @precondition(lambda self: self.hands.held)
    @rule(number=numbers, script=st.sampled_from(ANSWERS))
    def go_on(self, number: int, script: str) -> None:
        """One worker takes its next step."""
        self.step(self.hand(number), script)

    @precondition(lambda self: self.hands.held)
    @rule(number=numbers)
    def kill(self, number: int) -> None:
        hand = self.hand(number)
        hand.die()
        self.hands.let_go(hand)

    @precondition(lambda self: self.hands.held)
    @rule(number=numbers)
    def fall_asleep(self, number: int) -> None:
        """A worker misses its heartbeats, and others take its job over."""
        hand = self.hand(number)
        if not hand.begun:
            self.overslept.add(hand.job.id)
        hand.fall_asleep()
        self.hands.rescue(hand.queue.name)

    @precondition(lambda self: any(hand.begun for hand in self.hands.held))
    @rule(number=numbers)
    def stop_twice(self, number: int) -> None:
        hand = self.hand(number)
        if hand.begun and not hand.answered:
            hand.be_stopped()
            self.step(hand)

    @rule()
    def stray(self) -> None:
        """Somebody lays the next page into the remote queue, may it leave or not."""
        name = text(self.client.lmove("rq:queue:scripted", f"rq:queue:{REMOTE}"))
        if name and self.client.exists(f"rq:job:{name}"):
            self.client.hset(f"rq:job:{name}", "origin", REMOTE)
            self.overslept.add(name)  # who looks for it where it was puts it there once more

    @rule(queue=queues, after_long=st.booleans())
    def rescue(self, queue: str, after_long: bool) -> None:  # noqa: FBT001 - a rule's argument
        if after_long:
            self.hands.wait_long(queue)
        self.hands.rescue(queue)

    @rule()
    def call_off_checks(self) -> None:
        """Nobody was there for long who checks what models read."""
        before = {key: set(self.states(key)["pending"]) for key in self.known()}
        reconcile.call_off_checks(self.client, NOW)
        for key, pending in before.items():
            gone = pending - set(self.states(key)["pending"])
            self.cancelled |= {keys.page_job_id(key, page) for page in gone}

    @rule()
    def sweep(self) -> None:
        reconcile.sweep(self.client, NOW)

    # The user

    @rule(name=names, number=numbers)
    def requeue(self, name: str, number: int) -> None:
        for job in self.job(name, number):
            with suppress(InvalidJobOperation):
                job.requeue()

    @rule(name=names, number=numbers)
    def delete(self, name: str, number: int) -> None:
        for job in self.job(name, number):
            job.delete()

    @rule(queue=queues)
    def empty(self, queue: str) -> None:
        Queue(queue, connection=self.client, job_class=PageJob, serializer="json").empty()  # type: ignore[no-untyped-call]

    @rule(may=st.booleans())
    def permit(self, may: bool) -> None:  # noqa: FBT001 - a rule's argument
        """The user changes whether pages of c.pdf may leave."""
        self.allowed = may
        for document in self.document("c.pdf"):
            for output in self.output("c.pdf"):
                record = replace(output, allow_remote=may)
                self.store.save_output(record.key, record.to_wire(), document.id)
            key = document_key(self.store, document.id)
            before = set(self.states(key)["pending"])
            privacy.tell_queue(self.client, self.store, document, key)
            gone = before - set(self.states(key)["pending"])
            self.cancelled |= {keys.page_job_id(key, page) for page in gone}

    @rule(name=names)
    def cancel(self, name: str) -> None:
        """Take pages back; their ids may wait on, and mean nothing until the pages are retried."""
        for document in self.document(name):
            key = document_key(self.store, document.id)
            self.cancelled |= {keys.page_job_id(key, page) for page in self.states(key)["pending"]}
        retry.cancel(self.output(name), client=self.client, store=self.store, now=NOW)

    # What holds after each step

    @invariant()
    def all_holds(self) -> None:
        """Look at the server once: a step changes little, and to look takes longer than to step."""
        pages = {key: self.states(key) for key in self.known()}
        self.every_page_is_in_one_place(pages)
        self.the_totals_are_what_the_pages_say(pages)
        self.a_document_with_pages_to_read_is_alive(pages)
        self.a_page_that_is_done_has_its_result(pages)
        self.no_page_is_queued_twice()
        self.no_page_is_read_by_two()
        assert self.left == [], "nothing leaves that may not, whatever waits where"

    def every_page_is_in_one_place(self, pages: Pages) -> None:
        """No page that was ever added is lost, and none is in two states."""
        for key, state in pages.items():
            settled = state["pending"] + state["done"] + state["failed"]
            assert len(settled) == len(set(settled)), state
            self.ever[key] = self.ever.get(key, set()) | set(settled)
            assert set(settled) == self.ever[key]
            assert set(state["doubtful"]) <= set(state["done"])

    def the_totals_are_what_the_pages_say(self, pages: Pages) -> None:
        found = {
            state: sum(len(states[state]) for states in pages.values()) for state in keys.STATES
        }
        assert queue_ops.totals(self.client, self.store.address.key) == found

    def a_document_with_pages_to_read_is_alive(self, pages: Pages) -> None:
        alive = set(queue_ops.live_documents(self.client, self.store.address.key))
        for key, state in pages.items():
            assert key in alive or not state["pending"]

    def a_page_that_is_done_has_its_result(self, pages: Pages) -> None:
        for name in ROUTES:
            for document in self.document(name):
                done = pages.get(document_key(self.store, document.id), {}).get("done")
                if done:
                    assert set(done) <= self.store.settled_pages(document.id)[0]

    def no_page_is_queued_twice(self) -> None:
        """A collector may be: while one is about to begin, its document may be released again.

        So may a page whose worker slept after it had taken it, woke up and was stopped: it is put
        back once for each. Who takes the second of the two finds that it does not wait any more.
        """
        with self.client.pipeline() as pipe:
            for queue in QUEUES:
                pipe.lrange(f"rq:queue:{queue}", 0, -1)
                pipe.lrange(f"rq:queue:{queue}:intermediate", 0, -1)
            found = [[text(name) for name in names] for names in pipe.execute()]
        for waiting, taken in zip(found[::2], found[1::2], strict=True):
            once = [name for name in waiting + taken if self.is_once(name)]
            assert len(once) == len(set(once)), once

    def no_page_is_read_by_two(self) -> None:
        """Who was taken for dead may still read; nobody else reads what another one has."""
        running = [hand.job.id for hand in self.hands.held if hand.begun and not hand.asleep]
        once = [name for name in running if self.is_once(name)]
        assert len(once) == len(set(once)), once

    # How it ends

    def teardown(self) -> None:
        """Whatever has happened, the batch comes to its end, also after the last sleeper woke."""
        try:
            asleep = [hand for hand in self.hands.held if hand.asleep and hand.begun]
            for hand in [hand for hand in self.hands.held if hand not in asleep]:
                self.kill_one(hand)
            self.drain()
            for hand in asleep:
                self.finish(hand)
            self.drain()
            self.assert_all_is_told()
        finally:
            shutil.rmtree(self.folder)

    def drain(self) -> None:
        """Let rescuers, workers, collectors and the sweep do their work until nothing is left."""
        self.the_marks_of_dead_producers_expire()
        for _ in range(LONGEST_DRAIN):
            for queue in QUEUES:
                self.hands.wait_long(queue)
                self.hands.rescue(queue)
                while self.client.llen(f"rq:queue:{queue}"):
                    if hand := self.hands.take(queue):
                        self.finish(hand)
            reconcile.sweep(self.client, NOW)
            workspace = self.store.address.key
            if not queue_ops.live_count(self.client, workspace) and queue_ops.idle(
                self.client, QUEUES
            ):
                break
        for key in self.known():
            assert self.states(key)["pending"] == []
        assert queue_ops.workspaces(self.client) == []
        assert queue_ops.idle(self.client, QUEUES)

    def assert_all_is_told(self) -> None:
        """The files in the output folder say what the pages' results say."""
        for name in ROUTES:
            for output in self.output(name):
                (document,) = self.document(name)
                told = self.written(output)
                book = json.loads(Path(output.ledger).read_bytes())
                key = document_key(self.store, document.id)
                state = self.states(key)
                shown = {page["page"]: page["state"] for page in book["pages"]}
                chosen = set(collect.chosen_pages(output, document))
                read = {page for page, how in shown.items() if how == "done"}
                accepted, _ = self.store.settled_pages(document.id)
                # Who took a page before it was cancelled may have kept its result, and died.
                unheard = accepted - set(state["done"])
                assert {keys.page_job_id(key, page) for page in unheard} <= self.cancelled
                assert read - unheard == chosen & set(state["done"])
                if unheard:
                    continue
                collect.collect(self.store, document)
                assert self.written(output) == told


@pytest.mark.timeout(300)
def test_anything_in_any_order(server: Server) -> None:
    """Producers, workers, collectors and users in any order lose no page and end every batch."""
    with server.client as client:
        machine = type("Batches", (Batches,), {"client": client})
        chosen = settings(
            max_examples=40,
            stateful_step_count=40,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            # What is found is told as it is: making it smaller takes longer than a test may.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            print_blob=True,
        )
        run_state_machine_as_test(machine, settings=chosen)
