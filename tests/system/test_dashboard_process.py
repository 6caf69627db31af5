"""The dashboard as a process: it listens where it should, answers, and ends in order."""

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from signal import Signals

import psutil
import pytest

from tests.support.processes import Process, Stage, stage
from tests.support.servers import Server


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def processes(tmp_path: Path, server: Server, port: int) -> Iterator[Stage]:
    """A stage whose dashboards use this server and this port."""
    given = {"OCRQUEUE_REDIS__URL": server.url, "OCRQUEUE_DASHBOARD__PORT": str(port)}
    with stage(tmp_path / "home", given) as own:
        yield own


def started(processes: Stage, *arguments: str) -> Process:
    process = processes.cli("dashboard", *arguments)
    process.wait_for_event("dashboard.started")
    return process


def listening(process: Process) -> set[tuple[str, int]]:
    found = psutil.Process(process.pid).net_connections(kind="inet")
    return {(c.laddr.ip, c.laddr.port) for c in found if c.status == psutil.CONN_LISTEN}


def status(port: int, path: str, **headers: str) -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own http
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_it_answers_this_machine_only(processes: Stage, port: int) -> None:
    """It listens on 127.0.0.1 alone, serves its pages, runs no debugger, and ends with 0."""
    process = started(processes)

    codes = [status(port, "/"), status(port, "/requeue/scripted"), status(port, "/console")]
    foreign = status(port, "/", Host="evil.example")

    assert listening(process) == {("127.0.0.1", port)}
    assert codes == [200, 405, 404]
    assert foreign == 403
    assert "Traceback" not in process.tail()
    assert process.stop(Signals.SIGTERM) == 0


def test_ctrl_c_ends_it_quietly(processes: Stage) -> None:
    """An interrupt ends it in order, without a traceback."""
    process = started(processes)

    code = process.stop(Signals.SIGINT)

    assert (code, "Traceback" in process.tail()) == (0, False)


def test_a_taken_port_is_said(processes: Stage, port: int) -> None:
    """A second dashboard on the same port ends with a message that names the port."""
    started(processes)

    second = processes.cli("dashboard")

    assert second.wait() == 1
    assert str(port) in second.tail()
    assert "Traceback" not in second.tail()


def test_it_waits_for_the_server(tmp_path: Path, port: int) -> None:
    """Without a queue server it says where it looks, and goes on looking."""
    missing = tmp_path / "none.sock"
    given = {"OCRQUEUE_REDIS__URL": f"unix://{missing}", "OCRQUEUE_DASHBOARD__PORT": str(port)}
    with stage(tmp_path / "home", given) as processes:
        process = processes.cli("dashboard")

        process.wait_for_event("server.awaited")

        assert process.alive
        assert str(missing) in str(process.events("server.awaited"))
        process.stop()
