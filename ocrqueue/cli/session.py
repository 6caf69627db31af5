"""`run`'s own processes: a supervisor with server, workers and collector, stopped at the end."""

import fcntl
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from typing import IO, Self

from ocrqueue import logs
from ocrqueue.broker import embedded_server
from ocrqueue.broker.connection import Client
from ocrqueue.cli import awake, readiness
from ocrqueue.model.errors.operator import WorkspaceBusy
from ocrqueue.model.routing import CHECKER
from ocrqueue.pipeline import status
from ocrqueue.settings import programs
from ocrqueue.settings.load import child_environ
from ocrqueue.settings.schema import Settings
from ocrqueue.settings.secrets import passed_on, without_key
from ocrqueue.workspace import descriptors
from ocrqueue.workspace.store import LOCK, LOG, Store

OLD_LOG = "log.old.jsonl"
LONGEST_LOG = 20 << 20  # bytes


@dataclass(slots=True, kw_only=True)
class Session:
    """The supervisor process and how to start it anew."""

    command: list[str]
    environment: dict[str, str]
    log: IO[bytes]
    url: str
    settings: Settings
    most: int  # workers of one kind
    needed: int = 1  # of a kind, as far as the supervisor was told
    wanted: bool = False
    process: "subprocess.Popen[bytes] | None" = None
    interrupted: bool = False  # somebody wanted an end while it stopped

    @classmethod
    def plan(cls, settings: Settings, store: Store, log: IO[bytes]) -> Self:
        """Return a session for the settings, not started."""
        command = programs.python("workers.supervisor", "--supervised", "--as-needed")
        url = settings.redis.url
        if not url:
            own = embedded_server.in_workspace(settings)
            readiness.prepare(own)
            url = own.url
            command += ["--server", "workspace"]
            settings = replace(settings, workers=replace(settings.workers, root=store.place))
        settings = replace(
            settings,
            workspace=replace(settings.workspace, path=store.place),
            on_done=replace(settings.on_done, quiet_s=0.0),  # who starts it knows when all is done
        )
        counts = worker_counts(settings)
        command += [f"{name}={count}" for name, count in counts.items()]
        command.append(f"collector={settings.workers.collector}")
        environment = child_environ(settings)
        if status.POOL not in counts:
            environment = without_key(environment)
        most = max(counts.values(), default=1)
        return cls(
            command=command, environment=environment, log=log, url=url, settings=settings, most=most
        )

    def begin(self) -> None:
        """Say that there is something to do; a run that finds nothing starts no process."""
        self.wanted = True

    def keep_alive(self) -> None:
        """Start the supervisor, also when it has died: what it looked after ended with it."""
        if not self.wanted:
            return
        if self.process is None or self.process.poll() is not None:
            self.needed = 1
            environment, along = passed_on(self.environment)
            self.process = programs.start(
                self.command,
                stdin=subprocess.PIPE,
                stdout=self.log,
                stderr=self.log,
                env=environment,
                pass_fds=along,
                start_new_session=True,
            )
            for descriptor in along:
                os.close(descriptor)
            awake.keep(self.settings, self.process.pid)

    def need(self, pages: int) -> None:
        """Say how many pages are left: no more workers of a kind are started than that."""
        more = min(pages, self.most) - self.needed
        if more > 0 and self.process and self.process.stdin:
            with suppress(BrokenPipeError):  # it is gone, and will be started anew
                os.write(self.process.stdin.fileno(), b"+" * more)
            self.needed += more

    def stop(self) -> None:
        """Stop everything in order; an interrupt meanwhile puts the pages in hand back at once."""
        process = self.process
        if process is None:
            return
        process.terminate()
        while True:
            try:
                process.wait()
                break
            except KeyboardInterrupt:
                self.interrupted = True
                process.terminate()
        if process.stdin:
            process.stdin.close()


def worker_counts(settings: Settings) -> dict[str, int]:
    """Return how many workers each backend gets: those that read, and who checks what models read.

    A machine that computes a model is left in peace: one process checks what that reads.
    """
    names = readiness.backends(settings)
    counts = {name: worker_count(settings, name) for name in names}
    if CHECKER not in names and readiness.wants_checks(settings):
        few = "deepseek-mlx" in names and not settings.workers.tesseract
        counts[CHECKER] = 1 if few else worker_count(settings, CHECKER)
    return counts


@contextmanager
def server(settings: Settings) -> Iterator[Client]:
    """Yield a client of the server that answers, or of the workspace's own, started meanwhile.

    Raises:
        ServerUnreachable: none answers, and none ever served this workspace.
    """
    own = embedded_server.in_workspace(settings)
    client = readiness.find_at_once(settings)
    if client is not None or settings.redis.url or not own.data.is_dir():
        yield client or readiness.find(settings)
        return
    readiness.prepare(own)
    process = programs.start(
        programs.python("workers.broker_server", "--workspace"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=without_key(child_environ(settings)),
        start_new_session=True,
    )
    try:
        yield readiness.find(settings)
    finally:
        process.terminate()
        process.wait()


def worker_count(settings: Settings, backend: str) -> int:
    """Return how many workers a backend gets: for Tesseract one a core unless set.

    A second process with a model beside the first would only wait for the machine's lease.
    """
    if backend == "openrouter":
        return settings.workers.openrouter
    return (settings.workers.tesseract or cores()) if backend == "tesseract" else 1


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def everything(settings: Settings, store: Store) -> Iterator[Session]:
    """Yield a session that starts with the first `begin`; its processes log into the workspace.

    Raises:
        WorkspaceBusy: another `run`, or a `watch`, works here.
        ServerUnreachable: the server that is set does not answer.
        ServerRefuses: it does, and nothing can be done there.
    """
    if settings.redis.url:
        readiness.find(settings).close()
    with _only_run(store), _open_log(store) as log:
        stream = open(log.fileno(), "w", closefd=False)  # noqa: SIM115
        logs.configure(**asdict(settings.logging), stream=stream)
        session = Session.plan(settings, store, log)
        previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            yield session
        finally:
            signal.signal(signal.SIGTERM, previous)
            session.stop()


@contextmanager
def _only_run(store: Store) -> Iterator[None]:
    path, at_once = store.root / LOCK, fcntl.LOCK_EX | fcntl.LOCK_NB
    with ExitStack() as held:
        try:
            held.enter_context(descriptors.locked(path, below=store.base, operation=at_once))
        except BlockingIOError as error:
            raise WorkspaceBusy(f"another `run` or `watch` works in {store.place}") from error
        yield


def _open_log(store: Store) -> IO[bytes]:
    with descriptors.folder(store.root, below=store.base) as folder, suppress(FileNotFoundError):
        if os.stat(LOG, dir_fd=folder, follow_symlinks=False).st_size > LONGEST_LOG:
            os.replace(LOG, OLD_LOG, src_dir_fd=folder, dst_dir_fd=folder)
    return descriptors.to_append(store.root / LOG, below=store.base)
