"""The process that serves the review, and rq-dashboard with our jobs, to their owner.

Its pages show the names of the documents, and can delete or requeue their pages: they are for
whoever has the address that is printed here, once, on standard output. The token in it is in no
log. It speaks plain HTTP and listens on 127.0.0.1 unless `dashboard.host` says otherwise; set that
only where nobody can listen in (a container's published port on 127.0.0.1, a tunnel).
"""

import logging
import signal
import sys
from contextlib import ExitStack

from flask import Flask
from werkzeug.serving import make_server

from ocrqueue import logs
from ocrqueue.model.errors.operator import OperatorError, WorkspaceUnusable
from ocrqueue.pipeline.order import renderer_of
from ocrqueue.settings.schema import Settings
from ocrqueue.settings.secrets import key_in_file
from ocrqueue.web import dashboard, review
from ocrqueue.web.admission import Admission
from ocrqueue.web.review_desk import ReviewDesk
from ocrqueue.web.review_index import ReviewIndex
from ocrqueue.workspace.store import Store
from workers import queue_client, startup

REVIEW = "review"  # its argument where only the review is wanted


def main() -> None:
    """Serve until told to stop; for more than the review it waits for the queue server."""
    settings = startup.begin()
    listen = settings.dashboard
    with ExitStack() as stack:
        try:
            file = listen.metrics_token_file
            metrics = key_in_file(file) if file else None  # read once
            admission = Admission(port=listen.port, metrics=metrics)
            app = _app(settings, admission, stack)
        except OperatorError as error:
            startup.end_because(error)
        serve(app, listen.host, admission)


def _app(settings: Settings, admission: Admission, stack: ExitStack) -> Flask:
    host = settings.dashboard.host
    if _asked() == REVIEW:
        own = _desk(settings, Store.open(settings.workspace.folder), stack)
        return review.create_app(own, host=host, admission=admission)
    url = queue_client.wait_for_server(settings)
    desk = _desk_if_any(settings, stack)
    return dashboard.create_app(
        url, host=host, admission=admission, desk=desk, remote=settings.remote
    )


def _asked() -> str:
    return REVIEW if sys.argv[1:] == [REVIEW] else "dashboard"


def _desk_if_any(settings: Settings, stack: ExitStack) -> ReviewDesk | None:
    """Return the review of the workspace that is named; None where there is none yet."""
    try:
        return _desk(settings, Store.open(settings.workspace.folder), stack)
    except WorkspaceUnusable:
        return None


def _desk(settings: Settings, store: Store, stack: ExitStack) -> ReviewDesk:
    renderer, reader = (stack.enter_context(renderer_of(settings)) for _ in range(2))
    index = ReviewIndex(store)
    index.look()  # what the first page would wait for is read meanwhile
    return ReviewDesk(store=store, settings=settings, index=index, renderer=renderer, reader=reader)


def serve(app: Flask, host: str, admission: Admission) -> None:
    """Answer requests, one thread each, until SIGTERM or Ctrl-C; ends the process."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line for every look
    server = make_server(host, admission.port, app, threaded=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    print(f"{_asked()}: {admission.address(host)}", flush=True)  # noqa: T201 - never into a log
    shown = f"[{host}]" if ":" in host else host
    logs.emit(logs.Event.DASHBOARD_STARTED, address=f"http://{shown}:{admission.port}/")
    server.serve_forever()


if __name__ == "__main__":
    main()
