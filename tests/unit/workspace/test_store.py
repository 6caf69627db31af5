"""The workspace on disk: whole files, the first accepted result wins, torn files are missing."""

import json
import os
import resource
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ocrqueue.model.errors.operator import WorkspaceUnusable
from ocrqueue.model.page import Attempt, PageResult, Verdict
from ocrqueue.workspace.atomic import TEMPORARY, encode, write_whole, write_whole_once
from ocrqueue.workspace.files import json_in, write_json
from ocrqueue.workspace.folder_files import FolderFiles
from ocrqueue.workspace.store import MARK, Store

DOCUMENT = "0123456789abcdef01234567"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.create(tmp_path / "workspace")


def read(page: int = 1, text: str = "text") -> PageResult:
    return PageResult(page=page, markdown=text, backend="scripted", verdict=Verdict.GOOD)


def unreadable(page: int = 1) -> PageResult:
    attempt = Attempt(backend="scripted", seconds=0.1, at="now", error="page-damaged")
    return PageResult(page=page, markdown=None, attempts=(attempt,), error="page-damaged")


def files_of(store: Store) -> list[str]:
    return sorted(path.name for path in store.root.rglob("pages/*"))


def test_the_first_accepted_result_wins(store: Store) -> None:
    """A second result of the same page is thrown away; its writer learns which one counts."""
    assert store.accept(DOCUMENT, read(text="first")).markdown == "first"
    assert store.accept(DOCUMENT, read(text="second")).markdown == "first"
    kept = store.result(DOCUMENT, 1)
    assert kept is not None
    assert kept.markdown == "first"


def test_a_failure_never_overrides_an_accepted_result(store: Store) -> None:
    """A late failure of a page that was read changes nothing anybody sees."""
    store.accept(DOCUMENT, read())
    store.reject(DOCUMENT, unreadable())
    kept = store.result(DOCUMENT, 1)
    assert kept is not None
    assert not kept.failed
    assert store.settled_pages(DOCUMENT) == ({1}, set())


def test_a_kept_reading_is_no_failure(store: Store) -> None:
    """Of pages that nobody has read yet, only those that were given up have failed."""
    store.reject(DOCUMENT, unreadable())
    store.keep(DOCUMENT, read(2))

    assert store.settled_pages(DOCUMENT) == (set(), {1})
    assert store.outputs_of(DOCUMENT) == []


def test_who_gives_up_a_page_that_was_read_changes_nothing(store: Store) -> None:
    """A failure of before is told anew, with what was tried since."""
    first, last = (Attempt(backend="b", seconds=1, at="now", error=error) for error in ("x", "y"))

    assert store.settle_failed(DOCUMENT, 1, [first]).error == "x"
    assert store.settle_failed(DOCUMENT, 1, [first, last]).error == "y"
    store.accept(DOCUMENT, read())
    assert store.settle_failed(DOCUMENT, 1, [last]) == read()


def test_only_what_is_no_result_is_dropped(store: Store) -> None:
    """A page that was read stays; what is torn makes room for another reading."""
    store.accept(DOCUMENT, read())
    store.drop_unreadable(DOCUMENT, 1)
    assert store.result(DOCUMENT, 1) == read()
    (path,) = store.root.rglob("000001.json")
    path.write_text('{"page": 1')
    store.drop_unreadable(DOCUMENT, 1)
    assert not path.exists()


def test_an_accepted_result_ends_a_failure(store: Store) -> None:
    """A page that was read after all is no longer a failed one, nor a doubtful one."""
    store.reject(DOCUMENT, unreadable())
    store.keep(DOCUMENT, read(text="doubtful"))
    assert store.settled_pages(DOCUMENT) == (set(), {1})
    store.accept(DOCUMENT, read())
    assert store.settled_pages(DOCUMENT) == ({1}, set())
    assert files_of(store) == ["000001.json"]


@pytest.mark.parametrize(
    "torn", [b"", b"{", b'{"version": 1}', b"[]", b"\xff\xfe", b'{"version": 9}']
)
def test_a_torn_result_is_a_missing_one(store: Store, torn: bytes) -> None:
    """What a crash left half-written is not there, and the next result replaces it."""
    store.accept(DOCUMENT, read(text="old"))
    (path,) = store.root.rglob("pages/000001.json")
    path.write_bytes(torn)
    assert store.result(DOCUMENT, 1) is None
    assert store.accept(DOCUMENT, read(text="new")).markdown == "new"
    kept = store.result(DOCUMENT, 1)
    assert kept is not None
    assert kept.markdown == "new"


