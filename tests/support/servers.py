"""A real embedded Valkey for tests: on a unix socket in a short temporary folder, ended at last."""

import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.broker import connection, embedded_server
from ocrqueue.broker.embedded_server import Embedded
from ocrqueue.settings.load import load
from ocrqueue.settings.schema import ServerSettings

START_S = 20.0
END_S = 60.0
# To look takes a core from those who are waited for: at first often, for what is there at once.
LOOK_S, LOOK_LATER_S = 0.02, 0.05
SOON_S = 0.5


@dataclass(slots=True, kw_only=True)
class Server:
    """A server process and its address; `kill`, `start` and `stop` may be called in any order."""

    embedded: Embedded
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def url(self) -> str:
        return self.embedded.url

    @property
    def client(self) -> Redis:
        """Return a new client; who asks closes it (or lets it go with the test)."""
        return Redis.from_url(self.url)

    def start(self) -> None:
        """Start the server program itself and wait until it answers."""
        self.embedded.data.mkdir(parents=True, exist_ok=True)
        config = self.embedded.data / "valkey.conf"
        config.write_text(self.embedded.config, encoding="utf-8")
        self.embedded.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [embedded_server.binary(), str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: connection.answers(self.url), "the server answers", START_S)

    def kill(self) -> None:
        """End the server by SIGKILL; its data stays."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(END_S)
            self.process = None


def server_of(out: Path, home: Path) -> Embedded:
    """Return the server of an output folder's workspace, for who is at home there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        return embedded_server.in_workspace(load(None, {}, {"workspace.output": str(out)}))


@contextmanager
def serve(*, password: str = "", port: int = 0, fsync: str = "everysec") -> Iterator[Server]:
    """Yield a running server that keeps its data in a folder of its own, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="oq-"))  # short: a socket's path has 100 bytes at most
    data = folder / "data"
    own = Embedded(
        data=data,
        socket=folder / "s",
        server=ServerSettings(password=password, port=port, fsync=fsync),
    )
    server = Server(embedded=own)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def wait_until(true: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Look until the condition is true.

    Raises:
        AssertionError: it is not true in time; `what` says what was waited for.
    """
    pause = threading.Event()
    begun = time.monotonic()
    while not true():
        waited = time.monotonic() - begun
        if waited > seconds:
            message = f"not within {seconds:g} s: {what}"
            raise AssertionError(message)
        pause.wait(LOOK_S if waited < SOON_S else LOOK_LATER_S)
