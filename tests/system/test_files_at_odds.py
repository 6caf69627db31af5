"""Files and folders that others change, own or share: never a wrong result, nobody's file lost."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.inputs.output_names import output_candidates
from ocrqueue.inputs.walk import find
from ocrqueue.model.document import Counted, Kind
from ocrqueue.pipeline import enqueue
from ocrqueue.pipeline.entry import Action, Entry
from ocrqueue.pipeline.feeder import Feeder
from ocrqueue.pipeline.order import Order
from ocrqueue.workspace import atomic
from ocrqueue.workspace.files import json_in
from ocrqueue.workspace.folder_files import FolderFiles
from ocrqueue.workspace.store import Store
from tests.support.batch import KEPT
from tests.support.folders import ledgers, make_inputs, markdown, page_results, temporaries
from tests.support.pdfs import write_pdf
from tests.support.privileges import without_roots_powers
from tests.support.processes import QUICK, Ended, Stage, stage
from tests.support.readings import a_reading
from tests.support.servers import wait_until

SLOW = {"OCRQUEUE_BACKENDS__SCRIPTED__SCRIPT": "*: slow 0.3"}
READING = a_reading(engines={"scripted": ""})


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A standing server with a slow scripted worker and a collector."""
    with stage(tmp_path_factory.mktemp("crew"), {**QUICK, **SLOW}) as own:
        own.cli("up").wait_for_event("worker.started", count=2)
        yield own


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    return make_inputs(tmp_path / "in", {"a.pdf": 3, "sub/b.pdf": 2})


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def convert(crew: Stage, inputs: Path, out: Path, *options: str) -> Ended:
    return crew.run("enqueue", str(inputs), "-o", str(out), "--wait", "--json", *options)


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


# Inputs


def test_a_file_that_changes_while_its_pages_wait(crew: Stage, inputs: Path, out: Path) -> None:
    """Pages of the old file that were not read yet fail, saying so; the new one is read later."""
    waiting = crew.cli("enqueue", str(inputs), "-o", str(out), "--wait", "--json")
    wait_until(lambda: page_results(out), "a page is read")
    write_pdf(inputs / "a.pdf", "one", "two", "three", "four")
    assert waiting.wait() == 3
    errors = {page.get("error") for page in ledgers(out)["a.json"]["pages"]}
    assert errors == {None, "source-changed"}
    assert convert(crew, inputs, out).code == 0
    assert markdown(out)["a.md"].count("scripted text") == 4


def test_a_file_that_vanishes_while_its_pages_wait(crew: Stage, inputs: Path, out: Path) -> None:
    """Its pages fail, saying so; when it is back, `retry` reads just them."""
    waiting = crew.cli("enqueue", str(inputs), "-o", str(out), "--wait", "--json")
    wait_until(lambda: page_results(out), "a page is read")
    (inputs / "sub" / "b.pdf").rename(inputs.parent / "away")
    assert waiting.wait() == 3
    assert {page["error"] for page in ledgers(out)["sub/b.json"]["pages"]} == {"source-changed"}
    (inputs.parent / "away").rename(inputs / "sub" / "b.pdf")
    assert crew.run("retry", "-o", str(out)).code == 0
    wait_until(lambda: ledgers(out)["sub/b.json"]["state"] == "done", "b is read after all")


class Changes:
    """Counts pages, while somebody does something to the file."""

    def __init__(self, act: str) -> None:
        self.act = act

    def count(self, source: Path, *, passwords: object = ()) -> Counted:
        """Count what is not there any more."""
        del passwords
        if self.act == "grows":
            with source.open("ab") as stream:
                stream.write(b"more")
        elif self.act == "is replaced":
            other = source.with_name("other")
            other.write_bytes(source.read_bytes())
            other.replace(source)
        else:
            source.unlink()
        return Counted(kind=Kind.PDF, pages=7, password=None)


@pytest.mark.parametrize("act", ["grows", "is replaced", "goes away"])
def test_a_file_that_changes_between_hashing_and_counting(
    act: str, tmp_path: Path, client: Redis
) -> None:
    """The document is refused: it must not be known by one content with the pages of another."""
    write_pdf(tmp_path / "a.pdf", "one")
    store = Store.create(tmp_path / "out" / ".ocrqueue")
    order = Order(folder=tmp_path / "out", reading=READING, style={})
    feeder = Feeder(client=client, store=store, queue=KEPT)
    found = find([tmp_path / "a.pdf"])
    (entry,) = enqueue.enqueue(found, order, store=store, counter=Changes(act), feeder=feeder)
    assert (entry.action, entry.error) == (Action.FAILED, "file-changing")
    assert not list(store.root.glob("documents/*/*"))
    assert client.keys("rq:*") == []


def test_a_file_that_may_not_be_read(stage: Stage, inputs: Path, out: Path) -> None:
    """It costs its own document, with a reason; the others are read."""
    (inputs / "a.pdf").chmod(0)
    command = (sys.executable, "-m", "ocrqueue", "run", str(inputs), "-o", str(out), "--json")
    running = stage.start(*without_roots_powers(*command))
    assert running.wait(60) == 3, running.tail()
    assert ledgers(out)["a.json"]["error"]["code"] == "file-unreadable"
    assert ledgers(out)["sub/b.json"]["state"] == "done"


