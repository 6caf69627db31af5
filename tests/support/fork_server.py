"""A process that imports what ours import, and then forks for whoever has the other end.

    python -m tests.support.fork_server SOCKET PADDING

Nothing happens in it but importing: no thread, no connection, no file. Its arguments and its
environment are padded, so that a fork has room to write down there what `ps` is to show.
"""

import atexit
import contextlib
import ctypes
import fcntl
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
    RENDERER,
    STARTERS,
    ForkServer,
    Order,
    Popen,
    at_start,
)

NEVER = {"ocrqueue.backends.deepseek_mlx", "workers.mlx_worker", "workers.bench"}
ADOPTED_S = 20.0
MOST_DESCRIPTORS = 16  # that an order may bring
APART = 512  # above the descriptors that anybody asks to keep
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
            run(order.module)
            order = None
        except Become as change:
            order = change.order
    os._exit(0)


def run(module: str) -> None:
    """Run a module, and end as the interpreter does, but without taking apart what it imported.

    That takes longer than most of ours live. An end by an exception is left to the interpreter.
    """
    code = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if not isinstance(end.code, int | None):
            raise
        code = end.code or 0
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


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
        message, streams, _, _ = socket.recv_fds(requests, LONGEST, MOST_DESCRIPTORS)
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
    # None of them may lie where another one is to be.
    apart = [fcntl.fcntl(stream, fcntl.F_DUPFD_CLOEXEC, APART) for stream in streams]
    for stream in streams:
        os.close(stream)
    told = apart.pop(3)
    for stream, number in zip(apart, (0, 1, 2, *order.kept), strict=True):
        os.dup2(stream, number)
        os.close(stream)
    os.write(told, b"%d" % os.getpid())
    os.close(told)
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
    order = Order.of(command, environment, Path.cwd())
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
        if name.startswith(("workers.", "tests.")) or name == RENDERER:
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
