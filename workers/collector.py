"""The process that assembles documents, and settles what nobody else will."""

import sys
from contextlib import suppress
from datetime import UTC, datetime

from ocrqueue.broker import connection, keys, monitor, queue_ops, recovery
from ocrqueue.broker.worker import PageWorker, make_worker
from ocrqueue.model.errors.operator import StorageAway
from ocrqueue.model.routing import CHECKER
from ocrqueue.pipeline import job_document, reconcile
from ocrqueue.settings.schema import Settings
from workers import queue_client, startup


def main() -> None:
    """Collect documents until told to stop."""
    settings = startup.begin()
    url = queue_client.wait_for_server(settings)
    client = connection.connect_worker(url)
    if "--supervised" in sys.argv[1:]:
        # A server that was started with us has lost its supervisor too.
        owned = "--owns-server" in sys.argv[1:]
        startup.hold_lifeline(on_cut=(lambda: connection.shut_down(url)) if owned else lambda: None)
    name = keys.worker_name("collector")
    worker = make_worker(client, keys.COLLECT_QUEUE, settings.queue, name=name)
    worker.page_limit_s = 600
    job_document.settle_in(settings)
    worker.look_after = lambda: look_after(worker, settings)
    queue_client.work(worker)


def look_after(worker: PageWorker, settings: Settings) -> None:
    """Settle what was lost, and what waits for a check that nobody is there for."""
    client, now = worker.connection, datetime.now(UTC).isoformat(timespec="seconds")
    with suppress(StorageAway):  # the next time, then
        reconcile.sweep(client, now)
        if queue_ops.idle(client, [CHECKER]):
            return
        if not monitor.finds_checker(client, settings.queue.deserted_s):
            recovery.put_back_of(worker, CHECKER)
            reconcile.call_off_checks(client, now)


if __name__ == "__main__":
    main()
