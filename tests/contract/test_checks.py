"""The check of a page as a step of its way: from the model's queue to the witness's and on."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from ocrqueue.broker import keys, queue_ops
from ocrqueue.model.page import PageResult, Verdict
from ocrqueue.model.routing import CHECKER
from ocrqueue.pipeline import reconcile, retry
from tests.support.batch import KEPT, Batch, assert_counted, make_batch, read_all, the_job
from tests.support.checks import SAID, Eye, Model, Paper, eye, model
from tests.support.stepping import NO_PID, Hands

NOW = "2026-01-01T00:00:00+00:00"
BOTH = (("scripted", 2), ("second", 2))


def a_batch(folder: Path, client: Redis, *, wanted: str = "auto", **options: Any) -> Batch:
    """Return a page that is queued, and whose model wants a witness."""
    batch = make_batch(folder, client, count=1, **options)
    reading = replace(batch.document.reading, witness=wanted)
    batch.store.save_document(replace(batch.document, reading=reading))
    batch.queue_pages()
    return batch


def said(client: Redis, script: str = "", *, queue: str = "scripted", **more: Any) -> Model:
    """Let a model read what waits for it."""
    backend = model(script, queue)
    read_all(client, queue=queue, backend=backend, renderer=Paper(), **more)
    return backend


def checked(client: Redis, script: str = "") -> Eye:
    """Let a witness look at what waits for it."""
    backend = eye(script)
    read_all(client, queue=CHECKER, backend=backend, renderer=Paper())
    return backend


def the_result(batch: Batch) -> PageResult:
    result = batch.store.result(batch.document.id, 1)
    assert result is not None
    assert_counted(batch)
    return result


def history(batch: Batch) -> list[tuple[str, str | None, bool]]:
    return [(one.backend, one.error, one.checks) for one in the_result(batch).attempts]


def test_what_a_model_read_is_checked_by_another_worker(tmp_path: Path, client: Redis) -> None:
    """It is pending meanwhile, in one queue, under the same id; then it is settled as good."""
    batch = a_batch(tmp_path, client)
    said(client)

    assert batch.waiting(CHECKER) == [f"{batch.key}-p1"]
    assert batch.waiting("scripted") == []
    assert batch.state()["pending"] == [1]
    assert batch.store.result(batch.document.id, 1) is None
    checked(client)
    result = the_result(batch)
    assert (result.markdown, result.verdict) == (SAID, Verdict.GOOD)
    assert result.witness is not None
    assert (result.witness.by, result.witness.agreed) == ("tesseract", 1.0)
    assert history(batch) == [("scripted", None, False), ("tesseract", None, True)]
    assert batch.state()["done"] == [1]


def test_a_page_that_its_check_doubts_goes_to_the_next_backend(
    tmp_path: Path, client: Redis
) -> None:
    """That one reads what the witness has read: it is right, and its own check says so."""
    batch = a_batch(tmp_path, client, route=BOTH)
    said(client, "*: doubtful")
    checked(client)
    assert batch.waiting("second") == [f"{batch.key}-p1"]
    said(client, queue="second")
    checked(client)

    result = the_result(batch)
    assert (result.backend, result.markdown, result.verdict) == ("second", SAID, Verdict.GOOD)
    assert history(batch) == [
        ("scripted", "doubtful", False),
        ("tesseract", None, True),
        ("second", None, False),
        ("tesseract", None, True),
    ]


def test_two_readings_outweigh_the_third(tmp_path: Path, client: Redis) -> None:
    """Where two backends have read the same, the witness that has read something else is wrong."""
    batch = a_batch(tmp_path, client, route=BOTH)
    said(client)
    checked(client, "*: doubtful")
    said(client, queue="second")
    checked(client, "*: doubtful")

    result = the_result(batch)
    assert (result.backend, result.verdict, result.reason) == ("second", Verdict.GOOD, "")
    assert result.witness is not None
    assert (result.witness.by, result.witness.doubt) == ("scripted", "")


def test_the_reading_that_agrees_best_stays(tmp_path: Path, client: Redis) -> None:
    """Nobody is left: what the first one said is nearer to the witness; doubtful, with words."""
    batch = a_batch(tmp_path, client, route=BOTH)
    half, store = " ".join(SAID.split()[:16]), batch.store
    said(client)
    (kept,) = store.kept(batch.document.id, 1).readings
    store.keep(batch.document.id, replace(kept, markdown=half))
    checked(client)
    said(client, "*: doubtful", queue="second")
    checked(client)

    result = the_result(batch)
    assert (result.backend, result.markdown, result.verdict) == ("scripted", half, "doubtful")
    assert result.witness is not None
    assert "roads around the northern lakes" in result.witness.words
    assert [one.backend for one in result.attempts][-2:] == ["second", "tesseract"]


@pytest.mark.parametrize("script", ["*: fail 9", "*: reject", "*: hang"])
def test_a_check_that_fails_costs_nothing(tmp_path: Path, client: Redis, script: str) -> None:
    """The page is as good as it was; why nobody has checked it is told."""
    batch = a_batch(tmp_path, client, route=BOTH)
    said(client)
    read_all(client, queue=CHECKER, backend=eye(script), renderer=Paper(), limit_s=0.2)

    result = the_result(batch)
    assert (result.backend, result.verdict) == ("scripted", Verdict.GOOD)
    assert result.witness is not None
    assert result.witness.by == ""
    assert result.witness.unwitnessed.startswith("the page has no text of its own; tesseract: ")


def test_a_check_that_kills_its_worker_twice_is_left(tmp_path: Path, client: Redis) -> None:
    """It is no try of a backend: the page settles as it was read, and is not read again."""
    batch = a_batch(tmp_path, client)
    said(client)
    hands = Hands(client)
    for _ in range(2):
        hand = hands.take(CHECKER)
        assert hand is not None
        hand.begin()
        hand.die()
        assert client.hget(hand.worker.key, "pid") == str(NO_PID).encode()
        hands.rescue(CHECKER)

    result = the_result(batch)
    assert result.verdict is Verdict.GOOD
    assert result.witness is not None
    assert result.witness.unwitnessed.endswith("the tesseract worker died while it read this page")
    assert history(batch)[1:] == [("tesseract", "worker-died", True)] * 2


@pytest.mark.parametrize("torn", [b"", b'{"version": 1, "readings": [{}]}', b'{"version": 1}'])
def test_what_was_lost_is_read_again(tmp_path: Path, client: Redis, torn: bytes) -> None:
    """The kept reading is torn, or another one: its backend reads the page once more."""
    batch = a_batch(tmp_path, client)
    said(client)
    (kept,) = batch.store.root.rglob("*.kept.json")
    kept.write_bytes(torn)
    checked(client)
    assert batch.waiting("scripted") == [f"{batch.key}-p1"]
    assert batch.waiting(CHECKER) == []
    said(client)
    checked(client)

    assert the_result(batch).verdict is Verdict.GOOD


def test_what_is_lost_each_time_ends(tmp_path: Path, client: Redis) -> None:
    """After the tries of its backend the page fails, with that reason."""
    batch = a_batch(tmp_path, client)
    asked = 0
    for _ in range(8):
        asked += said(client).asked
        for kept in batch.store.root.rglob("*.kept.json"):
            kept.unlink()
        checked(client)

    assert asked == 3
    assert the_result(batch).error == "result-missing"
    assert batch.state()["failed"] == [1]


def test_a_job_in_a_wrong_queue_goes_where_it_belongs(tmp_path: Path, client: Redis) -> None:
    """A worker of a model that finds a check reads nothing."""
    batch = a_batch(tmp_path, client)
    said(client)
    client.lmove(keys.queue(CHECKER), keys.queue("scripted"))
    client.hset(the_job(batch).key, "origin", "scripted")
    assert said(client).asked == 0
    checked(client)

    told = the_result(batch).witness
    assert told is not None
    assert told.by == "tesseract"


def test_without_anybody_there_pages_settle_unchecked(tmp_path: Path, client: Redis) -> None:
    """Also where nobody has been there for long: then the page does not even wait."""
    batch = a_batch(tmp_path, client)
    said(client)
    assert reconcile.call_off_checks(client, NOW) == 1
    assert client.llen(keys.queue(CHECKER)) == 0
    told = the_result(batch).witness
    assert told is not None
    assert told.unwitnessed.endswith("; no worker of tesseract was there")

    other = a_batch(tmp_path / "other", client, name="b")
    said(client, finds_checker=lambda: False)
    assert the_result(other).witness == told


def test_who_requires_a_check_waits_for_it(tmp_path: Path, client: Redis) -> None:
    """However long nobody is there, and whoever else does not wait."""
    batch = a_batch(tmp_path, client, wanted="require")
    said(client, finds_checker=lambda: False)
    assert reconcile.call_off_checks(client, NOW) == 0
    assert batch.state()["pending"] == [1]
    checked(client)

    assert the_result(batch).witness is not None


def test_whoever_wants_none_has_none(tmp_path: Path, client: Redis) -> None:
    """Also where the page waits for its check already."""
    batch = a_batch(tmp_path, client, wanted="require")
    said(client)
    document = batch.store.document(batch.document.id)
    assert document is not None
    reading = replace(document.reading, witness="off")
    batch.store.save_document(replace(document, reading=reading))
    assert checked(client).asked == 0

    told = the_result(batch).witness
    assert told is not None
    assert told.unwitnessed.endswith("of its own; no witness is wanted any more")


@pytest.mark.parametrize("lost", [False, True])
def test_a_page_whose_job_goes_keeps_what_was_read(
    tmp_path: Path, client: Redis, *, lost: bool
) -> None:
    """Cancelled, or its job deleted, while it waits for its check: a text is there."""
    batch = a_batch(tmp_path, client)
    said(client)
    if lost:
        the_job(batch).delete()
        reconcile.sweep(client, NOW)
    else:
        retry.cancel([batch.output], client=client, store=batch.store, now=NOW)

    result = the_result(batch)
    assert (result.markdown, result.verdict) == (SAID, Verdict.GOOD)
    assert result.witness is not None
    assert result.witness.unwitnessed
    assert batch.state()["done"] == [1]
    assert json.loads(json.dumps(result.to_wire())) == result.to_wire()


def test_a_page_that_is_forgotten_is_read_anew(tmp_path: Path, client: Redis) -> None:
    """`--force` while it waits for its check: nothing of before counts."""
    batch = a_batch(tmp_path, client)
    said(client, "*: doubtful")
    batch.store.forget_page(batch.document.id, 1)
    assert queue_ops.add_pages(client, batch.live, [1], KEPT) == []  # it is pending
    checked(client)
    said(client)
    checked(client)

    assert the_result(batch).markdown == SAID
