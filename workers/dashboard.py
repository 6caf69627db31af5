"""The process that serves rq-dashboard, with our jobs, to this machine.

It has no login: whoever reaches its address sees the names of the documents and may delete or
requeue their pages. So it listens on 127.0.0.1 unless `dashboard.host` says otherwise; set that
only where something in front asks who comes (a container's published port on 127.0.0.1, a tunnel).
"""

import logging
import signal
import sys

from flask import Flask
from werkzeug.serving import make_server

from ocrqueue import logs
from ocrqueue.model.errors.operator import OperatorError
from ocrqueue.web import dashboard
from workers import startup


def main() -> None:
    """Serve until told to stop; waits for the queue server first."""
    chosen = startup.begin()
    url = startup.wait_for_server(chosen)
    listen = chosen.dashboard
    try:
        app = dashboard.create_app(url, host=listen.host)
    except OperatorError as error:
        startup.end_because(error)
    serve(app, listen.host, listen.port)


def serve(app: Flask, host: str, port: int) -> None:
    """Answer requests, one thread each, until SIGTERM or Ctrl-C; ends the process."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line for every look
    server = make_server(host, port, app, threaded=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    shown = f"[{host}]" if ":" in host else host
    logs.emit(logs.Event.DASHBOARD_STARTED, address=f"http://{shown}:{port}/")
    server.serve_forever()


if __name__ == "__main__":
    main()
