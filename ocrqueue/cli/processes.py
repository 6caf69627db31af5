"""`server`, `worker`, `up`, `dashboard` and `review`: the long-running processes.

Each replaces this process by the module that is meant: signals go straight to it.
"""

import os

import click

from ocrqueue.backends import factory
from ocrqueue.broker import embedded_server, keys
from ocrqueue.cli import auto_route, awake, options, readiness, session
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.pipeline import status
from ocrqueue.settings import programs
from ocrqueue.settings.load import child_environ
from ocrqueue.settings.schema import Settings
from ocrqueue.settings.secrets import passed_on, without_key
from ocrqueue.workspace.store import Store

KINDS = ("tesseract", "mlx", "openrouter", "replay", "collector", "scripted")
BACKENDS = {"mlx": "deepseek-mlx"}  # where a kind of worker is not called as its backend


@click.command()
@click.option("--data", type=click.Path(), metavar="DIR", help="Folder for its data.")
@options.common
def server(settings: Settings) -> None:
    """Run the embedded queue server in the foreground.

    Without -o or --workspace it is your standing server: every command of yours finds it.
    """
    prepare(settings)
    become(settings, "broker_server", f"--{place(settings)}")


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.option(
    "-n", "--number", type=click.IntRange(min=1), default=1, metavar="N", help="Processes.  [1]"
)
@options.common
def worker(settings: Settings, *, kind: str, number: int) -> None:
    """Run workers of one kind until stopped; waits for the server, restarts what dies.

    The first SIGTERM or Ctrl-C lets each finish its page, a second one puts the pages back.
    """
    if kind == "mlx" and number > 1:
        raise UsageError("one process of a machine computes with MLX: -n is 1")
    if kind == "mlx":
        readiness.require_model(settings.candidate(BACKENDS[kind]))
    if kind == "scripted":
        factory.require(kind)
    look(settings)
    become(settings, "supervisor", f"{BACKENDS.get(kind, kind)}={number}")


@click.command()
@options.workers
@options.common
def up(settings: Settings) -> None:
    """Run server, workers and collector until stopped; enqueue from another terminal."""
    settings = auto_route.settle_and_tell(settings)
    counts = [f"{name}={count}" for name, count in session.worker_counts(settings).items()]
    own_server = [] if settings.redis.url else ["--server", place(settings)]
    if own_server:
        prepare(settings)
    else:
        look(settings)
    awake.keep(settings, os.getpid())  # the supervisor's, when it has replaced us
    become(settings, "supervisor", *own_server, *counts, f"collector={settings.workers.collector}")


@click.command()
@options.port
@options.common
def dashboard(settings: Settings) -> None:
    """Serve rq-dashboard on 127.0.0.1: queues, jobs, failures and their reasons.

    Open the address that it prints: without its token nobody sees anything.
    """
    look(settings)
    become(settings, "dashboard")


@click.command()
@options.port
@options.common
def review(settings: Settings) -> None:
    """Look at pages beside their text, doubtful ones first, and correct them.

    Open the address that it prints: without its token nobody sees anything. Needs no server.
    """
    Store.open(settings.workspace.folder)
    become(settings, "dashboard", "review")


def kind_of(queue: str) -> str:
    """Return the kind of worker that serves a queue."""
    kinds = {backend: kind for kind, backend in BACKENDS.items()}
    return "collector" if queue == keys.COLLECT_QUEUE else kinds.get(queue, queue)


def prepare(settings: Settings) -> None:
    """Make the folders of the server that is meant."""
    readiness.prepare(embedded_server.called(place(settings), settings))


def look(settings: Settings) -> None:
    """Refuse a server that answers and that nobody could work with; one that is away may come.

    Raises:
        ServerRefuses: it says why.
    """
    if client := readiness.find_at_once(settings):
        client.close()


def place(settings: Settings) -> str:
    """Return whose server is meant: a named workspace's, or the user's standing one."""
    keys = ("workspace.output", "workspace.path")
    named = any(settings.is_given(key) for key in keys)
    return "workspace" if named else "standing"


def become(settings: Settings, module: str, *arguments: str) -> None:
    """Replace this process by a module of `workers`; the key goes along where workers need it."""
    command = programs.python(f"workers.{module}", *arguments)
    pays = any(argument.startswith(f"{status.POOL}=") for argument in arguments)
    environment = child_environ(settings)
    environment, along = passed_on(environment) if pays else (without_key(environment), ())
    programs.become(command, environment, keep=along)
