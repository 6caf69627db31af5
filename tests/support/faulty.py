"""Runs a module in which one named moment goes wrong, once.

    python -m tests.support.faulty POINT SIGNALS TARGET MODULE [ARGUMENT ...]

POINT is one of `ocrqueue.model.failpoints.Point`. SIGNALS is KILL, TERM, STOP or TERM,TERM. TARGET is
`self`, `parent`, a process number, or part of the command line of a child. A supervisor passes the
fault on to its children: theirs is the point, the target is seen from them.
"""

import json
import os
import runpy
import signal
import sys
from collections.abc import Sequence

import psutil

from ocrqueue.model import failpoints
from ocrqueue.model.failpoints import Point
from workers import supervisor


def main() -> None:
    """Install the fault and become the module."""
    fault, (module, *arguments) = sys.argv[1:4], sys.argv[4:]
    sys.argv = [module, *arguments]
    if module == supervisor.__name__:
        pass_on(fault)
        supervisor.main()
    else:
        install(*fault)
        runpy.run_module(module, run_name="__main__", alter_sys=True)


def install(point: str, signals: str, target: str) -> None:
    """Send the signals when the point is reached for the first time."""
    wanted, numbers = Point(point), [signal.Signals[f"SIG{name}"] for name in signals.split(",")]

    def go_wrong(reached: Point) -> None:
        if reached is wanted:
            failpoints.handler = None
            for number in numbers:
                send(number, target)

    failpoints.handler = go_wrong


def pass_on(fault: Sequence[str]) -> None:
    """Let a supervisor start the first of each of its Python children with the fault."""
    start = supervisor._start
    seen: set[str] = set()

    def start_faulty(child: supervisor.Child, environment: dict[str, str]) -> None:
        plain = list(child.command)
        if child.name not in seen and "workers.broker_server" not in plain:
            seen.add(child.name)
            module = child.command.index("-m") + 1
            child.command[module:module] = ["tests.support.faulty", *fault]
        start(child, environment)
        child.command[:] = plain

    supervisor._start = start_faulty


def send(number: signal.Signals, target: str) -> None:
    """Send a signal to whoever is meant; who is gone already needs none."""
    for pid in pids(target):
        told = {"event": "fault", "pid": pid, "signal": number}
        sys.stderr.write(f"{json.dumps(told)}\n")
        sys.stderr.flush()
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def pids(target: str) -> list[int]:
    """Return the processes that are meant."""
    if target == "self":
        return [os.getpid()]
    if target == "parent":
        return [os.getppid()]
    if target.isdigit():
        return [int(target)]
    children = psutil.Process().children(recursive=True)
    return [child.pid for child in children if target in " ".join(child.cmdline())]


if __name__ == "__main__":
    main()
