"""What a process sees of the folder of an input, without any queue."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest
from fakeredis import FakeRedis, FakeServer

from ocrqueue.broker import page_job
from ocrqueue.broker.job_ends import LeftToOthers
from ocrqueue.model.document import Document, Kind
from ocrqueue.pipeline import sight
from ocrqueue.workspace.folder_files import FolderFiles
from ocrqueue.workspace.store import Store
from tests.support.batch import make_batch, the_job
from tests.support.readings import a_reading


@pytest.fixture
def document(tmp_path: Path) -> Document:
    """A document whose file lies in a folder below the one that was named."""
    root = tmp_path / "scans"
    (root / "sub").mkdir(parents=True)
    source = root / "sub" / "a.pdf"
    source.write_bytes(b"a")
    return Document(
        id="a" * 24,
        sha256="0" * 64,
        kind=Kind.PDF,
        pages=1,
        source=str(source),
        size=1,
        mtime_ns=1,
        reading=a_reading(),
        root=str(root),
    )


def test_a_file_that_is_there_is_seen(document: Document) -> None:
    """Nothing is out of sight."""
    assert sight.of_input(document) == ""


def test_a_file_that_was_deleted_is_not_out_of_sight(document: Document) -> None:
    """The folder that was named is there, be it empty: the file is gone, and its pages may fail."""
    Path(document.source).unlink()
    Path(document.source).parent.rmdir()
    assert sight.of_input(document) == ""


def test_a_folder_that_is_gone_is_told(document: Document) -> None:
    """The folder that was named is what people are told of."""
    Path(document.root).rename(f"{document.root}-away")
    assert sight.of_input(document) == f"the folder {document.root} is not there"


def test_the_bare_place_of_a_drive_is_told(document: Document) -> None:
    """A folder in which a drive was mounted is there without it, and empty."""
    Path(document.source).unlink()
    bare = replace(document, mounted=True)
    assert sight.of_input(bare) == f"nothing is mounted at {document.root}"


def test_a_share_that_does_not_answer_is_out_of_sight(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be reached is not taken for deleted."""

    def stale(*_: object, **__: object) -> None:
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    monkeypatch.setattr(Path, "stat", stale)
    assert "cannot be reached" in sight.of_input(document)


def test_of_a_document_of_an_earlier_version_no_folder_is_known(document: Document) -> None:
    """It says nothing of a folder, so that a missing file is a missing file as before."""
    Path(document.root).rename(f"{document.root}-away")
    assert sight.of_input(replace(document, root="")) == ""


def test_a_workspace_is_seen_by_its_mark(tmp_path: Path) -> None:
    """A folder of that name without the mark, as below a mount that is gone, is none."""
    store = Store.create(tmp_path / "w")
    assert sight.of_workspace(str(store.root)) == ""
    (store.root / "workspace.json").unlink()
    assert sight.of_workspace(str(store.root)) == f"{store.root} is no workspace of ocrqueue"
    store.root.rename(tmp_path / "away")
    assert sight.of_workspace(str(store.root)) == f"{store.root} is not there"


def test_a_workspace_that_does_not_answer_is_not_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The names of a share that is away are remembered, but its mark cannot be read."""
    store = Store.create(tmp_path / "w")

    def stale(*_: object, **__: object) -> bytes:
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(FolderFiles, "read", stale)

    assert sight.of_workspace(str(store.root)) == (
        f"{store.root} cannot be reached: Stale file handle"
    )


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The workspace of the job that runs now."""
    batch = make_batch(tmp_path, FakeRedis(server=FakeServer()))
    batch.queue_pages()
    job = the_job(batch)
    monkeypatch.setattr(page_job, "current", lambda: job)
    return batch.store


@pytest.mark.parametrize("is_named_by", ["id", "path"])
def test_a_job_begins_nothing_where_its_workspace_is_not_seen(
    store: Store, is_named_by: str
) -> None:
    """It goes back to where it was, and its worker looks until the workspace is there."""
    named = str(store.address) if is_named_by == "id" else str(store.place)
    with sight.required(named) as seen:
        assert seen == store
    store.root.rename(store.base / "away")
    begun = []

    with pytest.raises(LeftToOthers) as caught, sight.required(named):
        begun.append(named)

    assert (begun, caught.value.queue) == ([], "scripted")
    assert caught.value.look is not None
    assert caught.value.look()
    (store.base / "away").rename(store.root)
    assert caught.value.look() == ""


def test_what_a_job_did_counts_only_in_a_workspace_that_is_still_there(store: Store) -> None:
    """Else it may lie where the share is not; a failure there may be one of the share."""
    named = str(store.place)

    def go_away(failure: Exception | None) -> None:
        store.root.rename(store.base / "away")
        if failure:
            raise failure

    for failure in (None, ValueError("of the page")):
        with pytest.raises(LeftToOthers), sight.required(named):
            go_away(failure)
        (store.base / "away").rename(store.root)
    with pytest.raises(ValueError, match="of the page"), sight.required(named):
        raise ValueError("of the page")


def test_a_job_goes_back_from_a_share_that_does_not_answer(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named by its path it is found without a look at the mark, which is read for that."""

    def stale(*_: object, **__: object) -> bytes:
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(FolderFiles, "read", stale)

    with pytest.raises(LeftToOthers, match="scripted"), sight.required(str(store.place)):
        pass
