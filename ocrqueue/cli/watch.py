"""`watch`: what comes into folders is converted as it comes, until somebody ends it."""

import math
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from threading import Event, Lock
from typing import Any

import click

from ocrqueue import logs
from ocrqueue.broker import connection, embedded_server
from ocrqueue.broker.connection import Client, Unreachable
from ocrqueue.cli import arguments, auto_route, file_options, options, output, readiness, session
from ocrqueue.cli.arguments import Batch
from ocrqueue.cli.echo import say
from ocrqueue.cli.manner import Manner, how_much
from ocrqueue.cli.sections import Sectioned
from ocrqueue.cli.session import Session
from ocrqueue.cli.summary import output_option
from ocrqueue.cli.wait import Producer, in_hand, look
from ocrqueue.cli.watch_news import News
from ocrqueue.inputs import completeness
from ocrqueue.inputs.arrivals import Arrivals
from ocrqueue.inputs.walk import Found
from ocrqueue.inputs.watch import Watch
from ocrqueue.model.errors.operator import UsageError, WorkspaceBusy
from ocrqueue.model.place import Place, absolute
from ocrqueue.pipeline import on_done
from ocrqueue.pipeline.summary import new_run
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace.store import Store

LOOK_S = 0.5  # how often the queue is looked at
MISSED = 20  # looks in vain before it is told: a server that starts anew answers sooner
END_S = 5.0  # how long the thread that queues files may take to end


@click.command(cls=Sectioned)
@click.argument(
    "folders", nargs=-1, required=True, type=file_options.PLACE, metavar="[FOLDER|s3://...]..."
)
@file_options.of_folders
@click.option(
    "--settle", type=float, metavar="SECONDS", help="So long a file rests before it is read.  [5]"
)
@click.option(
    "--poll", type=float, metavar="SECONDS", help="Look so often, whatever the system tells."
)
@click.option("--queue-only", is_flag=True, help="Leave the reading to workers that run elsewhere.")
@options.workers
@options.how_to_read
@options.priority
@how_much
@options.common
def watch(
    settings: Settings, *, folders: Sequence[Place], queue_only: bool, manner: Manner, **asked: Any
) -> None:
    """Convert what comes into folders, as it comes, until stopped; as `run` does.

    Begins with what is there. A file is read once it has rested for some seconds, and again when
    it has changed. Example:

        ocrqueue watch ~/Scans -o ~/Text
    """
    settings = auto_route.settle_and_tell(settings, quiet=manner.silent)
    _require_folders(folders)
    is_alone = not (queue_only or settings.redis.url)
    if is_alone:
        readiness.backends(settings)  # better refused now than when the first file has come
    store = Store.create(settings.workspace.folder)
    out = output_option(settings.workspace.output)
    desk, news = Desk(), News(store=store, manner=manner, out=out)
    files = _files(folders, settings, desk, news)
    batch = Batch.of(desk.one_by_one(files), settings, asked, news.left_out)
    with _until_stopped(news), batch.producing(store) as produce:
        worker, watcher = _clients(settings, is_alone=is_alone)
        queue = partial(produce, worker, run=new_run(), begin=desk.wanted.set)
        producer = Producer(queue, news.noted, desk.stopping)
        shift = Shift(store=store, desk=desk, news=news, producer=producer, watcher=watcher)
        places = ", ".join(str(folder) for folder in folders)
        news.talk(f"watching {places}; the Markdown goes to {settings.workspace.output}")
        producer.start()
        try:
            shift.work(settings) if is_alone else shift.serve()
        finally:
            desk.stopping.set()
            connection.stop_waiting()
            producer.join(END_S)


def _require_folders(places: Sequence[Place]) -> None:
    """Refuse what is not there now, or is no folder: better than to wait for it for ever.

    Raises:
        UsageError: it names them.
    """
    paths = [place for place in places if isinstance(place, Path)]
    arguments.require_there(paths)
    if files := [str(path) for path in paths if not path.is_dir()]:
        raise UsageError(f"{', '.join(files)}: not a folder; name the one in which it lies")


