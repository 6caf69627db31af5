"""What tests of every kind share: one real server for the session, an environment without ours."""

import logging
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.backends.deepseek_mlx import machine_lock
from ocrqueue.model.place import Place
from ocrqueue.settings.schema_storage import StorageSettings
from ocrqueue.workspace import buckets, confirmation
from tests.support import mlx_lease, seaweed
from tests.support.forking import forks
from tests.support.processes import QUICK, Stage, settings_variables, stage
from tests.support.seaweed import Seaweed
from tests.support.servers import Server, serve

SLOW_FIRST = ("system", "contract", "tests", "unit")  # the folders of tests
LONGEST = (  # files that take more than half a minute, the longest first
    *("test_mlx_worker", "test_deepseek_mlx", "test_hostile", "test_kill_matrix", "test_checks"),
    *("test_soak", "test_benchmarks", "test_lifecycle", "test_run", "test_remote"),
    *("test_prepared_folder", "test_state_machine", "test_openrouter_peer", "test_tesseract"),
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long, so that at the end no core waits for one of them."""
    items.sort(key=lambda item: _place(item.path))


def _place(path: Path) -> tuple[int, int]:
    """Return what a file is sorted by: those that take long begin, one of them on each core."""
    if path.stem in LONGEST:
        return LONGEST.index(path.stem), 0
    below = path.relative_to(Path(__file__).parent).parts
    return len(LONGEST), SLOW_FIRST.index(below[0] if len(below) > 1 else "tests")


@pytest.fixture(scope="session", autouse=True)
def _hear_interrupts() -> None:
    """Let the processes we start hear Ctrl-C, though who runs us in the background has not.

    A request to end is one more Ctrl-C: what was started for a test ends with it.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _forks(_hear_interrupts: None) -> Iterator[None]:
    """Start processes of ours by a fork, where that is as good as an exec."""
    with forks():
        yield


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide what the shell of the one who runs the tests has set."""
    for name in settings_variables():
        monkeypatch.delenv(name)
    monkeypatch.setenv("OCRQUEUE_CONFIG", "")  # nor what lies at home


@pytest.fixture(autouse=True)
def _own_lease(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Leave the machine's lease on computing with MLX to those who work with it; keep none."""
    monkeypatch.setattr(machine_lock, "PLACE", tmp_path_factory.getbasetemp() / "mlx.lease")
    yield
    mlx_lease.give_back()


@pytest.fixture(autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the key of the one who runs the tests alone."""
    monkeypatch.setattr(confirmation, "STATE", tmp_path_factory.getbasetemp() / "state")


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """Let a command that was run in this process quiet the logs of no later test."""
    levels = {name: logging.getLogger(name).level for name in ("", "ocrqueue")}
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture(scope="session")
def one_server() -> Iterator[Server]:
    """One server for all tests that only need a Redis."""
    with serve() as server:
        yield server


@pytest.fixture(scope="session")
def weed() -> Iterator[Seaweed]:
    """One S3 server for all tests that need a bucket; each takes a prefix of its own."""
    with seaweed.serve() as server:
        yield server


@pytest.fixture
def bucket(weed: Seaweed, tmp_path: Path) -> Iterator[Place]:
    """A place in its bucket, and this process told how it is reached."""
    place = seaweed.prefix(f"{tmp_path.name}-{secrets.token_hex(4)}")
    buckets.settle(weed.settings)
    buckets.name(place)
    yield place
    buckets.settle(StorageSettings())


@pytest.fixture(name="stage")
def _stage(tmp_path: Path) -> Iterator[Stage]:
    """Where real processes run: short heartbeats, the scripted backend, an empty home."""
    with stage(tmp_path, QUICK) as own:
        yield own


@pytest.fixture
def server(one_server: Server) -> Server:
    """The server of the session, empty."""
    with one_server.client as client:
        client.flushall()
    return one_server


@pytest.fixture
def client(server: Server) -> Iterator[Redis]:
    """A client of an empty server."""
    with server.client as own:
        yield own
