"""What the processes do that work on the queue: find its server, take jobs until told to stop."""

import os
import time

from ocrqueue import logs
from ocrqueue.broker import connection, embedded_server
from ocrqueue.broker.worker import PageWorker
from ocrqueue.model.errors.operator import OperatorError
from ocrqueue.settings.schema import Settings

LOOK_S = 0.1  # how often a server that is not there yet is looked for
REFUSED_S = 2.0  # how often one is asked again that let us not in
TELL_S = 10.0  # how often we say that we still wait


def wait_for_server(settings: Settings) -> str:
    """Return the address of the server that answers first and lets us in, waiting until one does.

    What keeps us out is told in the log: a password, or a certificate that is not trusted.
    """
    told = 0.0
    places = embedded_server.addresses(settings)
    while True:
        why = "nobody answers"
        if url := connection.first_answering(places):
            try:
                connection.connect(url).close()
            except OperatorError as error:
                why = str(error)
            else:
                return url
        if time.monotonic() - told > TELL_S:
            told = time.monotonic()
            masked = [connection.masked(url) for url in places]
            logs.emit(logs.Event.SERVER_AWAITED, addresses=masked, error=why)
        time.sleep(REFUSED_S if url else LOOK_S)


def work(worker: PageWorker) -> None:
    """Let a worker take jobs until it is told to stop, or ends by itself."""
    worker.heed_signals()
    queue = worker.queues[0].name
    logs.emit(logs.Event.WORKER_STARTED, worker=worker.name, queue=queue, pid=os.getpid())
    try:
        worker.work(logging_level="WARNING")
    finally:
        logs.emit(logs.Event.WORKER_STOPPED, worker=worker.name, pages=worker.jobs_begun)
