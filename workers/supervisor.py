"""Starts the other processes, restarts those that die, and stops them in order.

    python -m workers.supervisor [--server workspace|standing] [--as-needed] [NAME=COUNT ...]

NAME is a backend (tesseract, scripted, deepseek-mlx), or `collector`. Each child holds
the read end of a pipe to us as its standard input: when we die, by whatever signal, it ends. With
`--as-needed` we start one of each kind, and one more for each byte on our own standard input.
"""

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ocrqueue import logs
from ocrqueue.broker import embedded_server
from ocrqueue.settings import programs
from ocrqueue.settings.load import child_environ
from ocrqueue.settings.schema import Settings
from ocrqueue.settings.secrets import received, without_key
from workers import startup

LOOK_S = 0.05
MODULES = {"collector": "collector", "deepseek-mlx": "mlx_worker"}  # others: NAME_worker
PAYING = "openrouter-"  # the children that need the key; no other gets it
LONGEST_BACKOFF_S = 10.0
LIVED_S = 10.0  # a child that lived this long starts again without waiting
STOP_S = 15.0  # beyond a page's own limits, before a child is killed


@dataclass(slots=True, kw_only=True)
class ChildSpec:
    """One process to keep alive."""

    name: str
    command: list[str]
    number: int = 1  # among those of its kind
    process: "subprocess.Popen[bytes] | None" = None
    began: float = 0.0
    failures: int = 0
    not_before: float = 0.0


@dataclass(slots=True)
class Stop:
    """What signals have asked for; handlers only count."""

    asked: int = 0

    def ask(self, *_: object) -> None:
        """Count one more request to stop."""
        self.asked += 1


@dataclass(slots=True)
class Need:
    """How many processes of a kind have something to do."""

    count: float = math.inf

    def grow(self) -> None:
        """Count one more."""
        self.count += 1


def main() -> None:
    """Supervise until told to stop, or until our own supervisor is gone."""
    settings = startup.begin()
    stop = Stop()
    signal.signal(signal.SIGTERM, stop.ask)
    signal.signal(signal.SIGINT, stop.ask)
    arguments = sys.argv[1:]
    need = Need(1) if "--as-needed" in arguments else Need()
    if "--supervised" in arguments:
        startup.hold_lifeline(on_word=need.grow)
    settings, children = plan(arguments, settings)
    key = received()
    environment = child_environ(settings) | key
    logs.emit(logs.Event.SUPERVISOR_STARTED, children=[child.name for child in children])
    sys.exit(supervise(children, environment, stop, need, settings))


def plan(arguments: Sequence[str], settings: Settings) -> tuple[Settings, list[ChildSpec]]:
    """Return the children to start, the server first, and the settings they are told."""
    children = []
    beside_model = any(argument.startswith("deepseek-mlx=") for argument in arguments)
    owns = "--server" in arguments
    if owns:
        where = arguments[list(arguments).index("--server") + 1]
        url = embedded_server.called(where, settings).url
        settings = replace(settings, redis=replace(settings.redis, url=url))
        children.append(_child("server", "broker_server", f"--{where}"))
    for argument in arguments:
        name, equals, count = argument.partition("=")
        if not equals or name.startswith("-"):
            continue
        module = MODULES.get(name, f"{name}_worker")
        extra = ["--owns-server"] if owns and name == "collector" else []
        extra += ["--aside"] if name == "tesseract" and beside_model else []
        children += [
            _child(f"{name}-{number}", module, *extra, number=number)
            for number in range(1, int(count) + 1)
        ]
    return settings, children


def supervise(
    children: Sequence[ChildSpec],
    environment: dict[str, str],
    stop: Stop,
    need: Need,
    settings: Settings,
) -> int:
    """Keep the children that are needed alive until asked to stop; return the exit code."""
    while not stop.asked:
        for child in children:
            if child.process is None:
                if child.number <= need.count and time.monotonic() >= child.not_before:
                    _start(child, environment)
            elif (code := child.process.poll()) is not None:
                _note_end(child, code, settings)
        time.sleep(LOOK_S)
    _stop_in_order(children, stop, settings)
    return 0


def _child(name: str, module: str, *extra: str, number: int = 1) -> ChildSpec:
    command = programs.python(f"workers.{module}", "--supervised", *extra)
    return ChildSpec(name=name, command=command, number=number)


def _start(child: ChildSpec, environment: dict[str, str]) -> None:
    pays = child.name.startswith(PAYING)
    child.process = programs.start(
        child.command,
        stdin=subprocess.PIPE,
        env=environment if pays else without_key(environment),
        start_new_session=True,  # a Ctrl-C in the terminal is for us alone
    )
    child.began = time.monotonic()


def _note_end(child: ChildSpec, code: int, settings: Settings) -> None:
    """Plan the next start: at once after a planned end or a long life, else later and later."""
    if child.process and child.process.stdin:
        child.process.stdin.close()
    lived = time.monotonic() - child.began
    child.failures = 0 if code == 0 or lived > LIVED_S else child.failures + 1
    backoff = settings.workers.restart_backoff_s
    wait = min(LONGEST_BACKOFF_S, backoff * 2 ** (child.failures - 1)) if child.failures else 0.0
    if code == 0 and lived < 1:
        wait = backoff  # a child that has nothing to do must not spin
    child.not_before = time.monotonic() + wait
    child.process = None
    logs.emit(
        logs.Event.SUPERVISOR_CHILD_RESTARTED,
        child=child.name,
        exit=ended(code),
        seconds=round(lived, 1),
        again_in_s=round(wait, 1),
    )


def ended(code: int) -> str:
    """Return how a process ended, in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


def _stop_in_order(children: Sequence[ChildSpec], stop: Stop, settings: Settings) -> None:
    """Stop the workers, then the collector, then the server, each when the ones before are gone."""
    limit_s = longest_page_s(children, settings) + settings.queue.grace_s + STOP_S
    collectors = [child for child in children if child.name.startswith("collector")]
    servers = [child for child in children if child.name == "server"]
    readers = [child for child in children if child not in (*collectors, *servers)]
    for group in (readers, collectors, servers):
        _stop_group([c.process for c in group if c.process is not None], stop, limit_s)
    logs.emit(logs.Event.SUPERVISOR_STOPPED, signals=stop.asked)


def longest_page_s(children: Sequence[ChildSpec], settings: Settings) -> float:
    """Return how many seconds a page may take with the backends that run here."""
    names = {child.name.rpartition("-")[0] for child in children}
    own = [candidate for candidate in settings.candidates.values() if candidate.name in names]
    reading = (c.timeout_s + float(c.options.get("load_timeout_s", 0)) for c in own)
    return 2 * settings.render.timeout_s + max(reading, default=0.0)


def _stop_group(processes: "list[subprocess.Popen[bytes]]", stop: Stop, limit_s: float) -> None:
    end = time.monotonic() + limit_s
    _signal(processes, signal.SIGTERM)
    told = 1
    while any(process.poll() is None for process in processes):
        if stop.asked > max(told, 1):  # a second signal to us: put the pages back at once
            told = stop.asked
            _signal(processes, signal.SIGTERM)
        if time.monotonic() > end:
            _signal(processes, signal.SIGKILL)
        time.sleep(LOOK_S)


def _signal(processes: "list[subprocess.Popen[bytes]]", number: signal.Signals) -> None:
    for process in processes:
        if process.poll() is None:
            os.kill(process.pid, number)


if __name__ == "__main__":
    main()
