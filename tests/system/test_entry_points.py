"""Each entry point by a real exec: other tests start the same processes as forks, to save time.

A fork has all modules imported and is told its settings by us. So here each process is started as
users and supervisors start it, with nothing in it but what it imports itself.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from signal import Signals
from typing import Any

import psutil
import pytest

from tests.support import forking
from tests.support.folders import make_inputs, markdown
from tests.support.processes import QUICK, Stage, named, stage
from tests.support.servers import Server

PORTRAIT = "tests.support.portrait"
needs_forks = pytest.mark.skipif(sys.platform != "linux", reason="no process is forked there")


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Stage]:
    """A stage on which everything is started by exec."""
    with stage(tmp_path / "plain", QUICK, launch=subprocess.Popen) as own:
        yield own


def test_a_run_starts_all_it_needs(plain: Stage, tmp_path: Path) -> None:
    """`ocrqueue run` by exec: its supervisor, server, worker and collector start and end."""
    inputs = make_inputs(tmp_path / "in", {"a.pdf": 2})
    run = plain.cli("run", str(inputs), "-o", "out", "--json")
    assert run.wait(60) == 0, run.tail()
    assert set(markdown(plain.folder / "out")) == {"a.md"}
    assert plain.leftovers() == []


def test_up_serves_who_enqueues(plain: Stage, tmp_path: Path) -> None:
    """`ocrqueue up` by exec becomes a supervisor; `enqueue` by exec finds its server."""
    inputs = make_inputs(tmp_path / "in", {"a.pdf": 2})
    up = plain.cli("up")
    up.wait_for_event("worker.started", count=2)
    ended = plain.run("enqueue", str(inputs), "-o", "out", "--wait")
    assert ended.code == 0, ended.err
    assert set(markdown(plain.folder / "out")) == {"a.md"}
    assert up.stop() == 0
    assert plain.leftovers() == []


@pytest.mark.parametrize(
    ("module", "event"),
    [
        *(
            (f"workers.{kind}_worker", "worker.started")
            for kind in ("tesseract", "openrouter", "replay")
        ),
        ("workers.dashboard", "dashboard.started"),
    ],
)
def test_a_process_starts_and_ends(plain: Stage, server: Server, module: str, event: str) -> None:
    """What `run` of scripted pages does not start begins its work by exec, and ends when told."""
    given = {
        "OCRQUEUE_REDIS__URL": server.url,
        "OCRQUEUE_DASHBOARD__PORT": str(free_port()),
        "OPENROUTER_API_KEY": "sk-or-v1-0123456789abcdef",
        "OCRQUEUE_BACKENDS__REPLAY__REPLIES": str(plain.folder),
    }
    process = plain.module(module, given=given)
    process.wait_for_event(event)
    assert process.stop() == 0, process.tail()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@needs_forks
@pytest.mark.parametrize("end", ["RETURN", "EXIT", "RAISE", "INTERRUPT", "KILL"])
def test_a_fork_is_told_from_an_exec_by_nothing(
    plain: Stage, stage: Stage, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """Arguments, streams, folder, signals, parent, `ps`, exit code: all are those of an exec."""
    monkeypatch.setattr(forking, "FORKED", {PORTRAIT})
    code_of = {"RETURN": 0, "EXIT": 7, "RAISE": 1}
    code_of |= {"INTERRUPT": -Signals.SIGINT, "KILL": -Signals.SIGKILL}
    found = []
    for one in (plain, stage):
        one.folder, one.environment = stage.folder, stage.environment
        process = one.module(PORTRAIT, end, "ä b")
        assert process.wait() == code_of[end]
        found.append((json.loads(process.printed()), process.tail().splitlines()[-1:]))

    assert isinstance(stage.started[0].popen, forking.Popen)
    (by_exec, last_words), by_fork = found
    told = by_fork[0]
    assert {key: (seen, told[key]) for key, seen in by_exec.items() if seen != told[key]} == {}
    assert by_fork[1] == last_words


@needs_forks
def test_a_fork_has_the_descriptors_that_it_is_given(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the same numbers, and no others: the child that draws answers through one."""
    monkeypatch.setattr(forking, "FORKED", {PORTRAIT})
    reading, writing = os.pipe()
    command = [sys.executable, "-P", "-m", PORTRAIT, "RETURN"]
    streams: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "env": stage.environment,
    }

    by_exec, by_fork = (
        json.loads(popen(command, **streams, pass_fds=(writing,)).communicate()[0])["open"]
        for popen in (subprocess.Popen, forking.Popen)
    )
    os.close(reading)
    os.close(writing)

    assert writing in by_exec
    assert by_fork == by_exec


@needs_forks
def test_what_a_process_of_ours_starts_is_a_fork_as_well(stage: Stage, tmp_path: Path) -> None:
    """By exec it would import everything anew: whatever stops that, only the clock would tell."""
    given = {"OCRQUEUE_BACKENDS__SCRIPTED__NEEDS_IMAGE": "true"}
    inputs = make_inputs(tmp_path / "in", {"a.pdf": 1})
    up = stage.cli("up", given=given)
    up.wait_for_event("worker.started", count=2)
    assert stage.run("enqueue", str(inputs), "-o", "out", "--wait", given=given).code == 0

    ours = named([psutil.Process(up.pid), *up.descendants()], "-m workers.")
    drawing = named(up.descendants(), forking.RENDERER)

    assert (len(ours), len(drawing)) == (3, 1)
    assert [each.cmdline() for each in [*ours, *drawing] if not is_fork(each)] == []
    assert up.stop() == 0


def is_fork(process: psutil.Process) -> bool:
    """Return whether a process has the room for an environment that the fork server was given."""
    shown = Path(f"/proc/{process.pid}/environ").read_bytes()
    return len(shown) >= forking.ROOM_FOR_ENVIRONMENT
