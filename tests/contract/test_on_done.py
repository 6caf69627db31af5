"""Who wants to know that a document or a batch is done is told so, whatever dies in between."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from ocrqueue.broker import connection, counts, keys, outbox, scripts
from ocrqueue.cli.status import queue_lines
from ocrqueue.model.errors.document import OutputNotWritten
from ocrqueue.pipeline import hook as hooks
from ocrqueue.pipeline import on_done, status
from ocrqueue.settings.schema_told import OnDoneSettings
from ocrqueue.workspace import publish
from tests.support.batch import Batch, collect_all, make_batch, read_all, reader
from tests.support.servers import Server, wait_until
from workers import collector

HOOK = OnDoneSettings(command=("/bin/hook",), of="both", quiet_s=0.001)
KEYS = {"version", "event", "workspace", "at", "document", "state", "problem", "markdown", "ledger",
        "pages", "documents"}  # fmt: skip


class Listener:
    """Stands where the hook is: keeps what it is told, and fails as it was asked to."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.failures: list[str | BaseException] = []

    def __call__(self, _: OnDoneSettings, words: bytes, *, limit_s: float) -> str:
        assert limit_s <= HOOK.timeout_s
        failure = self.failures.pop(0) if self.failures else ""
        if isinstance(failure, BaseException):
            raise failure
        if not failure:
            self.heard.append(json.loads(words))
        return failure

    def of(self, event: str) -> list[dict[str, Any]]:
        return [one for one in self.heard if one["event"] == event]


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    """The hook of this process."""
    one = Listener()
    monkeypatch.setattr(hooks, "call", one)
    on_done.install(replace(HOOK, of="document"))
    yield one
    on_done.install(OnDoneSettings())


def make_due(client: Redis) -> None:
    """Let time pass: whatever waits is due."""
    waiting: Any = client.zrange(keys.outbox(), 0, -1)
    for text in waiting:
        client.zadd(keys.outbox(), {text: 0})


def finish(batch: Batch, script: str = "") -> None:
    batch.queue_pages()
    read_all(batch.client, script)
    collect_all(batch.client)


def test_a_document_is_told_once_it_is_written(
    tmp_path: Path, client: Redis, listener: Listener
) -> None:
    """Its name, how it ended, its pages by how they ended and its files are told; no text is."""
    batch = make_batch(tmp_path, client, count=3, route=(("scripted", 1),), name="letters")
    batch.queue_pages()
    read_all(client, "2: refuse; 3: doubtful")
    on_done.tell_rest(client, HOOK)
    assert listener.heard == []
    collect_all(client)

    on_done.tell_rest(client, HOOK)
    on_done.tell_rest(client, HOOK)

    (told,) = listener.heard
    assert set(told) == KEYS
    assert (told["document"], told["state"]) == ("letters.pdf", "partial")
    assert told["pages"] == {"done": 2, "failed": 1, "doubtful": 1, "blank": 0}
    assert told["markdown"] == str(batch.output.markdown)
    assert told["workspace"] == str(batch.store.root)
    assert "scripted text" not in json.dumps(told)


