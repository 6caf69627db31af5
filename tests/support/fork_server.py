"""A process that imports what ours import, and then forks for whoever has the other end.

    python -m tests.support.fork_server SOCKET PADDING

Nothing happens in it but importing: no thread, no connection, no file. Its arguments and its
environment are padded, so that a fork has room to write down there what `ps` is to show.
"""

import ctypes
import gc
import importlib
import json
import os
import pkgutil
import runpy
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import ocrqueue
import workers
from tests.support.forking import (
    LONGEST,
    STARTERS,
    ForkServer,
    Order,
    Popen,
    at_start,
)

NEVER = {"ocrqueue.backends.deepseek_mlx", "workers.mlx_worker", "workers.bench"}
ADOPTED_S = 20.0
exec_it = os.execve


class Become(BaseException):
    """Instead of an exec: the process goes on as another one of ours."""

    def __init__(self, order: Order) -> None:
        super().__init__(order.module)
        self.order = order


def main() -> None:
    """Import everything, fork for each order, and in the fork be what was ordered."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    import_all()
    assert not any(name.partition(".")[0] == "mlx" for name in sys.modules)
    gc.freeze()
    assert len(list(Path("/proc/self/task").iterdir())) == 1
    order = serve(requests)
    while order is not None:
        try:
            become(order)
            runpy.run_module(order.module, run_name="__main__", alter_sys=True)
            order = None
        except Become as change:
            order = change.order


def import_all() -> None:
    """Import all modules of ours, but those that are about MLX or start when imported."""
    for package in (ocrqueue, workers):
        for path in _modules(package.__path__, package.__name__):
            importlib.import_module(path)
    importlib.import_module("tests.support.faulty")


def _modules(places: Sequence[str], package: str) -> Iterator[str]:
    for found in pkgutil.iter_modules(places):
        path = f"{package}.{found.name}"
        if path in NEVER or found.name == "__main__":
            continue
        yield path
        if found.ispkg:
            yield from _modules([str(Path(place) / found.name) for place in places], path)


def serve(requests: socket.socket) -> Order | None:
    """Fork for each order; return it in the fork, and None when nobody orders any more.

    The fork is a child of our parent, who ordered it: we fork somebody who forks it and ends, and
    our parent is meanwhile the parent of all orphans below it.
    """
    parent = os.getppid()
    while True:
        message, streams, _, _ = socket.recv_fds(requests, LONGEST, 4)
        if not message:
            return None
        if (between := os.fork()) == 0:
            if os.fork() != 0:
                os._exit(0)
            requests.close()
            return adopted(Order(**json.loads(message)), streams, parent)
        os.waitpid(between, 0)
        for stream in streams:
            os.close(stream)


def adopted(order: Order, streams: Sequence[int], parent: int) -> Order | None:
    """Wait until our parent is who ordered us, tell it our number, and return the order."""
    until = time.monotonic() + ADOPTED_S
    while os.getppid() != parent:
        if time.monotonic() > until:
            os._exit(1)
        threading.Event().wait(0.0005)
    if order.own_session:
        os.setsid()
    for number, stream in enumerate(streams[:3]):
        os.dup2(stream, number)
    os.write(streams[3], b"%d" % os.getpid())
    for stream in streams:
        if stream > 2:
            os.close(stream)
    return order if order.module not in STARTERS else with_a_server(order)


def with_a_server(order: Order) -> Order | None:
    """Return the order in a process that has a fork server of its own for its children."""
    requests, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        requests.close()
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nothing, number)
        os.close(nothing)
        os.chdir("/")
        return serve(ours)
    ours.close()
    server = ForkServer(requests, at_start(dict(os.environ)))  # noqa: TID251
    Popen.find_server = lambda: server
    subprocess.Popen = Popen  # type: ignore[assignment,misc]
    os.execve = become_instead_of_exec  # type: ignore[assignment]
    return order


def become_instead_of_exec(
    program: str, command: list[str], environment: Mapping[str, str]
) -> NoReturn:
    """Go on as another process of ours, or exec what is none."""
    order = Order.of(command, environment, Path.cwd(), session=False)
    if order is None:
        exec_it(program, command, environment)
    raise Become(order)


def become(order: Order) -> None:
    """Look like a process that was started for this order."""
    os.chdir(order.folder)
    os.environ.clear()  # noqa: TID251 - it becomes another's
    os.environ.update(order.environment)  # noqa: TID251
    show(order)
    tempfile.tempdir = None
    if not {"-P", "-I"} & set(order.command):
        sys.path[0] = order.folder
    sys.argv = [order.module, *order.arguments]
    sys.orig_argv = order.command
    for name in (order.module, *order.arguments[3:4]):  # runpy warns of what is there already
        if name.startswith(("workers.", "tests.")):
            sys.modules.pop(name, None)


def show(order: Order) -> None:
    """Let `ps` show the command and its environment."""
    arguments = b"".join(os.fsencode(word) + b"\0" for word in order.command)
    variables = b"".join(
        os.fsencode(f"{name}={value}") + b"\0" for name, value in order.environment.items()
    )
    for (start, end), shown in zip(memory(), (arguments, variables), strict=True):
        assert len(shown) < end - start
        ctypes.memset(start, 0, end - start)
        ctypes.memmove(start, shown, len(shown))


def memory() -> tuple[tuple[int, int], tuple[int, int]]:
    """Return where the arguments of this process lie, and where its first environment does."""
    told = Path("/proc/self/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(told[45]), int(told[46])), (int(told[47]), int(told[48]))


if __name__ == "__main__":
    main()
