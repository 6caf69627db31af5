"""Which outputs somebody is told of, and when: what a job notes for its end."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakeredis import FakeRedis, FakeServer

from ocrqueue.broker.page_job import PageJob
from ocrqueue.model import json_values
from ocrqueue.pipeline import on_done
from ocrqueue.settings.schema_told import OnDoneSettings
from ocrqueue.workspace.ledger import DocumentProblem
from ocrqueue.workspace.written import WrittenOutput
from tests.support.batch import Batch, make_batch

HOOK = OnDoneSettings(command=("/bin/hook",), quiet_s=15)
FULL = DocumentProblem(code="output-not-written", message="no room")


@pytest.fixture
def batch(tmp_path: Path) -> Iterator[Batch]:
    """A document of a process that tells of documents."""
    on_done.install(HOOK)
    yield make_batch(tmp_path, FakeRedis(server=FakeServer()))
    on_done.install(OnDoneSettings())


def noted(batch: Batch) -> list[tuple[str, float]]:
    """Return what is to be told at the end of a job, each with how long it waits (s)."""
    job = PageJob("job", connection=batch.client)
    with on_done.noted(job, batch.store, [batch.output], str(batch.store.address)):
        pass
    events: list[Any] = [(json_values.parse(text), wait_s) for text, wait_s in job.events]
    return [(event["event"], wait_s) for event, wait_s in events]


def test_what_was_written_is_told_and_nothing_else(batch: Batch) -> None:
    """An output that was not written, or shows another document by now, is told of by nobody."""
    assert noted(batch) == []
    shown = WrittenOutput(fingerprint=batch.output.fingerprint)
    batch.store.save_written(batch.output.key, replace(shown, fingerprint="of another"))
    assert noted(batch) == []
    batch.store.save_written(batch.output.key, shown)
    assert noted(batch) == [("document", 0.0)]


def test_what_could_not_be_written_is_told(batch: Batch) -> None:
    """It has no fingerprint: there is nothing that it shows."""
    batch.store.save_written(batch.output.key, WrittenOutput(problem=FULL))
    assert noted(batch) == [("document", 0.0)]


def test_a_batch_is_looked_at_when_it_has_been_quiet(batch: Batch) -> None:
    """Where no command says that it is over; who wants documents only hears of no batch."""
    on_done.install(replace(HOOK, of="batch"))
    assert noted(batch) == [("batch", 15.0)]
    on_done.install(replace(HOOK, of="batch", quiet_s=0))
    assert noted(batch) == []
    on_done.install(OnDoneSettings(of="both"))
    assert noted(batch) == []
