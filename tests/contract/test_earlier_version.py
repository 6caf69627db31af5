"""A workspace, and jobs in Redis, of a version that named both by their paths."""

import json
from dataclasses import replace
from pathlib import Path

from redis import Redis

from ocrqueue.broker import keys
from ocrqueue.model.address import Address
from tests.support.batch import collect_all, make_batch, read_all, the_job


def test_a_batch_of_the_last_version_goes_on(tmp_path: Path, client: Redis) -> None:
    """Its workspace has no id and its manifest no root: what waits is read and collected."""
    root = tmp_path / "out" / ".ocrqueue"
    root.mkdir(parents=True)
    (root / "workspace.json").write_text('{"version": 1}', encoding="utf-8")
    batch = make_batch(tmp_path, client)
    batch.store.save_document(replace(batch.document, root=""))
    batch.queue_pages()
    client.hdel(keys.document_hash(batch.key), "root")

    assert the_job(batch).args[0] == str(root)
    assert batch.key == f"{Address(path=str(root)).key}-{batch.document.id}"
    read_all(client)
    collect_all(client)

    assert "page 3" in batch.text()
    assert json.loads((root / "workspace.json").read_text(encoding="utf-8")) == {"version": 1}
