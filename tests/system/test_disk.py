"""Disks that are full or read-only, for real: a clear error or a right result, never a torn one."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.folders import ledgers, make_inputs, markdown, page_results, temporaries
from tests.support.privileges import fill, remount, small_disk
from tests.support.processes import QUICK, Ended, Process, Stage, stage
from tests.support.servers import wait_until

SLOW = {"OCRQUEUE_BACKENDS__SCRIPTED__SCRIPT": "*: slow 0.3"}
RESTARTED = "supervisor.child_restarted"


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Where commands are typed, beside a server, a slow worker and a collector: none may die."""
    with stage(tmp_path_factory.mktemp("crew"), {**QUICK, **SLOW}) as own:
        up = own.cli("up")
        up.wait_for_event("worker.started", count=2)
        yield own
        assert up.events(RESTARTED) == []
        assert up.stop() == 0


@pytest.fixture
def crew(user: Stage) -> Process:
    return user.started[0]


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    return make_inputs(tmp_path / "in", {"a.pdf": 3, "sub/b.pdf": 2})


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB, another one than that of the inputs."""
    with small_disk(tmp_path / "disk") as folder:
        yield folder


def convert(user: Stage, inputs: Path, *options: str) -> Ended:
    return user.run("enqueue", str(inputs), "--wait", "--json", *options)


def assert_whole(out: Path, workspace: Path) -> None:
    """Every document is done, and nothing half-written lies anywhere."""
    assert {name: text.count("scripted text") for name, text in markdown(out).items()} == {
        "a.md": 3,
        "sub/b.md": 2,
    }
    assert {book["state"] for book in ledgers(out).values()} == {"done"}
    assert temporaries(out) + temporaries(workspace) == []


def test_a_full_workspace(crew: Process, user: Stage, inputs: Path, disk: Path) -> None:
    """Pages whose results cannot be written fail with that reason; with room again all is read."""
    out = disk / "out"
    waiting = user.cli("enqueue", str(inputs), "--wait", "--json", "-o", str(out))
    wait_until(lambda: page_results(out), "a page is read")
    filler = fill(disk)
    assert waiting.wait() == 3
    errors = [event.get("error") for event in crew.events("page.attempt")]
    assert "result-not-written" in errors
    assert "unexpected" not in errors
    assert all(json.loads(path.read_bytes()) for path in page_results(out))
    filler.unlink()
    assert convert(user, inputs, "-o", str(out)).code == 0
    assert_whole(out, out)


def _fill(disk: Path) -> Callable[[], object]:
    return fill(disk).unlink


def _make_read_only(disk: Path) -> Callable[[], object]:
    remount(disk, "ro")
    return lambda: remount(disk, "rw")


@pytest.mark.parametrize(
    "trouble",
    [(_fill, "No space left on device"), (_make_read_only, "Read-only file system")],
    ids=["full", "read-only"],
)
def test_an_output_folder_that_takes_nothing(
    user: Stage,
    inputs: Path,
    disk: Path,
    tmp_path: Path,
    trouble: tuple[Callable[[Path], Callable[[], object]], str],
) -> None:
    """The pages are read and kept, the summary says why there is no file; later it is written."""
    out, workspace = disk / "out", tmp_path / "workspace"
    out.mkdir()
    where = ("-o", str(out), "--workspace", str(workspace))
    spoil, reason = trouble
    repair = spoil(disk)
    ended = convert(user, inputs, *where)
    assert ended.code == 3
    assert [problem["message"] for problem in ended.json["problems"]] == [
        f"{out / 'a.md'} cannot be written: {reason}",
        f"{out / 'sub' / 'b.md'} cannot be written: {reason}",
    ]
    assert list(out.rglob("*.*")) == []
    repair()
    again = convert(user, inputs, *where)
    assert (again.code, again.json["pages_reused"]) == (0, 5)
    assert_whole(out, workspace)


def test_a_read_only_workspace(user: Stage, inputs: Path, disk: Path) -> None:
    """A command that cannot write its workspace ends with 6 and a reason."""
    remount(disk, "ro")
    ended = user.run("run", str(inputs), "-o", str(disk / "out"))
    assert ended.code == 6
    assert "Read-only file system" in ended.err
    assert "Traceback" not in ended.err


def test_a_document_that_is_refused_on_a_full_disk(
    user: Stage, inputs: Path, disk: Path, tmp_path: Path
) -> None:
    """A broken file whose ledger cannot be written does not end the batch."""
    (inputs / "0-broken.pdf").write_text("no PDF")
    out = disk / "out"
    out.mkdir()
    fill(disk)
    ended = convert(user, inputs, "-o", str(out), "--workspace", str(tmp_path / "workspace"))
    assert ended.code == 3
    assert ended.json["inputs"] == 3
    assert "Traceback" not in ended.err


def test_a_log_that_cannot_be_written(
    user: Stage, inputs: Path, disk: Path, tmp_path: Path
) -> None:
    """A full disk of the log costs lines of the log, nothing else."""
    fill(disk)
    out = tmp_path / "out"
    logged = {"OCRQUEUE_LOGGING__FILE": str(disk / "log.jsonl")}
    ended = user.run("run", str(inputs), "-o", str(out), "--json", given=logged)
    assert ended.code == 0, ended.err
    assert_whole(out, out)


def test_the_servers_disk_is_full(inputs: Path, disk: Path, tmp_path: Path) -> None:
    """A server that cannot write its log is waited for: nobody dies, and then all is read."""
    out = tmp_path / "out"
    given = {
        **QUICK,
        **SLOW,
        "OCRQUEUE_SERVER__DATA": str(disk / "data"),
        "OCRQUEUE_SERVER__SOCKET": str(tmp_path / "s"),
    }
    with stage(tmp_path / "stage", given) as own:
        make_inputs(inputs, {"c.pdf": 30})  # their jobs do not fit into the last block of the disk
        running = own.cli("run", str(inputs), "-o", str(out), "--json")
        wait_until(lambda: page_results(out), "a page is read")
        filler = fill(disk)
        wait_until(lambda: "cannot write its log" in status(own, out), "the status says so")
        filler.unlink()
        assert running.wait(60) == 0, running.tail()
        assert markdown(out)["c.md"].count("scripted text") == 30
        assert temporaries(out) == []
        assert RESTARTED not in (out / ".ocrqueue" / "log.jsonl").read_text()


def status(own: Stage, out: Path) -> str:
    return own.run("status", "-o", str(out)).out
