"""What our shorter exchanges with the server leave behind, against what RQ's own would leave."""

from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.broker.connection import text
from ocrqueue.broker.worker import PageWorker
from tests.support.batch import Batch, make_batch, read_all

EXCHANGES = 7  # round trips for a page: take, fetch, begin, fence, end, and some to spare
COMMANDS = 45  # of the server for a page, those inside transactions and scripts included


@pytest.fixture
def batch(tmp_path: Path, client: Redis) -> Batch:
    """Three pages that nobody has queued yet."""
    return make_batch(tmp_path, client)


def left_behind(batch: Batch, page: int) -> dict[str, list[str]]:
    """Return the fields of the page's job that have a value, and all keys that name it."""
    job = f"{batch.key}-p{page}"
    fields = batch.client.hgetall(f"rq:job:{job}")
    keys = [text(key).replace(job, "JOB") for key in batch.client.keys(f"*{job}*")]
    listed = [
        text(key)
        for key in batch.client.keys("rq:*")
        if batch.client.type(key) == b"zset" and batch.client.zscore(key, job) is not None
    ]
    return {
        "fields": sorted(text(name) for name, value in fields.items() if value),
        "keys": sorted(keys),
        "listed": sorted(listed),
        "status": [text(fields[b"status"])],
    }


def use_rqs_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the worker begin and end jobs as RQ's SimpleWorker does."""
    began = ("prepare_execution", "prepare_job_execution")
    for name in (*began, "handle_execution_ended", "handle_job_success"):
        monkeypatch.delattr(PageWorker, name)


def test_a_read_page_is_left_as_rq_leaves_it(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fields, keys, registries and status of a job are the same whoever began and ended it."""
    batch.queue_pages(1)
    read_all(batch.client)
    ours = left_behind(batch, 1)
    use_rqs_own(monkeypatch)
    batch.queue_pages(2)
    read_all(batch.client)
    assert ours == left_behind(batch, 2)
    assert ours["status"] == ["finished"]


def test_a_read_page_is_forgotten_in_time(batch: Batch) -> None:
    """The job of a page that was read expires: Redis does not grow for ever."""
    batch.queue_pages()
    read_all(batch.client)
    assert 0 < batch.client.ttl(f"rq:job:{batch.key}-p1") <= 600
    assert batch.client.keys("rq:execution*") == []


def test_a_page_takes_few_exchanges_with_the_server(batch: Batch) -> None:
    """A page costs a handful of round trips, not one for each thing there is to say."""
    batch.queue_pages(1)
    read_all(batch.client)
    one = _asked(batch, 1)
    three = _asked(batch, 3)
    assert (three["reads"] - one["reads"]) / 2 <= EXCHANGES
    assert (three["commands"] - one["commands"]) / 2 <= COMMANDS


def _asked(batch: Batch, count: int) -> dict[str, int]:
    """Read so many pages anew and return what the server was asked meanwhile."""
    for page in range(1, count + 1):
        batch.store.forget_page(batch.document.id, page)
    batch.queue_pages(*range(1, count + 1))
    before = batch.client.info("stats")
    read_all(batch.client)
    after = batch.client.info("stats")
    names = {"reads": "total_reads_processed", "commands": "total_commands_processed"}
    return {name: int(after[key]) - int(before[key]) for name, key in names.items()}