# Outputs


def test_files_of_somebody_else_are_left_alone(crew: Stage, inputs: Path, out: Path) -> None:
    """A name under which other files lie is not taken, and stays so when run again."""
    (out / "sub" / "b.pages").mkdir(parents=True)
    (out / "sub" / "b.pages" / "0001.md").write_text("a document of another program")
    (out / "a.md").write_text("my own notes")
    assert convert(crew, inputs, out).code == 0
    assert convert(crew, inputs, out, "--split-pages").code == 0
    assert (out / "a.md").read_text() == "my own notes"
    assert names_in(out / "sub" / "b.pages") == ["0001.md"]
    assert {"a.pdf.md", "sub/b.pdf.md"} < set(markdown(out))


def test_our_own_files_are_known_without_the_workspace(
    crew: Stage, inputs: Path, out: Path
) -> None:
    """After the workspace was deleted, outputs are written where they were, by their ledgers."""
    assert convert(crew, inputs, out).code == 0
    (out / ".ocrqueue").rename(out.parent / "away")
    assert convert(crew, inputs, out).code == 0
    assert set(markdown(out)) == {"a.md", "sub/b.md"}


def test_an_output_path_that_is_a_folder(crew: Stage, inputs: Path, out: Path) -> None:
    """A folder called a.md is nobody's output: the next name is taken."""
    (out / "a.md").mkdir(parents=True)
    assert convert(crew, inputs, out).code == 0
    assert (out / "a.pdf.md").is_file()


def test_a_link_that_leads_out_of_the_output_folder(
    crew: Stage, inputs: Path, out: Path, tmp_path: Path
) -> None:
    """Nothing is written through it; the document is told as not written, the others are done."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    out.mkdir()
    (out / "sub").symlink_to(elsewhere)
    ended = convert(crew, inputs, out)
    assert ended.code == 3
    assert "a link, or no folder, is on the way" in ended.json["problems"][0]["message"]
    assert names_in(elsewhere) == []
    assert (out / "a.md").is_file()


# Several at once


def test_two_producers_at_once(crew: Stage, inputs: Path, out: Path) -> None:
    """Two of them with the same inputs queue every page once and write every document once."""
    both = [crew.cli("enqueue", str(inputs), "-o", str(out), "--wait", "--json") for _ in range(2)]
    assert [one.wait() for one in both] == [0, 0]
    assert {name: text.count("scripted text") for name, text in markdown(out).items()} == {
        "a.md": 3,
        "sub/b.md": 2,
    }
    ids = {book["sha256"] for book in ledgers(out).values()}
    assert len(ids) == 2
    assert len(page_results(out)) == 5
    assert temporaries(out) == []


def test_a_run_beside_a_running_server(stage: Stage, inputs: Path, out: Path) -> None:
    """`run` where `up` works already is done by both, and leaves the server to its owner."""
    up = stage.cli("up", "-o", str(out))
    up.wait_for_event("worker.started", count=2)
    ended = stage.run("run", str(inputs), "-o", str(out), "--json")
    assert ended.code == 0, ended.err
    assert set(markdown(out)) == {"a.md", "sub/b.md"}
    assert up.events("supervisor.child_restarted") == []
    assert stage.run("status", "-o", str(out), "--json").json["queue"] is not None
    assert up.stop() == 0


@pytest.mark.parametrize("error", [PermissionError(1, "EPERM"), OSError(95, "ENOTSUP")])
def test_a_file_system_without_hard_links(
    error: OSError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first result of a page wins there too, and no temporary file stays."""

    def no_link(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(os, "link", no_link)
    path = tmp_path / "deep" / "one.json"
    assert atomic.write_whole_once(path, atomic.encode({"first": True}), below=tmp_path)
    assert not atomic.write_whole_once(path, atomic.encode({"first": False}), below=tmp_path)
    assert json_in(FolderFiles(below=tmp_path), path) == {"first": True}
    assert names_in(path.parent) == ["one.json"]


def test_the_entry_of_an_input_without_a_free_name(tmp_path: Path, client: Redis) -> None:
    """Where every name is somebody else's, the input is told as failed and nothing is written."""
    source = write_pdf(tmp_path / "a.pdf", "one")
    out = tmp_path / "out"
    out.mkdir()
    (found,) = find([source])
    for name in output_candidates(found.relative, found.source):
        (out / f"{name}.md").write_text("mine")
    store = Store.create(out / ".ocrqueue")
    order = Order(folder=out, reading=READING, style={})
    feeder = Feeder(client=client, store=store, queue=KEPT)
    entries: list[Entry] = list(
        enqueue.enqueue([found], order, store=store, counter=Changes(""), feeder=feeder)
    )
    assert [entry.error for entry in entries] == ["output-not-written"]
    assert {path.read_text() for path in out.glob("*.md")} == {"mine"}
