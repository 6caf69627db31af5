"""A folder that somebody sent, by real processes: nothing in it runs or leads elsewhere."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.broker import connection
from ocrqueue.workspace import descriptors
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store
from tests.support.folders import make_inputs, markdown, page_results
from tests.support.processes import Process, Stage
from tests.support.servers import server_of, wait_until

PROGRAM = """
#include <stdio.h>
__attribute__((constructor)) static void ran(void) { fclose(fopen("%s", "w")); }
"""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    return make_inputs(tmp_path / "in", {"a.pdf": 2})


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    """What a planted program writes when it runs."""
    return tmp_path / "ran"


def plant(data: Path, ran: Path) -> None:
    """Write server data that sets a key and, where there is a compiler, loads a program."""
    folder = data / "appendonlydir"
    folder.mkdir(parents=True)
    commands = [["SELECT", "0"], ["SET", "planted", "yes"]]
    if compiler := shutil.which("gcc"):
        source, program = data / "x.c", data / "x.so"
        source.write_text(PROGRAM % ran)
        subprocess.run([compiler, "-shared", "-fPIC", "-o", program, source], check=True)
        commands.append(["MODULE", "LOAD", str(program)])
    spelled = "".join(
        f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
        for words in commands
    )
    (folder / "appendonly.aof.1.incr.aof").write_text(spelled, newline="")
    (folder / "appendonly.aof.manifest").write_text("file appendonly.aof.1.incr.aof seq 1 type i\n")


@pytest.fixture
def up(stage: Stage, out: Path, ran: Path) -> Iterator[Process]:
    """Server, worker and collector in an output folder that came with data for a server."""
    Store.create(out / ".ocrqueue")
    plant(out / ".ocrqueue" / "server", ran)
    process = stage.cli("up", "-o", str(out))
    yield process
    process.kill_tree()


def test_server_data_in_a_folder_is_not_loaded(
    up: Process, stage: Stage, inputs: Path, out: Path, ran: Path
) -> None:
    """No key of it is there and no program of it ran; the user is told once where it is now."""
    own = server_of(out, stage.folder)
    wait_until(lambda: connection.answers(own.url), "the server answers", 60)
    with Redis.from_url(own.url) as client:
        assert client.get("planted") is None
    assert not ran.exists()
    assert up.tail().count("is not used any more and may be deleted") == 1
    ended = stage.run("enqueue", str(inputs), "-o", str(out), "--wait")
    assert ended.code == 0, ended.err
    assert up.stop() == 0
    again = stage.run("run", str(inputs), "-o", str(out))
    assert again.code == 0, again.err
    assert "is not used any more" not in again.err
    assert not own.data.is_relative_to(out)


def test_a_server_loads_no_program(stage: Stage, tmp_path: Path, ran: Path) -> None:
    """Data in a folder that the user named loads none either: the server does not start with it."""
    if shutil.which("gcc") is None:
        pytest.skip("there is no compiler to make a program with")
    plant(tmp_path / "sent", ran)
    server = stage.cli("server", "--data", str(tmp_path / "sent"))
    assert server.wait(60) != 0
    assert not ran.exists()


def test_a_workspace_that_was_deleted_is_forgotten(stage: Stage, out: Path) -> None:
    """A new workspace at the same place begins with an empty server."""
    begun = server_that_knows(stage, out, "of the first")
    assert begun == {b"of the first"}
    assert server_that_knows(stage, out, "of the same") == {b"of the first", b"of the same"}
    shutil.rmtree(out)
    assert server_that_knows(stage, out, "of the second") == {b"of the second"}


def server_that_knows(stage: Stage, out: Path, key: str) -> set[bytes]:
    """Start the server of a workspace, add a key, stop it; return the keys it then had."""
    Store.create(out / ".ocrqueue")
    server = stage.cli("server", "-o", str(out))
    url = server_of(out, stage.folder).url
    wait_until(lambda: connection.answers(url), "the server answers", 60)
    with Redis.from_url(url) as client:
        client.set(key, "yes")
        found = set(client.keys())
    assert server.stop() == 0
    return found


def test_what_nobody_needs_any_more_is_removed(stage: Stage, out: Path, tmp_path: Path) -> None:
    """At the start of a server the folders of workspaces that are gone go too, and no others."""
    for name in ("one", "two", "three"):
        server_that_knows(stage, tmp_path / name, "x")
    for name in ("one", "two"):
        shutil.rmtree(tmp_path / name)
    held = server_of(tmp_path / "two", stage.folder).data
    with descriptors.locked(held / "lock", below=held):  # a server works there
        server_that_knows(stage, out, "x")
    left = {path.name for path in held.parent.iterdir()}
    kept = (tmp_path / "two", tmp_path / "three", out)
    assert left == {server_of(folder, stage.folder).data.name for folder in kept}


def test_links_lead_nowhere(stage: Stage, inputs: Path, out: Path, tmp_path: Path) -> None:
    """`run` in a folder with a link for a log ends with 6, names it, and starts nothing."""
    root = Store.create(out / ".ocrqueue").root
    victim = tmp_path / ".bashrc"
    victim.write_text("alias ls=ls\n")
    (root / "log.jsonl").symlink_to(victim)
    ended = stage.run("run", str(inputs), "-o", str(out))
    assert ended.code == 6
    assert f"{root / 'log.jsonl'} is a link" in ended.err
    assert victim.read_text() == "alias ls=ls\n"
    assert [path.name for path in out.iterdir()] == [".ocrqueue"]


def test_the_default_output_folder_is_no_link(stage: Stage, inputs: Path, tmp_path: Path) -> None:
    """A link called ocrqueue-out, where nobody named an output folder, is refused."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "ocrqueue-out").symlink_to(tmp_path / "elsewhere")
    ended = stage.run("run", str(inputs))
    assert ended.code == 2
    assert "is a link: name it with -o if that is meant" in ended.err
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_forged_record_writes_nothing_elsewhere(
    stage: Stage, inputs: Path, out: Path, tmp_path: Path
) -> None:
    """A second record of a known document, for a file elsewhere: `run` does its own work only."""
    assert stage.run("run", str(inputs), "-o", str(out)).code == 0
    victim = tmp_path / "project"
    victim.mkdir()
    (victim / "CLAUDE.md").write_text("of the user")
    store = Store.open(out / ".ocrqueue")
    ((_, record),) = store.outputs()
    for folder, name in ((victim, "CLAUDE"), (out, "../project/CLAUDE"), (victim, "new")):
        forged = {**record, "folder": str(folder), "name": name}
        key = Output(name=name, folder="", source="", shown="").key
        store.save_output(key, forged, record["document"])
    page_results(out)[0].unlink()
    ended = stage.run("run", str(inputs), "-o", str(out))
    assert ended.code == 0, ended.err
    assert [path.read_text() for path in victim.iterdir()] == ["of the user"]
    assert set(markdown(out)) == {"a.md"}


