"""The process that assembles documents, and settles what nobody else will."""

import sys
from datetime import UTC, datetime

from ocrqueue.broker import connection, keys
from ocrqueue.broker.worker import make_worker
from ocrqueue.pipeline import job_document, reconcile
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
    job_document.stay_below(settings.workers.root)
    worker.look_after = lambda: reconcile.sweep(
        client, datetime.now(UTC).isoformat(timespec="seconds")
    )
    queue_client.work(worker)


if __name__ == "__main__":
    main()
