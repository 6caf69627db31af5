"""The process that serves rq-dashboard, with our jobs, to its owner.

Its pages show the names of the documents, and can delete or requeue their pages: they are for
whoever has the address that is printed here, once, on standard output. The token in it is in no
log. It speaks plain HTTP and listens on 127.0.0.1 unless `dashboard.host` says otherwise; set that
only where nobody can listen in (a container's published port on 127.0.0.1, a tunnel).
"""

import logging
import signal
import sys

from flask import Flask
from werkzeug.serving import make_server

from ocrqueue import logs
from ocrqueue.model.errors.operator import OperatorError
from ocrqueue.web import dashboard
from ocrqueue.web.admission import Admission
from workers import queue_client, startup


def main() -> None:
    """Serve until told to stop; waits for the queue server first."""
    settings = startup.begin()
    url = queue_client.wait_for_server(settings)
    listen = settings.dashboard
    admission = Admission(port=listen.port)
    try:
        app = dashboard.create_app(url, host=listen.host, admission=admission)
    except OperatorError as error:
        startup.end_because(error)
    serve(app, listen.host, admission)


def serve(app: Flask, host: str, admission: Admission) -> None:
    """Answer requests, one thread each, until SIGTERM or Ctrl-C; ends the process."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line for every look
    server = make_server(host, admission.port, app, threaded=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    print(f"dashboard: {admission.address(host)}", flush=True)  # noqa: T201 - never into a log
    shown = f"[{host}]" if ":" in host else host
    logs.emit(logs.Event.DASHBOARD_STARTED, address=f"http://{shown}:{admission.port}/")
    server.serve_forever()


if __name__ == "__main__":
    main()