def _files(
    folders: Sequence[Place], settings: Settings, desk: "Desk", news: News
) -> Iterator[Found]:
    def find(folder: Place) -> Iterator[Found]:
        with suppress(UsageError):  # in a bucket there is nothing yet
            yield from arguments.walk([folder], settings, news.left_out)

    arrivals = Arrivals(
        settle_s=settings.watch.settle_s,
        clock=time.monotonic,
        is_open=completeness.is_open,
        lacks_end=completeness.lacks_end,
    )
    watched = Watch(
        folders=[absolute(folder) for folder in folders],
        ours=[one for one in settings.workspace.places if isinstance(one, Path)],
        find=find,
        arrivals=arrivals,
        poll_s=settings.watch.poll_s,
        stopping=desk.stopping,
        tell=lambda line: say(line, err=True),
        after_look=news.after_look,
    )
    return watched.files()


def _clients(settings: Settings, *, is_alone: bool) -> tuple[Client, Client]:
    """Return a client that waits out a server which is away, and one that does not.

    Raises:
        ServerUnreachable: others are to read, and no server of theirs answers.
    """
    if is_alone:
        url = embedded_server.in_workspace(settings).url
        return connection.connect_worker(url), connection.connect_watcher(url)
    both = connection.connect_worker, connection.connect_watcher
    worker, watcher = (readiness.find(settings, connect) for connect in both)
    return worker, watcher


@contextmanager
def _until_stopped(news: News) -> Iterator[None]:
    """End in order with SIGTERM and with Ctrl-C: that is how a watch ends."""
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        news.talk("stopped; what is not read yet is found by the same command")
    finally:
        signal.signal(signal.SIGTERM, previous)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the thread that queues files shares with the one that looks after the processes."""

    stopping: Event = field(default_factory=Event)
    wanted: Event = field(default_factory=Event)  # something is being queued
    busy: "Lock" = field(default_factory=Lock)  # held while a file is queued, or the server stops

    def one_by_one(self, files: Iterator[Found]) -> Iterator[Found]:
        """Yield the files, none of them while the server stops."""
        for one in files:
            with self.busy:
                yield one


@dataclass(slots=True, kw_only=True)
class Shift:
    """Looks after the processes that read, and what became of the files."""

    store: Store
    desk: Desk
    news: News
    producer: Producer
    watcher: Client
    missed: int = 0  # looks at the server in vain

    def work(self, settings: Settings) -> None:
        """Start everything when there is something to read, and stop it when nothing is left."""
        has_told = False
        while True:
            while not self.desk.wanted.is_set():
                self._pause()
            try:
                with session.everything(settings, self.store) as processes:
                    has_told = False
                    processes.begin()
                    self._serve_or_stop(processes, settings.watch.rest_s)
                    with suppress(*Unreachable):  # it is told when all is read the next time
                        on_done.tell_of_batch(self.watcher, self.store, settings.on_done)
            except WorkspaceBusy as error:
                if not has_told:
                    self.news.talk(f"{error}: what comes is read there")
                has_told = True
                self._look(None)
                self.desk.wanted.set()  # until we have looked after it ourselves
                self._pause()
                continue
            logs.configure(**asdict(options.quiet_unless_asked(settings)))
            self.desk.busy.release()
            if processes.interrupted:
                raise KeyboardInterrupt

    def serve(self, processes: Session | None = None, rest_s: float = math.inf) -> None:
        """Tell what comes of the files until nothing is left for so long; holds the desk then.

        Raises:
            OcrqueueError: what ended the thread that queues files.
        """
        quiet_since = time.monotonic()
        while True:
            self._pause()
            if processes is not None:
                processes.keep_alive()
            if not self._look(processes):
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since >= rest_s and self.desk.busy.acquire(
                blocking=False
            ):
                if not self.desk.wanted.is_set():
                    return
                self.desk.busy.release()

    def _serve_or_stop(self, processes: Session, rest_s: float) -> None:
        try:
            self.serve(processes, rest_s)
        except KeyboardInterrupt:
            self.desk.stopping.set()
            output.tell_stopping(in_hand(self.watcher, self.store))
            raise

    def _pause(self) -> None:
        self.producer.join(LOOK_S)
        if self.producer.failure is not None:
            raise self.producer.failure

    def _look(self, processes: Session | None) -> bool:
        """Tell what there is to tell; return whether nothing is left, or nobody could read it."""
        was_wanted = self.desk.wanted.is_set()
        self.desk.wanted.clear()
        self.news.take_over()
        now = look(self.watcher, self.store)
        if isinstance(now, str):
            self.missed += 1
            if self.missed == MISSED:
                self.news.talk(f"waiting: the queue server {now}")
            return False
        self.missed = 0
        if processes is not None:
            processes.need(now.pending)
        self.news.tell(now)
        return not was_wanted and (now.finished or bool(now.unread))
