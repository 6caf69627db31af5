"""Starts processes of ours as forks of one that has imported what they import.

An exec of Python takes 0.8 CPU seconds, nearly all for imports; a fork takes some milliseconds. The
fork is told apart from an exec by nothing that a test looks at: it is our child, in a session of
its own, with the arguments, environment, folder and streams that were asked for; `ps` shows them,
and it ends as the interpreter ends. What no fork can prove, that the real command line imports all
it needs and passes on what it should, is proven by the tests in `system/test_entry_points.py`.

A process that computes with MLX must not be a fork: those are always started by exec, as is
everything on a Mac, and what is measured by `coverage`.
"""

import ctypes
import functools
import inspect
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

from ocrqueue.settings import programs

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "OCRQUEUE_"
SERVER = "tests.support.fork_server"
RENDERER = "ocrqueue.render.child"
READERS = {f"workers.{name}_worker" for name in ("openrouter", "replay", "scripted", "tesseract")}
FORKED = {
    *("ocrqueue", "tests.support.faulty", RENDERER),
    *READERS,
    *(f"workers.{name}" for name in ("broker_server", "collector", "dashboard", "supervisor")),
}
# Have Python children.
STARTERS = {"ocrqueue", "workers.supervisor", "tests.support.faulty", *READERS}
# What the interpreter and its libraries read of the environment while they start.
AT_START = ("COV", "LANG", "LC_", "LD_", "MALLOC", "PYTHON", "TZ")
SAFE_PATH = "PYTHONSAFEPATH"  # does what the flags -I and -P do, which ours are started with
LONGEST = 1 << 17  # bytes of an order
ROOM_FOR_ARGUMENTS, ROOM_FOR_ENVIRONMENT = 1 << 13, 1 << 15  # bytes that `ps` can be shown
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a fork is to become."""

    command: list[str]
    module: str
    arguments: list[str]
    environment: dict[str, str]
    folder: str
    own_session: bool
    kept: list[int]  # numbers of the descriptors that it has beside its streams

    @classmethod
    def of(
        cls, command: Sequence[Any], environment: Mapping[str, str], folder: Any, **how: Any
    ) -> Self | None:
        """Return what a command means; None if a fork could not become that.

        `how`: `session`, whether it has its own; `kept`, which descriptors.
        """
        words = [os.fsdecode(word) for word in command]
        flags = [word for word in words[1:] if word.startswith("-")]
        if words[0] != sys.executable or "-m" not in flags:
            return None
        if SAFE_PATH in environment and not {"-I", "-P"} & {*flags}:
            return None
        at = words.index("-m") + 1
        if words[1:at] != flags[: at - 1] or words[at] not in FORKED:
            return None
        if words[at] == "tests.support.faulty" and not FORKED.issuperset(words[at + 4 : at + 5]):
            return None
        return cls(
            command=words,
            module=words[at],
            arguments=words[at + 1 :],
            environment=dict(environment),
            folder=os.fsdecode(folder or Path.cwd()),
            own_session=bool(how.get("session")),
            kept=list(how.get("kept", ())),
        )


class Popen(subprocess.Popen[bytes]):
    """A child that is forked if a fork can become it, and started by exec if not."""

    find_server: "ClassVar[Callable[[], ForkServer | None]]" = lambda: None

    def _execute_child(self, *given: Any) -> None:  # of subprocess, on POSIX
        call = inspect.signature(super()._execute_child).bind(*given).arguments  # type: ignore[misc]
        environment = call["env"] or dict(os.environ)  # noqa: TID251
        order = Order.of(
            *(call["args"], environment, call["cwd"]),
            session=call["start_new_session"],
            kept=call["pass_fds"],
        )
        server = Popen.find_server() if order is not None else None
        if order is None or server is None or not server.is_like(environment):
            super()._execute_child(*given)  # type: ignore[misc]
            return
        pipes = [call["p2cread"], call["c2pwrite"], call["errwrite"]]
        streams = [own if pipe == -1 else pipe for own, pipe in enumerate(pipes)]
        self.pid = server.fork(order, streams)
        self._child_created = True
        ends = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
        self._close_pipe_fds(*(call[end] for end in ends))  # type: ignore[attr-defined]


def start_drawing(command: Sequence[str], *, env: Mapping[str, str], **options: Any) -> Popen:
    """Start the child that draws as a fork; where it is isolated, PYTHON* means nothing to it."""
    hidden = "PYTHON" if "-I" in command else SAFE_PATH
    told = {name: value for name, value in env.items() if not name.startswith(hidden)}
    return Popen(command, cwd=programs.FOLDER, env=told, **options)


@dataclass(slots=True)
class ForkServer:
    """A process, forked before anything happened in it, that forks what we ask it for."""

    requests: socket.socket
    like: dict[str, str]  # what it was started with
    one: threading.Lock = field(default_factory=threading.Lock)  # of our threads at a time

    def is_like(self, environment: Mapping[str, str]) -> bool:
        """Return whether the server started as a process with this environment would."""
        wanted = at_start(environment)
        return {**self.like, **wanted} == self.like and not any(n.startswith("COV") for n in wanted)

    def fork(self, order: Order, streams: Sequence[int]) -> int:
        """Return the process number of a child of ours that becomes what was ordered."""
        reading, writing = os.pipe()
        try:
            message = json.dumps(asdict(order)).encode()
            with self.one, adopting():
                socket.send_fds(self.requests, [message], [*streams, writing, *order.kept])
                os.close(writing)
                writing = -1
                told = os.read(reading, 20)
        finally:
            os.close(reading)
            if writing != -1:
                os.close(writing)
        if not told:
            problem = f"the fork server gave no child for {order.command}"
            raise ChildProcessError(problem)
        return int(told)


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without our settings, in which our packages are found.

    Byte code is kept, also where who runs the tests keeps none: each start would compile anew.
    """
    foreign = {name: value for name, value in environment.items() if not name.startswith(PREFIX)}
    foreign.pop("PYTHONDONTWRITEBYTECODE", None)
    foreign.pop("XDG_CONFIG_HOME", None)  # it may lead to a configuration
    return {**foreign, "PYTHONPATH": str(ROOT)}


