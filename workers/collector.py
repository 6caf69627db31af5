"""The process that assembles documents, and settles what nobody else will."""

import os
import secrets
import socket
import sys
from datetime import UTC, datetime

from ocrqueue import logs
from ocrqueue.broker import connection, keys
from ocrqueue.broker.worker import make_worker
from ocrqueue.pipeline import job_document, reconcile
from workers import startup


def main() -> None:
    """Collect documents until told to stop."""
    settings = startup.begin()
    url = startup.wait_for_server(settings)
    client = connection.connect_worker(url)
    if "--supervised" in sys.argv[1:]:
        # A server that was started with us has lost its supervisor too.
        owned = "--owns-server" in sys.argv[1:]
        startup.hold_lifeline(on_cut=(lambda: connection.shut_down(url)) if owned else lambda: None)
    name = f"collector-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
    worker = make_worker(client, keys.COLLECT_QUEUE, name=name)
    worker.beat_s = settings.queue.beat_s
    worker.missed_beats = settings.queue.missed_beats
    worker.grace_s = settings.queue.grace_s
    worker.page_limit_s = 600
    job_document.stay_below(settings.workers.root)
    worker.look_after = lambda: reconcile.sweep(
        client, datetime.now(UTC).isoformat(timespec="seconds")
    )
    worker.heed_signals()
    logs.emit(logs.Event.WORKER_STARTED, worker=name, queue=keys.COLLECT_QUEUE, pid=os.getpid())
    worker.work(logging_level="WARNING")
    logs.emit(logs.Event.WORKER_STOPPED, worker=name, pages=worker.jobs_begun)


if __name__ == "__main__":
    main()
