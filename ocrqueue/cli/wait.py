"""Producing in the background while the progress is shown, until all is settled."""

import math
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from ocrqueue import logs
from ocrqueue.broker import keys
from ocrqueue.broker.connection import Client, Unreachable, refusal
from ocrqueue.cli.echo import say_less_and_less
from ocrqueue.cli.progress import ProgressLine, ProgressMeter
from ocrqueue.cli.session import Session
from ocrqueue.pipeline import status
from ocrqueue.pipeline.entry import Entry
from ocrqueue.pipeline.status import Now
from ocrqueue.pipeline.summary import record
from ocrqueue.workspace.store import Store

LOOK_S = 0.25
PLAIN_FIRST_S, PLAIN_MOST_S = 5.0, 60.0
Queue = Callable[..., Iterable[Entry]]  # called with `should_stop`, queues what it yields


class Producer(threading.Thread):
    """Goes through the inputs in the background; memory does not grow with their number.

    `noted` takes each entry as it comes, and passes it on. It ends early where `stopping` is set.
    """

    def __init__(
        self,
        queue: Queue,
        noted: Callable[[Iterable[Entry]], Iterable[Entry]],
        stopping: threading.Event | None = None,
    ) -> None:
        super().__init__(daemon=True, name="producer")
        self.stopping = stopping or threading.Event()
        self.failure: BaseException | None = None
        self._entries = noted(queue(should_stop=self.stopping.is_set))

    def run(self) -> None:
        """Go through all of them; what ends it early stands in `failure`."""
        began, documents, queued = time.monotonic(), 0, 0
        try:
            for entry in self._entries:
                documents += 1
                queued += entry.queued
                _log(entry)
                if self.stopping.is_set():
                    break
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
            self.failure = error
        finally:
            seconds = round(time.monotonic() - began, 3)
            logs.emit(
                logs.Event.ENQUEUE_FINISHED, documents=documents, queued=queued, seconds=seconds
            )


@dataclass(slots=True, kw_only=True)
class Patience:
    """Notices when nobody is there who could go on, or a folder does not come back."""

    seconds: float
    service_s: float = math.inf  # for a service that lets nothing pass
    away_s: float = 0.0  # for a folder that is out of sight; 0: however long
    since: float | None = None

    def is_over(self, now: Now) -> bool:
        """Return whether all that is left has waited for long enough."""
        if not now.unread:
            self.since = None
            return False
        self.since = self.since or time.monotonic()
        limit_s = self.service_s if now.may_pass else self.seconds
        if now.is_out_of_sight:
            limit_s = self.away_s or math.inf
        if time.monotonic() - self.since < limit_s:
            return False
        logs.emit(logs.Event.QUEUE_UNREAD, queues=now.unread, pages=now.pending)
        return True


def produce_and_wait(
    queue: Queue,
    store: Store,
    run: str,
    *,
    watcher: Client,
    silent: bool,
    session: Session | None = None,
    left_out: Mapping[str, int] | None = None,
    patience: Patience | None = None,
) -> Now | None:
    """Show progress until the producer is through and every document is collected.

    Returns what was seen last; None: there was nothing to do. The processes of the session are kept
    alive meanwhile, and it hears how many pages are left.

    `left_out` is filled by the queue, and noted with the run.

    Ends as well when its patience is over: all that is left waits for backends that nobody runs
    here (an earlier command has queued it), for a service that lets nothing pass, or for a folder
    that is away.

    Raises:
        KeyboardInterrupt: the user wants to stop.
        OcrqueueError: what ended the producer.
    """
    producer = Producer(queue, partial(record, store, run, left_out=left_out))
    producer.start()
    meter, patience = ProgressMeter(), patience or Patience(seconds=math.inf)
    with screen(silent=silent) as show:
        try:
            while True:
                over = not producer.is_alive()
                pause = time.sleep if over else producer.join
                pause(LOOK_S)
                if producer.failure is not None:
                    raise producer.failure
                if session is not None and not session.wanted:
                    if over:
                        return None  # there was nothing to do
                    continue
                if session is not None:
                    session.keep_alive()
                if isinstance(now := look(watcher, store), str):
                    if (line := meter.without_server(now)) is not None:
                        show(line)
                    continue  # the server is being restarted
                if session is not None:
                    session.need(now.pending)
                show(meter.read(now, counting=not over))
                if over and (now.finished or patience.is_over(now)):
                    return now
        finally:
            producer.stopping.set()


def in_hand(watcher: Client, store: Store) -> int:
    """Return how many pages are being read now; 0 where that cannot be told."""
    now = look(watcher, store)
    workers = () if isinstance(now, str) else now.workers
    readers = [one for one in workers if one.queue != keys.COLLECT_QUEUE]
    return sum(one.state == "busy" for one in readers)


@contextmanager
def screen(*, silent: bool) -> Iterator[Callable[[ProgressLine], None]]:
    """Yield what shows a look at the work: nowhere, on the terminal, or line by line."""
    if silent:
        yield lambda _: None
    elif sys.stderr.isatty():
        from ocrqueue.cli import panel  # noqa: PLC0415 - rich costs a quarter of a start

        with panel.live() as show:
            yield show
    else:
        tell = say_less_and_less(PLAIN_FIRST_S, PLAIN_MOST_S)
        yield lambda progress: tell(str(progress), about=progress.trouble)


def look(watcher: Client, store: Store) -> Now | str:
    """Return what the queue says, or what its server does instead."""
    try:
        return status.now(watcher, store)
    except Unreachable as error:
        return refusal(error) or "does not answer"


def _log(entry: Entry) -> None:
    logs.emit(
        logs.Event.ENQUEUE_DOCUMENT,
        source=entry.source,
        action=entry.action,
        pages=entry.pages,
        queued=entry.queued,
        reused=entry.reused,
        error=entry.error,
        message=entry.message,
    )
