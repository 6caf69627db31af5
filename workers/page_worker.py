"""One process that reads pages with one backend until it is told to stop."""

import sys
from collections.abc import Callable
from contextlib import closing

from ocrqueue.backends import factory
from ocrqueue.backends.base import Backend, KeepsModel
from ocrqueue.broker import connection, monitor
from ocrqueue.broker.failures import PageLimit
from ocrqueue.broker.progress import Teller, Told
from ocrqueue.broker.worker import PageWorker, make_worker
from ocrqueue.pipeline import job_document, read_page
from ocrqueue.pipeline.attempt import Progress, Tools
from ocrqueue.render.prefetch import Ahead
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.engines import Candidate
from ocrqueue.settings.schema import Settings
from workers import queue_client, startup
from workers.memory_limit import Ceiling

Equip = Callable[[Tools, PageWorker, Settings], Tools]


def as_it_is(tools: Tools, *_: object) -> Tools:
    """Return the tools: most backends need no more."""
    return tools


def read_pages(
    backend_name: str,
    *,
    before: Callable[[Candidate, str], None] = lambda _candidate, _url: None,
    equip: Equip = as_it_is,
) -> None:
    """Consume the queue of one backend, one page after another.

    `before` is called with the server's address before anything of the backend is loaded; `equip`
    adds to tools and worker what this backend needs.
    """
    settings = startup.begin()
    if "--supervised" in sys.argv[1:]:
        startup.hold_lifeline()
    candidate = settings.candidate(backend_name)
    url = queue_client.wait_for_server(settings)
    before(candidate, url)
    backend = factory.create(candidate)
    model = backend if isinstance(backend, KeepsModel) else None
    ceiling = Ceiling(limit_mb=settings.workers.memory_ceiling_mb, model=model)
    renderer = Renderer(settings.render)
    with closing(_drawing(renderer, backend, url)) as drawing, closing(backend):
        worker = make_worker(connection.connect_worker(url), backend_name, settings.queue)
        tools = Tools(
            renderer=drawing,
            backend=backend,
            own=candidate,
            limit_s=candidate.timeout_s,
            worker=worker.name,
            remote=candidate.is_remote,
            engine=factory.witness(settings, backend_name),
            finds_checker=lambda: monitor.finds_checker(
                worker.connection, settings.queue.deserted_s
            ),
            peak_mb=ceiling.peak_mb,
            on_progress=_listener(Teller(connection.connect_watcher(url), worker.name), ceiling),
        )
        job_document.settle_in(settings)
        _tune(worker, settings, candidate.timeout_s, ceiling)
        read_page.install(equip(tools, worker, settings))
        queue_client.work(worker)


def _drawing(renderer: Renderer, backend: Backend, url: str) -> Ahead | Renderer:
    """Return what draws pages: ahead, where one process has a queue to itself, and is slow."""
    mode = backend.image_mode
    if mode is None or not isinstance(backend, KeepsModel):
        return renderer
    watcher = connection.connect_watcher(url)
    return Ahead(renderer, lambda: read_page.upcoming(watcher, backend.name, mode))


def _listener(teller: Teller, ceiling: Ceiling) -> Callable[[Progress], None]:
    """Return what is called while a page is read: between two tokens, if the backend streams."""

    def listen(progress: Progress) -> None:
        ceiling.look(progress)
        if progress.tokens:
            told = Told(
                document=progress.document.id,
                page=progress.page,
                tokens=progress.tokens,
                tokens_per_s=progress.tokens_per_s,
                first_token_s=progress.first_token_s,
            )
            teller.tell(told)

    return listen


def _tune(worker: PageWorker, settings: Settings, backend_s: float, ceiling: Ceiling) -> None:
    # Drawing may be tried twice (see render), then the backend has its time.
    page_s = 2 * settings.render.timeout_s + backend_s + settings.queue.grace_s
    model = ceiling.model
    load_s = model.load_timeout_s if model else 0.0
    if model is not None:
        PageLimit.last_resort_s = settings.queue.grace_s + 2 * settings.queue.beat_s
    worker.page_limit_s = page_s + load_s

    def should_recycle() -> str:
        if not worker.jobs_begun:
            # One page at least: a ceiling below what a worker needs must not keep it from working.
            return ""
        if model is not None:
            worker.page_limit_s = page_s if model.is_loaded else page_s + load_s
            if model.broken:
                return model.broken
        if 0 < settings.workers.recycle_pages <= worker.jobs_begun:
            return f"{worker.jobs_begun} pages"
        return f"more than {ceiling.limit_mb} MB" if ceiling.is_exceeded() else ""

    worker.should_recycle = should_recycle