TEXT = {"OCRQUEUE_READING__TEXT_LAYER": "prefer"}  # what a page says is seen in the output


def sent_workspace(stage: Stage, inputs: Path, out: Path, victim: Path, home: Path) -> None:
    """Make a workspace as a sender would: all of its records and manifests lead to the victim."""
    ended = stage.run("run", str(inputs), "-o", str(out), given={**TEXT, "HOME": str(home)})
    assert ended.code == 0, ended.err
    found = victim.stat()
    for path in (out / ".ocrqueue").rglob("*.json"):
        wire = json.loads(path.read_bytes())
        if "source" in wire:
            stamp = {"size": found.st_size, "mtime_ns": found.st_mtime_ns}
            path.write_text(json.dumps({**wire, **stamp, "source": str(victim)}))
    for path in (*page_results(out), *out.glob("a.*")):
        path.unlink()


@pytest.mark.parametrize("kind", ["pages to read", "a refused document"])
def test_a_record_alone_lets_no_file_be_read(
    stage: Stage, inputs: Path, out: Path, tmp_path: Path, kind: str
) -> None:
    """`retry` in a workspace that was sent reads nothing that nobody here named, and says so."""
    victim = make_inputs(tmp_path / "private", {"secret.pdf": 2}) / "secret.pdf"
    sent_workspace(stage, inputs, out, victim, tmp_path / "home of the sender")
    if kind == "a refused document":
        (record,) = (out / ".ocrqueue" / "outputs").glob("??/*[0-9a-f].json")
        error = {"code": "damaged", "message": "no", "remedy": ""}
        wire = json.loads(record.read_bytes())
        record.write_text(json.dumps({**wire, "document": None, "error": error}))
    ended = stage.run("retry", "-o", str(out), given=TEXT)
    assert "secret" not in json.dumps(markdown(out))
    assert f"no command of yours named {victim}" in ended.out
    assert "Name it once more" in ended.out
    assert ended.code == 3
    again = stage.run("run", str(victim), "-o", str(out), given=TEXT)
    assert again.code == 0, again.err
    assert "secret" in json.dumps(markdown(out))


def test_the_key_of_the_marks_is_the_users_alone(
    stage: Stage, inputs: Path, out: Path, tmp_path: Path
) -> None:
    """Its file is for its owner; one that somebody else laid there is not used."""
    assert stage.run("run", str(inputs), "-o", str(out)).code == 0
    (key,) = tmp_path.rglob(".local/state/ocrqueue/inputs.json")
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text().split('"')[3] not in "".join(
        path.read_text("utf-8", "replace") for path in out.rglob("*") if path.is_file()
    )
