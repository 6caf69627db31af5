"""Outputs in a bucket, where there are no locks: what people wrote stays, the newest text wins."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.model.page import Attempt, PageResult, Verdict
from ocrqueue.model.place import Place
from ocrqueue.pipeline import collect, correct
from ocrqueue.workspace import outputs, publish
from ocrqueue.workspace.store import Store
from tests.support import seaweed
from tests.support.batch import Batch, make_batch

AT = "2026-01-01T00:00:00+00:00"


@pytest.fixture
def batch(tmp_path: Path, client: Redis, bucket: Place) -> Batch:
    """Two pages that were read, in a workspace in the bucket."""
    made = make_batch(tmp_path, client, count=2, place=bucket)
    for page in (1, 2):
        made.store.accept(made.document.id, a_page(page, f"text {page}"))
    return made


def a_page(page: int, text: str) -> PageResult:
    """Return a page that says this."""
    attempt = Attempt(backend="scripted", seconds=0.1, at=AT, verdict=Verdict.GOOD)
    return PageResult(
        page=page, markdown=text, attempts=(attempt,), backend="scripted", verdict=Verdict.GOOD
    )


def collected(batch: Batch) -> dict[str, str]:
    """Write the output; return the Markdown files there."""
    collect.collect(batch.store, batch.document)
    found = seaweed.contents(batch.store.place.parent)
    return {name: text.decode() for name, text in found.items() if name.endswith(".md")}


def test_what_a_person_wrote_stays(batch: Batch) -> None:
    """The new text lies beside it, as in a folder, and goes when his text is given up."""
    assert collected(batch)["a.md"].split() == ["text", "1", "text", "2"]
    seaweed.put(batch.store.place.parent / "a.md", b"of a person")

    correct.correct(batch.store, batch.document.id, 1, "better", at=AT)
    texts = collected(batch)

    assert texts["a.md"] == "of a person"
    assert "better" in texts["a.new.md"]
    publish.give_up_edits(batch.store, batch.output)
    assert {name: "better" in text for name, text in collected(batch).items()} == {"a.md": True}


def test_who_comes_late_writes_no_old_text(batch: Batch) -> None:
    """While a collector composes, a person corrects a page and another one writes that."""
    came = list[str]()

    def settled() -> Sequence[PageResult]:
        results = [a_page(1, "text 1"), a_page(2, "text 2")]
        if not came:
            came.append("the other")
            correct.correct(batch.store, batch.document.id, 1, "better", at=AT)
            return results
        found = [correct.text_of(batch.store, batch.document.id, page) for page in (1, 2)]
        return [replace(one, markdown=text) for one, text in zip(results, found, strict=True)]

    assert publish.publish(batch.store, batch.output, batch.document, settled)

    assert "better" in seaweed.contents(batch.store.place.parent)["a.md"].decode()
    assert outputs.is_written(batch.store, replace(batch.output, sha256=batch.document.sha256))


def test_a_copied_prefix_is_another_workspace(batch: Batch, bucket: Place) -> None:
    """Its pages are others in the queue, though its mark says the same."""
    there = bucket / "copy" / ".ocrqueue"
    for name, content in seaweed.contents(batch.store.place).items():
        seaweed.put(there / name, content)

    copy = Store.open(there)

    assert copy.document(batch.document.id) == batch.document
    assert copy.address.id != batch.store.address.id
    assert copy.address.id == Store.create(there).address.id


def test_records_in_a_bucket_lead_nowhere_else(batch: Batch, bucket: Place) -> None:
    """A record that names another place is written there by nobody who was not told of it."""
    elsewhere = bucket / "of-others"
    forged = replace(batch.output, folder=str(elsewhere))
    batch.store.save_output(forged.key, forged.to_wire(), forged.document)

    with pytest.raises(Exception, match="no output folder that a command named"):
        collect.collect(batch.store, batch.document)

    assert seaweed.contents(elsewhere) == {}
