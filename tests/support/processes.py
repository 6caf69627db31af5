"""Real processes for tests: started with an environment of their own, waited for, ended, reaped."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from typing import Any

import psutil

from tests.support import forking
from tests.support.servers import wait_until

# Dead workers are noticed within a second, and nothing waits longer than a test may.
QUICK = {
    "OCRQUEUE_QUEUE__BEAT_S": "0.2",
    "OCRQUEUE_QUEUE__MISSED_BEATS": "5",
    "OCRQUEUE_QUEUE__GRACE_S": "1",
    "OCRQUEUE_WORKERS__RESTART_BACKOFF_S": "0.1",
    "OCRQUEUE_READING__ROUTE": "scripted",
    "OCRQUEUE_READING__WITNESS": "off",  # whoever is about that says so
}
# Tesseract reads each page, though all have a text of their own; so coarse it reads a line as well.
BY_PICTURE = {
    "OCRQUEUE_READING__ROUTE": "tesseract",
    "OCRQUEUE_READING__TEXT_LAYER": "never",
    "OCRQUEUE_RENDER__DPI": "120",
}
END_S = 60.0
LEASE_FILE = "OCRQUEUE_BACKENDS__DEEPSEEK_MLX__LEASE_FILE"


def settings_variables() -> list[str]:
    """Return the variables of this process that would change our settings."""
    return [name for name in os.environ if name.startswith(forking.PREFIX)]  # noqa: TID251 - to hide them


def environment(home: Path, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment with none of our settings but those given, at home elsewhere.

    What the machine has only once for all its users is theirs alone as well.
    """
    kept = forking.clean(dict(os.environ))  # noqa: TID251 - a child's environment is made from ours
    own = {"HOME": str(home), LEASE_FILE: str(home / "mlx.lease")}
    return {**kept, **own, **(given or {})}


@dataclass(slots=True, kw_only=True)
class Process:
    """A started process and the file its standard error goes to."""

    popen: "subprocess.Popen[bytes]"
    log: Path
    out: Path

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def alive(self) -> bool:
        return self.popen.poll() is None

    def send(self, number: Signals) -> None:
        self.popen.send_signal(number)

    def events(self, name: str = "") -> list[dict[str, Any]]:
        """Return the JSON log lines of this process and its children, of one event if named."""
        return log_events(self.log, name)

    def wait_for_event(self, name: str, *, count: int = 1, seconds: float = END_S) -> None:
        wait_until(lambda: len(self.events(name)) >= count, f"{count} x {name}", seconds)

    def wait(self, seconds: float = END_S) -> int:
        """Return the exit code; a process that does not end is a failed test."""
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill_tree()
            message = f"{self.popen.args!r} did not end within {seconds:g} s:\n{self.tail()}"
            raise AssertionError(message) from None

    def stop(self, number: Signals = Signals.SIGTERM, seconds: float = END_S) -> int:
        """Send one signal and return the exit code."""
        self.send(number)
        return self.wait(seconds)

    def tail(self) -> str:
        return self.log.read_text("utf-8", "replace")[-4000:]

    def printed(self) -> str:
        return self.out.read_text("utf-8", "replace")

    def descendants(self) -> list[psutil.Process]:
        return descendants(self.pid)

    def kill_tree(self) -> None:
        """End the process and all it has started, whatever state they are in."""
        left = descendants(self.pid)
        self.popen.kill()
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.popen.wait(END_S)
        psutil.wait_procs(left, END_S)


@dataclass(slots=True)
class Stage:
    """Starts processes for one test; all are gone when it ends."""

    folder: Path
    environment: dict[str, str]
    started: list[Process] = field(default_factory=list)
    launch: Callable[..., "subprocess.Popen[bytes]"] = forking.Popen
    # What ran before it began is not ours: to look at all processes of a machine takes long.
    before: frozenset[psutil.Process] = field(default_factory=lambda: frozenset(running()))

    def start(self, *command: str, given: Mapping[str, str] | None = None) -> Process:
        """Start a command; `given` adds to the stage's environment."""
        number = len(self.started)
        log, out = self.folder / f"{number}.err", self.folder / f"{number}.out"
        with log.open("wb") as err, out.open("wb") as stdout:
            popen = self.launch(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=err,
                env={**self.environment, **(given or {})},
                cwd=self.folder,
                start_new_session=True,
            )
        process = Process(popen=popen, log=log, out=out)
        self.started.append(process)
        return process

    def module(self, name: str, *arguments: str, **options: Any) -> Process:
        """Start one of our processes by its module, such as `workers.collector`."""
        return self.start(sys.executable, "-P", "-m", name, *arguments, **options)

    def cli(self, *arguments: str, **options: Any) -> Process:
        """Start the command line."""
        return self.module("ocrqueue", *arguments, **options)

    def run(self, *arguments: str, seconds: float = 60.0, **options: Any) -> "Ended":
        """Run the command line to its end."""
        process = self.cli(*arguments, **options)
        code = process.wait(seconds)
        return Ended(code=code, out=process.printed(), err=process.tail())

    def leftovers(self) -> list[str]:
        """Return what still runs of all that was started here, however it came to be an orphan."""
        return [f"{pid} {' '.join(command)}" for pid, command in self._told()]

    def end(self) -> None:
        for process in self.started:
            if process.alive:
                process.kill_tree()
        for left in self._ours():
            left.kill()

    def _told(self) -> Iterator[tuple[int, list[str]]]:
        for process in self._ours():
            with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
                yield process.pid, process.cmdline()

    def _ours(self) -> Iterator[psutil.Process]:
        """Yield the processes that have our home as their own, or work in a folder of ours."""
        home = self.environment["HOME"]
        for process in running():
            if process in self.before:
                continue
            try:
                dead = process.status() == psutil.STATUS_ZOMBIE
                at_home = process.environ().get("HOME") == home
                if not dead and (at_home or process.cwd().startswith(home)):
                    yield process
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@contextmanager
def stage(folder: Path, given: Mapping[str, str] | None = None, **options: Any) -> Iterator[Stage]:
    """Yield a stage whose processes see only the given settings; nothing of it survives.

    `options`: other fields of the stage.
    """
    folder.mkdir(parents=True, exist_ok=True)
    own = Stage(folder, environment(folder, given), **options)
    try:
        yield own
    finally:
        own.end()


def running() -> Iterator[psutil.Process]:
    """Yield all processes of the machine, each told from others that had its number."""
    psutil.process_iter.cache_clear()
    return psutil.process_iter()


def log_events(log: Path, name: str = "") -> list[dict[str, Any]]:
    """Return the JSON lines of a log file, of one event if named; half-written ones are left."""
    found = []
    for line in log.read_text("utf-8", "replace").splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and name in ("", event.get("event")):
            found.append(event)
    return found


def descendants(pid: int) -> list[psutil.Process]:
    """Return the children of a process, and theirs."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def named(processes: Sequence[psutil.Process], part: str) -> list[psutil.Process]:
    """Return those whose command line holds a text."""
    found = []
    for process in processes:
        try:
            if part in " ".join(process.cmdline()):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found