def test_a_document_that_cannot_be_written_is_told(
    tmp_path: Path, client: Redis, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for ever for a document whose folder cannot be written."""

    def full(*_: object) -> None:
        message = "no room"
        raise OutputNotWritten(message)

    monkeypatch.setattr(publish, "_begin", full)
    finish(make_batch(tmp_path, client))

    on_done.tell_rest(client, HOOK)

    (told,) = listener.heard
    assert (told["state"], told["problem"]) == ("failed", OutputNotWritten.code)
    assert told["markdown"] == ""


def test_who_was_not_asked_is_not_told(tmp_path: Path, client: Redis) -> None:
    """Without a hook nothing is kept for one."""
    finish(make_batch(tmp_path, client))
    assert outbox.state(client).waiting == 0


def test_a_collector_that_dies_before_it_says_so_is_followed_by_another(
    tmp_path: Path, client: Redis, listener: Listener
) -> None:
    """The Markdown is written, and the job has not ended: whoever takes it again has it told."""
    batch = make_batch(tmp_path, client)
    batch.queue_pages()
    read_all(client)
    with reader(client, queue=keys.COLLECT_QUEUE) as worker:
        worker.handle_job_success = lambda *_, **__: None  # type: ignore[method-assign]
        worker.work(burst=True, max_jobs=1, logging_level="WARNING")
    assert batch.text()
    assert outbox.state(client).waiting == 0
    client.delete(f"rq:wip:{keys.COLLECT_QUEUE}")
    client.rpush(keys.queue(keys.COLLECT_QUEUE), keys.collect_job_id(batch.key))

    collect_all(client)
    on_done.tell_rest(client, HOOK)

    assert len(listener.of("document")) == 1


def test_who_dies_while_he_tells_is_followed_by_another(
    tmp_path: Path, client: Redis, listener: Listener
) -> None:
    """What was lent to him is told by another one when the loan is over, and not before."""
    finish(make_batch(tmp_path, client))
    listener.failures.append(SystemExit())
    with pytest.raises(SystemExit):
        on_done.tell_rest(client, HOOK)

    on_done.tell_rest(client, HOOK)
    assert listener.heard == []
    make_due(client)
    on_done.tell_rest(client, HOOK)

    assert len(listener.heard) == 1


def test_what_fails_is_told_later_and_costs_no_document(
    tmp_path: Path, client: Redis, listener: Listener
) -> None:
    """`status` says that it waits and why; the document is done; when it is told, all is well."""
    batch = make_batch(tmp_path, client)
    finish(batch)
    listener.failures.append("hook.sh ended with exit code 7\x1b[2J")

    on_done.tell_rest(client, HOOK)

    lines = queue_lines(status.now(client, batch.store))
    (line,) = [line for line in lines if "on_done" in line]
    assert line.startswith("  1 result to be told (on_done): hook.sh ended with exit code 7")
    assert "\x1b" not in line
    assert batch.text()
    assert not batch.is_live()
    make_due(client)
    on_done.tell_rest(client, HOOK)
    assert len(listener.heard) == 1
    assert status.now(client, batch.store).untold == outbox.Untold()
    counted = counts.read(client)
    assert (counted["hooks told"], counted["hooks failed"]) == (1, 1)


def test_after_a_day_it_is_given_up(client: Redis, listener: Listener) -> None:
    """What nobody took for longer is counted as such, and goes."""
    then = datetime.now(UTC) - timedelta(hours=25)
    event = on_done.DoneEvent(event="document", workspace="/w", at=then.isoformat())
    scripts.add_events(client, [(event.text, 0.0)])
    listener.failures.append("it answered 500")

    on_done.tell_rest(client, HOOK)

    assert outbox.state(client).waiting == 0
    assert counts.read(client)["hooks given up"] == 1


def test_a_batch_is_told_when_nothing_is_left(
    tmp_path: Path, client: Redis, listener: Listener
) -> None:
    """While a document waits nobody is told; then once, with what came of all."""
    on_done.install(replace(HOOK, of="batch"))
    first, second = (make_batch(tmp_path, client, name=name) for name in "ab")
    second.queue_pages()
    first.queue_pages()
    with reader(client) as worker:
        worker.work(burst=True, max_jobs=4, logging_level="WARNING")
    collect_all(client)
    assert first.is_live() != second.is_live()
    make_due(client)
    on_done.tell_rest(client, HOOK)
    assert (listener.heard, outbox.state(client).waiting) == ([], 0)

    read_all(client)
    collect_all(client)
    make_due(client)
    on_done.tell_rest(client, HOOK)

    (told,) = listener.heard
    assert set(told) == KEYS
    assert (told["event"], told["workspace"]) == ("batch", str(first.store.root))
    assert told["documents"] == {"done": 2, "partial": 0, "failed": 0}
    assert told["pages"] == {"done": 6, "failed": 0, "doubtful": 0, "blank": 0}


def test_what_was_put_in_anew_meanwhile_stays(client: Redis) -> None:
    """Who ends a loan of a batch that a later document has put in again does not take it out."""
    scripts.add_events(client, [("batch", 0.0)])
    loan = outbox.take(client, lease_s=60)
    assert loan
    scripts.add_events(client, [("batch", 0.0)])

    outbox.give_up(client, loan)

    assert outbox.take(client, lease_s=60)


@pytest.mark.parametrize("odd", ["no json", "[]", '{"version": 1, "event": 7}', "9" * 5000])
def test_what_somebody_else_put_in_is_not_told(client: Redis, listener: Listener, odd: str) -> None:
    """It is taken out, and what comes behind it is told."""
    event = on_done.DoneEvent(event="document", workspace="/w", at=datetime.now(UTC).isoformat())
    scripts.add_events(client, [(odd, -1.0), (event.text, 0.0)])

    on_done.tell_rest(client, HOOK)

    assert len(listener.heard) == 1
    assert outbox.state(client).waiting == 0


def test_so_much_waits_and_no_more(client: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody listens, the memory is for pages: what is too much is counted."""
    monkeypatch.setattr(scripts, "MOST_EVENTS", 2)

    scripts.add_events(client, [(f"text {number}", 0.0) for number in range(5)])

    assert outbox.state(client).waiting == 2
    assert counts.read(client)["hooks dropped"] == 3


def test_a_hook_that_hangs_does_not_hold_up_the_collector(
    tmp_path: Path, server: Server, client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Documents are assembled while somebody is told, in a thread of its own."""
    begun, go_on = threading.Event(), threading.Event()

    def hang(*_: object, **__: object) -> str:
        begun.set()
        assert go_on.wait(30)
        return ""

    monkeypatch.setattr(hooks, "call", hang)
    monkeypatch.setattr(on_done, "LOOK_S", 0.01)
    try:
        with collector.telling(server.url, HOOK):
            finish(make_batch(tmp_path, client, name="a"))
            assert begun.wait(10)
            other = make_batch(tmp_path, client, name="b")
            finish(other)
            assert other.text()
            go_on.set()
            wait_until(lambda: counts.read(client)["hooks told"] >= 2, "both are told")
    finally:
        go_on.set()
        on_done.install(OnDoneSettings())


def test_a_server_that_is_away_ends_no_telling(listener: Listener) -> None:
    """Who tells looks again later; nothing is raised."""
    with connection.connect_watcher("unix:///nowhere/at/all") as away:
        on_done.tell_rest(away, HOOK, limit_s=0.1)
    assert listener.heard == []
