"""Where workspace, inputs and outputs of a job lie on this machine."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ocrqueue.inputs import fingerprint
from ocrqueue.model.address import Address
from ocrqueue.model.document import Counted, Document, Kind
from ocrqueue.model.errors.operator import UsageError, WorkspaceUnusable
from ocrqueue.model.errors.page import SourceChanged
from ocrqueue.pipeline import drawing, job_document, sight
from ocrqueue.settings.load import load
from ocrqueue.settings.schema import Settings
from ocrqueue.settings.schema_roots import Root
from ocrqueue.workspace.store import Store
from tests.support.readings import a_reading

THERE = "/there"  # the share, as the machine calls it that queues pages


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """The share, as this machine calls it."""
    (tmp_path / "share" / "in").mkdir(parents=True)
    return tmp_path / "share"


@pytest.fixture
def store(share: Path) -> Store:
    return Store.create(share / "out" / ".ocrqueue")


@pytest.fixture
def document(share: Path) -> Document:
    """A document that was queued there."""
    path = share / "in" / "a.pdf"
    path.write_bytes(b"abc")
    found, _ = fingerprint.identify(
        path, a_reading(), lambda _: Counted(kind=Kind.PDF, pages=1, password=None)
    )
    return replace(found, source=f"{THERE}/in/a.pdf", root=f"{THERE}/in", below="a.pdf")


@pytest.fixture(autouse=True)
def _told_nothing() -> Iterator[None]:
    yield
    job_document.settle_in(Settings())


def tell(*roots: Root, output: str = "/nowhere") -> None:
    settings = load(None, {}, {"workspace.output": output})
    job_document.settle_in(replace(settings, roots=roots))


def address(store: Store) -> str:
    """Return the workspace as the other machine names it."""
    return str(Address(id=store.address.id, path=f"{THERE}/out/.ocrqueue"))


def test_a_workspace_is_found_by_its_id(store: Store) -> None:
    """As this process was told, or below a root that lies elsewhere here."""
    assert sight.of_workspace(address(store)) == f"the workspace {THERE}/out/.ocrqueue is not there"
    tell(output=str(store.base))
    assert job_document.workspace(address(store)) == store
    tell(Root(name=THERE, path=store.base.parent))
    assert job_document.workspace(address(store)) == store


def test_one_that_this_process_was_told_of_hides_no_other(store: Store, tmp_path: Path) -> None:
    """It is out of bounds itself, and the one that the job names is not."""
    named = str(Address(id=store.address.id, path=str(store.place)))
    tell(output=str(Store.create(tmp_path / "other").base))
    job_document.stay_below(store.base)
    assert job_document.workspace(named) == store


def test_another_workspace_is_not_taken_for_it(store: Store, tmp_path: Path) -> None:
    """A workspace lies where the job says, and is another one: nothing is written there."""
    other = Store.create(tmp_path / "other")
    named = str(Address(id=store.address.id, path=str(other.root)))
    with pytest.raises(WorkspaceUnusable, match="is not there"):
        job_document.workspace(named)


def test_an_input_is_found_by_its_root(store: Store, document: Document, share: Path) -> None:
    """By the path that the other machine sees, or by a name that both know."""
    store.save_document(document)
    tell(Root(name=THERE, path=share))
    _, found = job_document.named(address(store), document.id)
    assert drawing.unchanged(found) == share / "in" / "a.pdf"
    store.save_document(replace(document, root="scans"))
    tell(Root(name="scans", path=share / "in"), Root(name=f"{THERE}/out", path=store.base))
    _, found = job_document.named(address(store), document.id)
    assert drawing.unchanged(found) == share / "in" / "a.pdf"


def test_a_machine_without_such_a_root_says_so(document: Document) -> None:
    """A word that nobody has told this machine leads to no file."""
    why = sight.of_input(replace(document, root="scans"))
    assert why == "no [[roots]] of this machine is called scans"
    assert sight.of_input(document) == f"the folder {THERE}/in is not there"


@pytest.mark.parametrize("below", ["../secret", "/etc/passwd", "in/../../secret", "link/secret"])
def test_no_name_leads_out_of_its_root(
    store: Store, document: Document, share: Path, below: str
) -> None:
    """Whatever a manifest says, and whatever link lies there, the file is below its root."""
    (share.parent / "secret").write_bytes(b"abc")
    (share / "link").symlink_to(share.parent)
    store.save_document(replace(document, root="scans", below=below))
    tell(Root(name="scans", path=share), Root(name=f"{THERE}/out", path=store.base))
    with pytest.raises(UsageError, match="leads out of"):
        job_document.named(address(store), document.id)


def test_outputs_lie_beside_their_workspace(store: Store) -> None:
    """The folder in which the workspace lay is the one in which it lies here; others by roots."""
    here = job_document.folder_here
    assert here(f"{THERE}/out", address(store), store) == str(store.base)
    assert here(f"{THERE}/else", address(store), store) == f"{THERE}/else"
    tell(Root(name=THERE, path=Path("/mnt/share")))
    assert here(f"{THERE}/else", address(store), store) == "/mnt/share/else"


def test_a_file_is_known_by_its_content(document: Document, share: Path) -> None:
    """Another time is no change: machines see other times. Another content is one."""
    path = share / "in" / "a.pdf"
    here = replace(document, source=str(path))
    os.utime(path, ns=(1, 1))
    assert drawing.unchanged(here) == path
    path.write_bytes(b"abd")
    with pytest.raises(SourceChanged):
        drawing.unchanged(here)
    path.write_bytes(b"abcd")
    with pytest.raises(SourceChanged):
        drawing.unchanged(here)
