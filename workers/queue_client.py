"""What the processes do that work on the queue: find its server, take jobs until told to stop."""

import os
import time

from ocrqueue import logs
from ocrqueue.broker import connection, embedded_server
from ocrqueue.broker.worker import PageWorker
from ocrqueue.settings.schema import Settings

LOOK_S = 0.1  # how often a server that is not there yet is looked for
TELL_S = 10.0  # how often we say that we still wait


def wait_for_server(settings: Settings) -> str:
    """Return the address of the server that answers first, waiting until one does."""
    told = 0.0
    while True:
        if url := connection.first_answering(embedded_server.addresses(settings)):
            return url
        if time.monotonic() - told > TELL_S:
            told = time.monotonic()
            places = [connection.masked(url) for url in embedded_server.addresses(settings)]
            logs.emit(logs.Event.SERVER_AWAITED, addresses=places)
        time.sleep(LOOK_S)


def work(worker: PageWorker) -> None:
    """Let a worker take jobs until it is told to stop, or ends by itself."""
    worker.heed_signals()
    queue = worker.queues[0].name
    logs.emit(logs.Event.WORKER_STARTED, worker=worker.name, queue=queue, pid=os.getpid())
    try:
        worker.work(logging_level="WARNING")
    finally:
        logs.emit(logs.Event.WORKER_STOPPED, worker=worker.name, pages=worker.jobs_begun)
