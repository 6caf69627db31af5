"""The dashboard as a process: it listens where it should, answers, and ends in order."""

import re
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from signal import Signals

import psutil
import pytest
import yaml

from tests.support.forking import ROOT
from tests.support.onlookers import make_app, paths_of
from tests.support.privileges import ask_as_nobody
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


def address(process: Process) -> str:
    """Return the one address that the process has printed for its owner."""
    (found,) = re.findall(
        r"^dashboard: (http://\S+/\?token=\S{43})$", process.printed(), re.MULTILINE
    )
    return str(found)


def token(process: Process) -> str:
    return address(process).partition("=")[2]


class Visitor:
    """A browser with a cookie jar."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.jar = CookieJar()
        self.open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar)).open

    def status(self, path: str, **headers: str) -> int:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with self.open(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code


def owner(process: Process, port: int) -> Visitor:
    visitor = Visitor(port)
    with visitor.open(address(process), timeout=10) as answer:
        assert "token" not in answer.url
    return visitor


def test_it_answers_this_machine_only(processes: Stage, port: int) -> None:
    """It listens on 127.0.0.1 alone, serves its pages, runs no debugger, and ends with 0."""
    process = started(processes)
    visitor = owner(process, port)

    codes = [visitor.status(path) for path in ("/", "/requeue/scripted", "/console")]
    foreign = visitor.status("/", Host="evil.example")

    assert listening(process) == {("127.0.0.1", port)}
    assert codes == [200, 405, 404]
    assert foreign == 403
    assert "Traceback" not in process.tail()
    assert process.stop(Signals.SIGTERM) == 0


def test_another_user_of_this_machine_is_refused(
    processes: Stage, port: int, server: Server
) -> None:
    """Who reaches the port and has no token sees no page and no file, and stops nothing."""
    process = started(processes)
    paths = paths_of(make_app(server.url))

    codes = ask_as_nobody(port, [*paths, "/none", f"/?token={'x' * 43}"])

    assert Visitor(port).status("/") == 403
    assert owner(process, port).status("/") == 200
    assert codes == [403] * 2 * (len(paths) + 2)


def test_the_container_looks_after_it(processes: Stage, port: int) -> None:
    """The health check of the Compose file needs no token, passes, and then fails."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    given = compose["services"]["dashboard"]["healthcheck"]["test"]
    check = [sys.executable, *given[2:4], given[-1].replace("9181", str(port))]
    process = started(processes)

    alive = processes.start(*check).wait()
    process.stop()

    assert given[:4] == ["CMD", "python", "-I", "-c"]
    assert (alive, processes.start(*check).wait()) == (0, 1)


def test_the_token_is_in_no_log(processes: Stage, tmp_path: Path, port: int) -> None:
    """It is printed once: neither log, arguments nor environment hold it, whatever is asked."""
    log = tmp_path / "own.log"
    process = started(processes, "--log-file", str(log))
    secret = token(process)
    visitor = owner(process, port)

    for path in ("/", "/none", "/0/view/job/none", "/0/data/jobs/q/none/8/asc/1.json"):
        visitor.status(f"{path}?token={secret}")
    running = psutil.Process(process.pid)
    shown = " ".join([*running.cmdline(), *running.environ().values()])

    assert "dashboard.started" in log.read_text()
    assert secret not in log.read_text() + process.log.read_text() + shown
    assert process.printed().count(secret) == 1


def test_each_start_has_a_token_of_its_own(processes: Stage, port: int) -> None:
    """What opened the dashboard before it was started anew is worth nothing now."""
    before = started(processes)
    visitor, old = owner(before, port), token(before)
    before.stop()

    now = started(processes)

    assert token(now) != old
    assert [visitor.status("/"), visitor.status(f"/?token={old}")] == [403, 403]
    assert visitor.status(f"/?token={token(now)}") == 200


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
