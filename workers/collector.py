"""The process that assembles documents, and settles what nobody else will."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from ocrqueue.broker import connection, keys, monitor, queue_ops, recovery
from ocrqueue.broker.worker import PageWorker, make_worker
from ocrqueue.model.errors.operator import StorageAway
from ocrqueue.model.routing import CHECKER
from ocrqueue.pipeline import job_document, on_done, reconcile
from ocrqueue.settings.schema import Settings
from ocrqueue.settings.schema_told import OnDoneSettings
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
    with telling(url, settings.on_done):
        queue_client.work(worker)


@contextmanager
def telling(url: str, hook: OnDoneSettings) -> Iterator[None]:
    """Tell beside the work who wants to know what is done; at the end, what is left for a while."""
    on_done.install(hook)
    if not hook.is_wanted:
        yield
        return
    client, end = connection.connect_watcher(url), threading.Event()
    thread = threading.Thread(
        target=on_done.tell_on, args=(client, hook, end), daemon=True, name="hooks"
    )
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join(on_done.END_S)
        on_done.tell_rest(client, hook)


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