@pytest.mark.parametrize("torn", [b"", b"{", b"[]", b"\xff\xfe", b"null", b"1"])
def test_a_torn_file_reads_as_none(tmp_path: Path, torn: bytes) -> None:
    """Whatever is in a file that holds no JSON object, reading it returns None."""
    path = tmp_path / "file.json"
    path.write_bytes(torn)
    assert json_in(FolderFiles(below=tmp_path), path) is None
    assert json_in(FolderFiles(below=tmp_path), tmp_path / "missing.json") is None


def test_a_page_can_be_forgotten(store: Store) -> None:
    """Forgetting a page removes every trace of it; forgetting twice is no error."""
    store.accept(DOCUMENT, read(1))
    store.reject(DOCUMENT, unreadable(2))
    store.keep(DOCUMENT, read(3))
    for page in (1, 2, 3, 3):
        store.forget_page(DOCUMENT, page)
    assert files_of(store) == []


def test_settled_pages_are_listed_whatever_their_number(store: Store) -> None:
    """Page numbers beyond six digits and files of others in the folder do no harm."""
    for page in (1, 999_999, 1_234_567):
        store.accept(DOCUMENT, read(page))
    (folder,) = store.root.rglob("pages")
    (folder / "notes.txt").write_text("of the user")
    (folder / f"{TEMPORARY}000009.json-1-2").write_text("{}")
    assert store.settled_pages(DOCUMENT) == ({1, 999_999, 1_234_567}, set())


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    """When the disk is full the old content stays and no temporary file is left."""
    path = tmp_path / "file.json"
    write_json(FolderFiles(below=tmp_path), path, {"a": 1})
    with no_room(1000), pytest.raises(OSError, match="large"):
        write_json(FolderFiles(below=tmp_path), path, {"a": "x" * 10_000})
    assert json_in(FolderFiles(below=tmp_path), path) == {"a": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.json"]


def test_a_first_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """When the disk is full a new file does not appear at all."""
    with no_room(1000), pytest.raises(OSError, match="large"):
        write_whole_once(tmp_path / "file.json", encode({"a": "x" * 10_000}), below=tmp_path)
    assert list(tmp_path.iterdir()) == []


@contextmanager
def no_room(size: int) -> Iterator[None]:
    """Let the system refuse files of more than so many bytes, as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_rename_that_fails_leaves_no_temporary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the last step fails, the temporary file is removed and the error is raised."""
    monkeypatch.setattr(os, "replace", raising(OSError(1, "no")))
    with pytest.raises(OSError, match="no"):
        write_whole(tmp_path / "file", b"x", below=tmp_path)
    assert list(tmp_path.iterdir()) == []


def raising(error: Exception) -> Callable[..., object]:
    def fail(*_: object, **__: object) -> object:
        raise error

    return fail


def test_writing_once_keeps_what_is_there(tmp_path: Path) -> None:
    """The second writer is told that the file exists, and no temporary file stays."""
    path = tmp_path / "deep" / "file.json"
    assert write_whole_once(path, encode({"a": 1}), below=tmp_path)
    assert not write_whole_once(path, encode({"a": 2}), below=tmp_path)
    assert json_in(FolderFiles(below=tmp_path), path) == {"a": 1}
    assert [entry.name for entry in path.parent.iterdir()] == ["file.json"]


def test_writing_once_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a file system that has no hard links the same holds."""
    monkeypatch.setattr(os, "link", raising(OSError(95, "not supported")))
    path = tmp_path / "file.json"
    assert write_whole_once(path, encode({"a": 1}), below=tmp_path)
    assert not write_whole_once(path, encode({"a": 2}), below=tmp_path)
    assert json_in(FolderFiles(below=tmp_path), path) == {"a": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.json"]


def test_names_that_are_no_utf8_survive() -> None:
    """A path with bytes that are no UTF-8 comes back as it was."""
    name = os.fsdecode(b"caf\xe9")
    assert json.loads(encode({"name": name}))["name"] == name


def test_a_workspace_is_for_its_owner_alone(store: Store) -> None:
    """The folder can be read by nobody else."""
    assert stat.S_IMODE(store.root.stat().st_mode) == 0o700


def test_a_password_is_for_its_owner_alone(store: Store) -> None:
    """The file with a document's password can be read by nobody else, and is optional."""
    store.save_password(DOCUMENT, "secret")
    assert store.password(DOCUMENT) == "secret"
    assert store.password("f" * 24) is None
    (path,) = store.root.rglob("secret.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_is_no_workspace_is_refused(tmp_path: Path) -> None:
    """Only a folder that was marked as a workspace is opened as one."""
    with pytest.raises(WorkspaceUnusable, match="no workspace"):
        Store.open(tmp_path)
    Store.create(tmp_path)
    assert (tmp_path / MARK).exists()
    assert Store.open(tmp_path).root == tmp_path


def test_a_workspace_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    """A workspace below a file is refused with the path in the message."""
    (tmp_path / "file").touch()
    with pytest.raises(WorkspaceUnusable, match="file"):
        Store.create(tmp_path / "file" / "workspace")


@pytest.mark.parametrize("document_id", ["", "../../etc", "a/b", "x" * 25, "." * 24])
def test_a_document_id_leads_nowhere_else(store: Store, document_id: str) -> None:
    """An id that is none cannot be used to reach other folders."""
    with pytest.raises(WorkspaceUnusable, match="no document id"):
        store.result(document_id, 1)


def test_temporaries_of_a_document_are_cleared(store: Store) -> None:
    """What killed writers left is removed; everything else stays."""
    store.accept(DOCUMENT, read())
    (folder,) = store.root.rglob("pages")
    (folder / f"{TEMPORARY}000002.json-123-abcd").write_text("{")
    store.clear_temporaries(DOCUMENT)
    assert files_of(store) == ["000001.json"]


def test_an_output_is_claimed_by_one(store: Store) -> None:
    """Of two claims to one name the first wins; the record can be replaced later."""
    key = "ab" * 12
    assert store.claim_output(key, {"source": "first"})
    assert not store.claim_output(key, {"source": "second"})
    assert store.output(key) == {"source": "first"}
    store.save_output(key, {"source": "second"}, DOCUMENT)
    assert store.output(key) == {"source": "second"}
    assert store.outputs_of(DOCUMENT) == [key]
    assert [found for found, _ in store.outputs()] == [key]


def test_files_lie_where_earlier_versions_look(store: Store) -> None:
    """A batch that one has begun is finished by another."""
    assert store.output_path("abcd") == store.place / "outputs" / "ab" / "abcd.json"
    assert store.run_list("r") == store.root / "runs" / "r.jsonl"


def test_a_reply_is_kept_where_there_was_one(store: Store) -> None:
    """As it came, beside its page; where nothing was said there is no file."""
    store.keep_source(DOCUMENT, read(1), {}, raw=None)
    store.keep_source(DOCUMENT, read(2), {}, raw="said")
    (kept,) = store.root.rglob("*.raw.txt")
    assert (kept.name, kept.read_text()) == ("000002.raw.txt", "said")


def test_a_doubtful_reading_of_an_earlier_version_still_stands_in(store: Store) -> None:
    """A batch that was begun before readings were kept together loses none; forgetting takes it."""
    before = replace(read(text="perhaps"), verdict=Verdict.DOUBTFUL, reason="few words")
    last = Attempt(backend="b", seconds=0.1, at="now", error="page-damaged")
    store.accept(DOCUMENT, read(page=2))  # makes the folder
    path = store.root / "documents" / DOCUMENT[:2] / DOCUMENT / "pages/000001.doubtful.json"
    path.write_bytes(encode(before.to_wire()))
    store.forget_page(DOCUMENT, 1)
    assert store.kept(DOCUMENT, 1).readings == ()
    path.write_bytes(encode(before.to_wire()))
    assert store.settle_failed(DOCUMENT, 1, [last]) == replace(before, attempts=(last,))


def test_a_workspace_has_an_id_that_stays(tmp_path: Path) -> None:
    """It moves with the folder; one of an earlier version has none, and gets none."""
    store = Store.create(tmp_path / "w")
    assert len(store.address.id) == 16
    assert Store.create(store.root).address == store.address
    moved = store.root.rename(tmp_path / "moved")
    assert Store.create(moved).address.id == store.address.id
    (moved / "workspace.json").write_text('{"version": 1}')
    assert Store.create(moved).root.joinpath("workspace.json").read_text() == '{"version": 1}'


def test_a_copy_is_another_workspace(tmp_path: Path) -> None:
    """Two that one queue serves must not be taken for one; a second way to one is no copy."""
    store = Store.create(tmp_path / "w")
    before = store.address
    shutil.copytree(store.root, tmp_path / "copy")
    (tmp_path / "way").symlink_to(tmp_path)
    assert Store.create(tmp_path / "copy").address.id != before.id
    assert Store.create(tmp_path / "way" / "w").address.id == before.id
    assert store.address == before


def test_the_id_of_a_workspace_is_remembered_while_it_is_away(tmp_path: Path) -> None:
    """Who works with it asks the queue for the same one, though its drive is unplugged."""
    store = Store.create(tmp_path / "w")
    before = store.address
    store.root.rename(tmp_path / "away")
    assert store.address == before
