"""A scratch folder with a real server and real worker processes, gone when the benchmark ends."""

import contextlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ocrqueue.broker import connection, embedded_server, queue_ops
from ocrqueue.broker.connection import Client
from ocrqueue.inputs.walk import find
from ocrqueue.pipeline import enqueue
from ocrqueue.pipeline.entry import Entry
from ocrqueue.pipeline.order import feeder_of, order_of, renderer_of
from ocrqueue.settings.load import child_environ, load
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace.store import Store

ROOT = Path(__file__).resolve().parents[1]
LOOK_S = 0.05  # how often a condition is looked at: rare enough not to be a load itself
STOP_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where a benchmark happens."""

    folder: Path  # scratch
    settings: Settings
    client: Client
    store: Store

    @property
    def workspace(self) -> str:
        """Return the workspace's short name in Redis."""
        return self.store.address.key

    @property
    def collected(self) -> bool:
        """Return whether every document has become Markdown."""
        return queue_ops.live_count(self.client, self.workspace) == 0

    @property
    def settled(self) -> int:
        """Return how many pages are done or failed."""
        totals = queue_ops.totals(self.client, self.workspace)
        return totals["done"] + totals["failed"]

    def enqueue(self, *paths: Path, **asked: Any) -> Iterator[Entry]:
        """Queue the files as `ocrqueue enqueue` does; `asked` are fields of the order."""
        order = order_of(self.settings, **asked)
        feeder = feeder_of(self.settings, self.client, self.store)
        with renderer_of(self.settings) as renderer:
            found = find(paths)
            yield from enqueue.enqueue(
                found, order, store=self.store, counter=renderer, feeder=feeder
            )

    @contextlib.contextmanager
    def process(self, module: str, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run a module with these settings, stopped at the end; its output is in `MODULE.log`.

        Of a second process of a module it is in `MODULE-1.log`.
        """
        command = [sys.executable, "-m", module, *arguments]
        environment = child_environ(self.settings)
        before = len([*self.folder.glob(f"{module}*.log")])
        name = f"{module}-{before}" if before else module
        with (self.folder / f"{name}.log").open("w+b") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=ROOT)
            try:
                yield process
            finally:
                if process.poll() is not None:
                    log.seek(0)
                    last = log.read()[-2000:].decode("utf-8", "replace")
                    print(f"{module} ended by itself with {process.returncode}: {last}")
                process.terminate()
                process.wait(STOP_S)


@contextlib.contextmanager
def stage(**flags: object) -> Iterator[Stage]:
    """Yield a stage with a running server; `flags` are settings, `__` for the dot in a name."""
    with tempfile.TemporaryDirectory(prefix="ocrqueue-bench-") as scratch:
        folder = Path(scratch).resolve()
        given = {name.replace("__", "."): str(value) for name, value in flags.items()}
        given |= {"workspace.output": str(folder / "out"), "server.data": str(folder / "server")}
        chosen = load(None, {}, given)
        url = embedded_server.in_workspace(chosen).url
        chosen = replace(chosen, redis=replace(chosen.redis, url=url))
        store = Store.create(chosen.workspace.folder)
        empty = Stage(
            folder=folder, settings=chosen, client=connection.connect_worker(url), store=store
        )
        with empty.process("workers.broker_server", "--workspace"):
            wait_until(lambda: connection.answers(url), limit_s=30)
            yield empty


def children_cpu_s() -> float:
    """Return the processor time of all processes that we have waited for, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def wait_until(holds: Callable[[], bool], *, limit_s: float, look_s: float = LOOK_S) -> float:
    """Wait for a condition and return the time of `time.monotonic()` when it was seen to hold.

    Raises:
        TimeoutError: it did not within the limit.
    """
    end = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > end:
            message = f"waited in vain for {limit_s:.0f} s"
            raise TimeoutError(message)
        time.sleep(look_s)
    return time.monotonic()
