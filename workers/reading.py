"""One process that reads pages with one backend until it is told to stop."""

import os
import secrets
import socket
import sys

import psutil

from ocrqueue import jobs, logs, wiring
from ocrqueue.attempt import Tools
from ocrqueue.backends import factory
from ocrqueue.broker import connection
from ocrqueue.broker.worker import PageWorker, make_worker
from ocrqueue.settings import Settings
from workers import boot

MB = 1 << 20


def read_pages(backend_name: str) -> None:
    """Consume the queue of one backend, one page after another."""
    chosen = boot.begin()
    if "--supervised" in sys.argv[1:]:
        boot.hold_lifeline()
    client = connection.connect_worker(boot.wait_for_server(chosen))
    candidate = chosen.candidate(backend_name)
    backend = factory.create(candidate)
    name = f"{backend_name}-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
    with wiring.renderer_of(chosen) as renderer:
        tools = Tools(renderer=renderer, backend=backend, limit_s=candidate.timeout_s, worker=name)
        jobs.install(tools)
        jobs.stay_below(chosen.workers.root)
        worker = make_worker(client, backend_name, name=name)
        _tune(worker, chosen, candidate.timeout_s)
        logs.emit(logs.Event.WORKER_STARTED, worker=name, queue=backend_name, pid=os.getpid())
        try:
            worker.work(logging_level="WARNING")
        finally:
            backend.close()
            logs.emit(logs.Event.WORKER_STOPPED, worker=name, pages=worker.jobs_begun)


def _tune(worker: PageWorker, chosen: Settings, backend_s: float) -> None:
    worker.beat_s = chosen.queue.beat_s
    worker.missed_beats = chosen.queue.missed_beats
    worker.grace_s = chosen.queue.grace_s
    # Drawing may be tried twice (see render), then the backend has its time.
    worker.page_limit_s = 2 * chosen.render.timeout_s + backend_s + 10
    me = psutil.Process()

    def should_recycle() -> str:
        if 0 < chosen.workers.recycle_pages <= worker.jobs_begun:
            return f"{worker.jobs_begun} pages"
        ceiling = chosen.workers.memory_ceiling_mb
        # One page at least: a ceiling below what a worker needs must not keep it from working.
        if ceiling and worker.jobs_begun and me.memory_info().rss > ceiling * MB:
            return f"more than {ceiling} MB"
        return ""

    worker.should_recycle = should_recycle
