"""A workspace that somebody else prepared: refused before the first write, or without effect."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ocrqueue.model.errors.document import OutputNotWritten
from ocrqueue.model.errors.operator import WorkspaceUnusable
from ocrqueue.pipeline import collect
from ocrqueue.workspace import outputs
from ocrqueue.workspace.files import write_json
from ocrqueue.workspace.output_files import OutputFiles
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import MARK, Store
from ocrqueue.workspace.written import WrittenOutput
from tests.support.desk import Desk, make_desk, readable
from tests.support.privileges import NOBODY

DOCUMENT = "0123456789abcdef01234567"
THIRD = 12345  # a user beside root and nobody
FOLDERS = ("documents", "outputs", "runs")
NAMES = (*FOLDERS, "run.lock", "log.jsonl", MARK)
OPENED = f"""
import os, sys
from pathlib import Path
from ocrqueue.model.errors.operator import WorkspaceUnusable
from ocrqueue.workspace.store import Store
from ocrqueue.workspace.written import WrittenOutput
os.setgroups([])
os.setresgid({NOBODY}, {NOBODY}, {NOBODY})
os.setresuid({NOBODY}, {NOBODY}, {NOBODY})
os.umask(0)
try:
    getattr(Store, sys.argv[1])(Path(sys.argv[2]))
except WorkspaceUnusable as error:
    print(error)
