"""How far a page is, and which one is next: what goes through Redis for people and for drawing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.broker import connection, job_lookup, keys, progress
from ocrqueue.broker.progress import Teller, Told
from ocrqueue.cli import output as shown
from ocrqueue.model.page import ImageMode
from ocrqueue.pipeline import read_page, status
from tests.support.batch import Batch, make_batch
from tests.support.servers import Server, wait_until
from tests.support.stepping import Hand, Hands


@pytest.fixture
def batch(tmp_path: Path, client: Redis) -> Batch:
    own = make_batch(tmp_path, client)
    own.queue_pages()
    return own


@pytest.fixture
def hand(batch: Batch) -> Iterator[Hand]:
    """A worker that reads the first page."""
    found = Hands(batch.client).take("scripted")
    assert found is not None
    found.begin()
    yield found
    found.leave()


def test_how_far_a_page_is_is_told_and_shown(batch: Batch, hand: Hand, server: Server) -> None:
    """Written once a second by a thread, the last word counts; old words vanish by themselves."""
    teller = Teller(connection.connect_watcher(server.url), hand.worker.name)
    key = keys.progress(hand.worker.name)
    for number in (1, 2, 3):
        told = Told(
            document=batch.document.id,
            page=1,
            tokens=number,
            tokens_per_s=number * 10.04,
            first_token_s=2.04,
        )
        teller.tell(told)
    wait_until(lambda: batch.client.hget(key, "tokens") == b"3", "the last word")

    (worker,) = status.now(batch.client, batch.store).workers
    assert (worker.tokens, worker.tokens_per_s) == (3, 30.1)
    assert shown.activity(worker) == "a.pdf page 1 (3 tokens, 30 tok/s, the first after 2.0 s)"
    assert 0 < batch.client.ttl(key) <= progress.KEPT_S


@pytest.mark.parametrize(
    "fields",
    [
        {"document": "other", "page": 1, "tokens": 5, "tokens_per_s": 1},
        {"page": 2, "tokens": 5, "tokens_per_s": 1},
        {"page": 1, "tokens": "many", "tokens_per_s": 1},
        {"page": 1},
        {},
    ],
    ids=["another document", "another page", "no number", "half", "nothing"],
)
def test_what_was_said_of_another_page_is_not_shown(
    batch: Batch, hand: Hand, fields: dict[str, object]
) -> None:
    """Nor what is no progress at all: the job says what is being read."""
    given = {"document": batch.document.id, "junk": "x", **fields}
    batch.client.hset(keys.progress(hand.worker.name), mapping=given)  # type: ignore[arg-type]

    (worker,) = status.now(batch.client, batch.store).workers
    assert (worker.tokens, worker.tokens_per_s) == (0, 0.0)
    assert shown.activity(worker) == "a.pdf page 1"


def refusals(client: Redis) -> int:
    """Return how often the server has refused a command for the kind of its key."""
    told = client.info("errorstats").get("errorstat_WRONGTYPE", {})
    return int(told.get("count", 0))


def test_a_server_that_refuses_holds_up_nobody(server: Server, client: Redis) -> None:
    """What was told meanwhile is lost, and the next word comes through."""
    client.set(keys.progress("w"), "of another kind")  # every write is refused
    before = refusals(client)
    teller = Teller(connection.connect_watcher(server.url), "w")
    told = Told(document="d", page=1, tokens=1, tokens_per_s=0.0)
    teller.tell(told)
    wait_until(lambda: refusals(client) > before, "the word is refused")
    client.delete(keys.progress("w"))
    teller.tell(told)

    wait_until(lambda: client.exists(keys.progress("w")), "the next word")


def test_what_comes_next_is_seen_without_taking_it(batch: Batch) -> None:
    """The head of the queue, as the next worker to look would take it."""
    wanted = read_page.upcoming(batch.client, "scripted", ImageMode.RGB)
    assert wanted is not None
    assert (str(wanted.source), wanted.page, wanted.mode) == (
        batch.document.source,
        1,
        ImageMode.RGB,
    )
    assert len(batch.waiting("scripted")) == 3
    taken = Hands(batch.client).take("scripted")
    assert taken is not None
    assert taken.job.id.endswith("-p1")
    wanted = read_page.upcoming(batch.client, "scripted", ImageMode.RGB)
    assert wanted is not None
    assert wanted.page == 2


def test_nothing_comes_next_where_it_is_not_ours(batch: Batch) -> None:
    """An empty queue, a job of somebody else, a document elsewhere: nothing is drawn for them."""
    assert job_lookup.upcoming(batch.client, "empty") is None
    batch.client.lpush("rq:queue:scripted", "somebody-else")
    assert job_lookup.upcoming(batch.client, "scripted") is None
    batch.client.lpop("rq:queue:scripted")
    batch.client.hset(keys.document_hash(batch.key), "workspace", "/etc")
    assert job_lookup.upcoming(batch.client, "scripted") is None
