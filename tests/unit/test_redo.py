"""Reading failed pages again, by the names that people give to documents."""

from pathlib import Path
from typing import cast

import pytest

from ocrqueue.model.errors.base import ExitCode
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.pipeline import retry, summary
from ocrqueue.pipeline.enqueue import Entry
from ocrqueue.pipeline.feeder import Feeder
from tests.support.desk import Desk, make_desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def retry(desk: Desk, *names: str) -> list[Entry]:
    chosen = list(retry.named(desk.store, names))
    return list(retry.retry(chosen, store=desk.store, feeder=cast("Feeder", desk.feed)))


def test_retry_reads_only_what_failed(desk: Desk) -> None:
    """The failed pages are queued again; documents without any are left alone."""
    desk.put("a.pdf", "1\n2\n3\n")
    desk.put("b.pdf", "only\n")
    desk.feed.failing = {2}
    desk.convert()
    (entry,) = retry(desk)
    assert (entry.queued, entry.reused) == (1, 2)
    assert desk.feed.fed[0][1] == [2]
    desk.feed.failing = set()
    desk.feed.read()
    assert summary.of_workspace(desk.store).exit_code is ExitCode.OK
    assert retry(desk) == []


@pytest.mark.parametrize("name", ["sub/a.pdf", "sub/a", "out/sub/a.md", "out/sub/a.json", "id"])
def test_documents_are_named_as_a_person_does(
    desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An input, an output, or the beginning of an id means its document."""
    desk.put("sub/a.pdf", "1\n")
    desk.put("b.pdf", "2\n")
    desk.convert()
    monkeypatch.chdir(desk.folder)
    if name == "id":
        ((_, record),) = [
            (key, record) for key, record in desk.store.outputs() if record["name"] == "sub/a"
        ]
        name = record["document"][:8]
    (meant,) = retry.named(desk.store, [name])
    assert meant.name == "sub/a"


def test_a_name_that_means_nothing(desk: Desk) -> None:
    """An unknown name is an error that names it."""
    desk.put("a.pdf")
    desk.convert()
    with pytest.raises(UsageError, match=r"c\.pdf"):
        list(retry.named(desk.store, ["a.pdf", "c.pdf"]))


def test_documents_that_could_not_be_read_are_looked_at_again(desk: Desk) -> None:
    """Retrying a document that was refused means enqueueing its file anew."""
    desk.put("a.pdf", "damaged")
    desk.put("b.pdf")
    desk.convert()
    (again,) = retry.refused(list(retry.named(desk.store, [])))
    assert again.source.name == "a.pdf"
    assert str(again.relative) == "a.pdf"