"""


def seen(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return all that is in a folder."""
    return {
        str(path): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("name", ["", *NAMES], ids=["itself", *NAMES])
def test_a_link_in_a_workspace_is_refused_before_the_first_write(name: str, tmp_path: Path) -> None:
    """Neither the workspace nor what we write to in it may be a link; nothing changes anywhere."""
    root, target = tmp_path / "out" / ".ocrqueue", tmp_path / "target"
    Store.create(target if not name else root)
    if name == "":
        root.parent.mkdir()
    elif name in FOLDERS:
        target.mkdir()
    else:
        target.write_text("of the victim")
    (root / name).unlink(missing_ok=True)
    (root / name).symlink_to(target)
    before = seen(tmp_path)
    with pytest.raises(WorkspaceUnusable, match="is a link"):
        Store.create(root)
    if name in ("", MARK):
        with pytest.raises(WorkspaceUnusable, match="is a link"):
            Store.open(root)
    assert seen(tmp_path) == before


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.timeout(20)
def test_what_is_of_another_kind_is_refused(name: str, tmp_path: Path) -> None:
    """A pipe in the place of a folder, a folder in the place of a file: told, and nothing waits."""
    root = tmp_path / "w"
    Store.create(root)
    (root / name).unlink(missing_ok=True)
    if name in FOLDERS:
        os.mkfifo(root / name)
    else:
        (root / name).mkdir()
    with pytest.raises(WorkspaceUnusable, match=f"{name} is not a "):
        Store.create(root)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user can enter, unlike those of other tests."""
    with tempfile.TemporaryDirectory(prefix="oq-") as name:
        yield Path(name)


@pytest.mark.parametrize(
    ("begin", "whose"),
    [
        ("create", "the folder"),
        ("create", "a folder in it"),
        ("create", "the mark"),
        ("create", "no mark yet"),
        ("open", "the folder"),
        ("open", "the mark"),
    ],
)
def test_a_workspace_of_another_user_is_refused(begin: str, whose: str, place: Path) -> None:
    """Before anything is written, also where everybody may write: tried as another real user."""
    if os.getuid() != 0:
        pytest.skip("only root can make files of other users")
    root = Store.create(place / ".ocrqueue").root
    (root / "documents").mkdir()
    for path in (root, *root.iterdir()):
        os.chown(path, NOBODY, NOBODY)
    if whose == "no mark yet":
        (root / MARK).unlink()
    strange = {"a folder in it": root / "documents", "the mark": root / MARK}.get(whose, root)
    os.chown(strange, THIRD, THIRD)
    for path in (place, root, *root.iterdir()):
        path.chmod(0o777)
    before = seen(root)
    command = [sys.executable, "-c", OPENED, begin, str(root)]
    told = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert "belongs to another user" in told
    assert seen(root) == before


# Deeper inside


def test_a_password_is_not_written_through_a_link(tmp_path: Path) -> None:
    """A document's folder that leads elsewhere gets no secret, no page, no mark."""
    store, victim = Store.create(tmp_path / "w"), tmp_path / "victim"
    victim.mkdir()
    (store.root / "documents" / DOCUMENT[:2]).mkdir(parents=True)
    (store.root / "documents" / DOCUMENT[:2] / DOCUMENT).symlink_to(victim)
    for act in (
        lambda: store.save_password(DOCUMENT, "secret"),
        lambda: store.accept(DOCUMENT, readable(1)),
        lambda: store.save_output("ab" * 12, {}, DOCUMENT),
    ):
        with pytest.raises(OSError, match="a link, or no folder, is on the way"):
            act()
    assert list(victim.iterdir()) == []


def test_a_page_that_is_a_link_was_never_read(tmp_path: Path) -> None:
    """A result that leads elsewhere counts as missing, and the page's own one replaces the link."""
    store = Store.create(tmp_path / "w")
    store.accept(DOCUMENT, readable(1))
    (path,) = store.root.rglob("pages/000001.json")
    elsewhere = path.replace(tmp_path / "elsewhere.json")
    path.symlink_to(elsewhere)
    assert store.settled_pages(DOCUMENT) == (set(), set())
    assert store.result(DOCUMENT, 1) is None
    store.accept(DOCUMENT, readable(1))
    assert not path.is_symlink()
    assert store.settled_pages(DOCUMENT) == ({1}, set())


@pytest.mark.parametrize("reading", [None, [], {"engines": []}, {"route": 7}, "text"])
def test_a_manifest_of_another_form_is_none(desk: Desk, reading: object) -> None:
    """Whatever stands in a document's manifest, it is read anew and ends no command."""
    (path,) = desk.store.root.rglob("document.json")
    wire = json.loads(path.read_bytes())
    changed = {**wire["reading"], **reading} if isinstance(reading, dict) else reading
    path.write_text(json.dumps({**wire, "reading": changed}))
    assert desk.store.document(wire["id"]) is None
    assert desk.convert()["a.pdf"].error is None
    assert desk.store.document(wire["id"]) is not None


# Records of outputs


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = make_desk(tmp_path)
    made.put("a.pdf")
    made.convert()
    return made


def forge(desk: Desk, **changes: object) -> Output:
    """Change the output's record as who prepared the workspace would; return the output."""
    ((key, record),) = desk.store.outputs()
    output = Output.from_wire(record)
    Path(desk.store.output_path(key)).unlink()
    forged = replace(output, **changes)  # type: ignore[arg-type]
    desk.store.save_output(forged.key, forged.to_wire(), forged.document)
    return forged


def collect_again(desk: Desk, *named: str) -> None:
    ((_, record),) = desk.store.outputs()
    document = desk.store.document(record["document"])
    assert document is not None
    collect.collect(desk.store, document, named=named)


def test_a_record_names_no_folder(desk: Desk, tmp_path: Path) -> None:
    """Where no command named its folder, nothing is written; where one did, the files appear."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    output = forge(desk, folder=str(elsewhere), name="CLAUDE")
    with pytest.raises(OutputNotWritten, match="is no output folder that a command named"):
        collect_again(desk)
    assert list(elsewhere.iterdir()) == []
    collect_again(desk, str(elsewhere))
    assert Path(output.markdown).exists()


@pytest.mark.parametrize("name", ["../CLAUDE", "/etc/CLAUDE", "a/../../CLAUDE", "", ".", 7, None])
def test_a_record_names_no_way_out(desk: Desk, name: object) -> None:
    """A name that is absolute, goes up or is none is no record of ours."""
    ((_, record),) = desk.store.outputs()
    key = Output(name=str(name), folder="", source="", shown="").key  # as who forges it would
    write_json(desk.store.files, desk.store.output_path(key), {**record, "name": name})
    assert outputs.find(desk.store, key) is None


def test_a_record_stands_for_its_own_name_only(desk: Desk) -> None:
    """Under the key of another name it is none of ours."""
    ((key, record),) = desk.store.outputs()
    wire = {**record, "name": "CLAUDE"}
    write_json(desk.store.files, desk.store.output_path(key), wire)
    assert outputs.find(desk.store, key) is None


@pytest.mark.parametrize("taken", ["CLAUDE.md", "CLAUDE.json", "CLAUDE.pages", "CLAUDE.assets"])
def test_a_record_makes_no_file_ours(desk: Desk, taken: str) -> None:
    """A file in the output folder that we did not write is left alone, whatever the record says."""
    output = forge(desk, name="CLAUDE")
    place = desk.folder / "out" / taken
    if place.suffix in (".md", ".json"):
        place.write_text("of the user")
    else:
        place.mkdir()
    desk.store.save_written(output.key, WrittenOutput(sha256="0" * 64))
    with pytest.raises(OutputNotWritten, match="not ours to overwrite"):
        collect_again(desk)
    assert place.is_dir() or place.read_text() == "of the user"
    beside = {path.name for path in (desk.folder / "out").iterdir()}
    assert beside == {".ocrqueue", "a.md", "a.json", taken}


def test_a_refused_document_removes_no_file_of_others(desk: Desk) -> None:
    """A file that cannot be read, and a record that claims a name: the user's Markdown stays."""
    desk.put("b.pdf", "damaged")
    source = str(desk.folder / "in" / "b.pdf")
    output = Output(name="b", folder=str(desk.folder / "out"), source=source, shown="b.pdf")
    desk.store.save_output(output.key, output.to_wire(), None)
    Path(output.markdown).write_text("of the user")
    assert desk.enqueue()["b.pdf"].error == "output-not-written"
    assert Path(output.markdown).read_text() == "of the user"


@pytest.mark.parametrize("ledger", ["", "{", None])
def test_a_lost_ledger_is_written_anew(desk: Desk, ledger: str | None) -> None:
    """Where the Markdown is as we wrote it, a ledger that is damaged or gone is no obstacle."""
    place = desk.folder / "out" / "a.json"
    place.unlink()
    if ledger is not None:
        place.write_text(ledger)
    collect_again(desk)
    assert '"state": "done"' in place.read_text()


def test_what_a_killed_collector_began_is_ours(desk: Desk) -> None:
    """Its mark says so, as the ledger, which comes last, is not there yet; then it is removed."""
    output = forge(desk, name="b")
    Path(output.markdown).write_text("half of it")
    write_json(output.files, output.begun, {"source": output.source})
    collect_again(desk)
    assert "text 1" in Path(output.markdown).read_text()
    assert not Path(output.begun).exists()


@pytest.mark.parametrize("mark", ["whole", "torn", "noted"])
def test_what_a_killed_collector_had_not_finished_is_removed(desk: Desk, mark: str) -> None:
    """Half-written files go with the next writing: its mark, or its note, says that it died."""
    output = forge(desk, name="b")
    if mark == "noted":
        OutputFiles.of(desk.store, output).begin(["0" * 64])
    else:
        told = {"source": output.source} if mark == "whole" else {}
        write_json(output.files, output.begun, told)
    left = [
        Path(output.markdown).with_name(f".tmp-b.{kind}-123-0a1b2c3d") for kind in ("md", "json")
    ]
    for place in left:
        place.write_text("half of it")

    collect_again(desk)

    assert "text 1" in Path(output.markdown).read_text()
    assert not [place for place in (*left, Path(output.begun)) if place.exists()]
