"""A queue server without memory left: clear errors for commands, patience for workers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.support.folders import make_inputs, markdown, page_results
from tests.support.processes import QUICK, Process, Stage, stage
from tests.support.servers import server_of, wait_until

SLOW = {"OCRQUEUE_BACKENDS__SCRIPTED__SCRIPT": "*: slow 0.3"}
SMALL = {"OCRQUEUE_SERVER__MAXMEMORY_MB": "16"}


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    return make_inputs(tmp_path / "in", {"a.pdf": 4})


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path / "stage", {**QUICK, **SLOW, **SMALL}) as one:
        yield one


@pytest.fixture
def up(own: Stage, out: Path) -> Process:
    """Server, worker and collector of the output folder."""
    process = own.cli("up", "-o", str(out))
    process.wait_for_event("worker.started", count=2)
    return process


def client_of(out: Path, own: Stage) -> Redis:
    return Redis.from_url(server_of(out, own.folder).url)


def fill_memory(client: Redis) -> None:
    """Let the server have more in memory than it may."""
    client.config_set("maxmemory", "1mb")


def make_room(client: Redis) -> None:
    client.config_set("maxmemory", "16mb")


def test_nothing_is_queued(own: Stage, up: Process, inputs: Path, out: Path) -> None:
    """`enqueue` ends with 5 and says that the server is full; with room again it goes on."""
    with client_of(out, own) as client:
        fill_memory(client)
        ended = own.run("enqueue", str(inputs), "-o", str(out))
        assert ended.code == 5
        assert "takes nothing more" in ended.err
        assert "server.maxmemory_mb" in ended.err
        make_room(client)
    assert own.run("enqueue", str(inputs), "-o", str(out), "--wait").code == 0
    assert markdown(out)["a.md"].count("scripted text") == 4
    assert up.events("supervisor.child_restarted") == []


def test_workers_wait(own: Stage, up: Process, inputs: Path, out: Path) -> None:
    """Memory that runs out in the middle stops the work and kills nobody; then it goes on."""
    waiting = own.cli("enqueue", str(inputs), "-o", str(out), "--wait", "--json")
    wait_until(lambda: page_results(out), "a page is read")
    with client_of(out, own) as client:
        fill_memory(client)
        up.wait_for_event("server.full")
        assert "memory is full" in own.run("status", "-o", str(out)).out
        make_room(client)
    assert waiting.wait() == 0, waiting.tail()
    assert markdown(out)["a.md"].count("scripted text") == 4
    assert up.events("supervisor.child_restarted") == []
    assert up.stop() == 0


def test_workers_that_wait_can_be_stopped(own: Stage, up: Process, inputs: Path, out: Path) -> None:
    """A worker that waits for room ends within seconds when it is told to."""
    own.run("enqueue", str(inputs), "-o", str(out))
    with client_of(out, own) as client:
        fill_memory(client)
        up.wait_for_event("server.full")
    assert up.stop(seconds=30) == 0
    assert own.leftovers() == []
