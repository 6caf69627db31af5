"""Which output folders count: those that a command named, as the queue keeps them."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.broker import document_record, keys
from ocrqueue.model.address import Address
from ocrqueue.pipeline.feeder import Feeder
from tests.support.batch import KEPT, Batch, collect_all, make_batch, read_all


@pytest.fixture
def batch(tmp_path: Path, client: Redis) -> Batch:
    """Two pages whose output's record names a folder elsewhere."""
    made = make_batch(tmp_path, client, count=2)
    elsewhere = tmp_path / os.fsdecode(b"else\xffwhere")
    elsewhere.mkdir()
    output = replace(made.output, folder=str(elsewhere), name="CLAUDE")
    Path(made.store.output_path(made.output.key)).unlink()
    made.store.save_output(output.key, output.to_wire(), made.document.id)
    return replace(made, output=output)


def test_a_collector_writes_nowhere_else(batch: Batch) -> None:
    """A record alone brings no file into a folder; the workspace tells why nothing was written."""
    batch.queue_pages()
    read_all(batch.client)
    collect_all(batch.client)
    assert list(Path(batch.output.folder).iterdir()) == []
    assert not batch.is_live()


def test_a_folder_that_a_command_named_is_written(batch: Batch) -> None:
    """The feeder tells the queue which folder its command named; all bytes of it are kept."""
    named = Path(batch.output.folder)
    feeder = Feeder(client=batch.client, store=batch.store, queue=KEPT, folder=named)
    feeder.feed(batch.document, [1, 2], shown="a.pdf")
    assert document_record.named_folders(batch.client, batch.key) == {str(named)}
    read_all(batch.client)
    collect_all(batch.client)
    assert sorted(path.name for path in named.iterdir()) == ["CLAUDE.json", "CLAUDE.md"]


def test_a_folder_counts_for_its_workspace_only(batch: Batch) -> None:
    """What was named for another workspace is not named for this one."""
    name = keys.folders(Address(path="/another").key)
    batch.client.sadd(name, os.fsencode(batch.output.folder))
    assert document_record.named_folders(batch.client, batch.key) == frozenset()