def at_start(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what of an environment makes processes start differently."""
    found = {name: value for name, value in environment.items() if name.startswith(AT_START)}
    found.pop(SAFE_PATH, None)
    return found


@contextmanager
def adopting() -> Iterator[None]:
    """Be the parent of what our descendants leave behind meanwhile: so their fork is our child."""
    system = ctypes.CDLL(None, use_errno=True)
    system.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        system.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@contextmanager
def forks() -> Iterator[None]:
    """Let what is started meanwhile be forked where it can be, by a server of this process."""
    if sys.platform != "linux":
        yield
        return
    started: list[tuple[ForkServer, subprocess.Popen[bytes]]] = []

    @functools.cache
    def find_server() -> ForkServer:
        started.append(start())
        return started[0][0]

    Popen.find_server = find_server
    yield
    Popen.find_server = lambda: None
    for server, process in started:
        server.requests.close()
        process.wait()


def start() -> tuple[ForkServer, subprocess.Popen[bytes]]:
    """Return a new server and its process, which ends when its socket is closed."""
    own = dict(os.environ)  # noqa: TID251 - a child's environment is made from ours
    environment = {**clean(own), "OCRQUEUE_PADDING": "x" * ROOM_FOR_ENVIRONMENT}
    requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        number = str(theirs.fileno())
        process = subprocess.Popen(
            [sys.executable, "-m", SERVER, number, "x" * ROOM_FOR_ARGUMENTS],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=environment,
            cwd=ROOT,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
    return ForkServer(requests, at_start(environment)), process
