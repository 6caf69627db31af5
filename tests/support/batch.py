"""A workspace with documents that need no PDF: their pages are read by script, in this process."""

import hashlib
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from redis import Redis

from demo.scripted import Scripted
from ocrqueue.broker import connection, keys, queue_ops, scripts
from ocrqueue.broker.page_job import PageJob
from ocrqueue.broker.queue_ops import LiveDocument
from ocrqueue.broker.worker import PageWorker, make_worker
from ocrqueue.inputs import fingerprint
from ocrqueue.model.document import Document, Kind, RouteStep
from ocrqueue.model.place import Place
from ocrqueue.pipeline import feeder, read_page
from ocrqueue.pipeline.attempt import Tools
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.engines import ScriptedSettings
from ocrqueue.settings.schema import OutputSettings, QueueSettings, RenderSettings
from ocrqueue.workspace import sources
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store
from tests.support.readings import a_reading

KEPT = QueueSettings(result_ttl_s=600, failure_ttl_days=0.1)
LIMITS = RenderSettings(timeout_s=30, memory_mb=1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One document in a workspace, and its name in the queue."""

    store: Store
    document: Document
    output: Output
    live: LiveDocument
    client: Redis

    @property
    def key(self) -> str:
        return self.live.key

    def queue_pages(self, *numbers: int) -> list[int]:
        """Queue these pages, all if none is named, and close the list."""
        queue_ops.open_document(self.client, self.live, KEPT)
        chosen = numbers or range(1, self.document.pages + 1)
        added = queue_ops.add_pages(self.client, self.live, list(chosen), KEPT)
        scripts.seal(self.client, self.key)
        return added

    def state(self) -> dict[str, list[int]]:
        """Return the pages in each of the four bitmaps."""
        return {state: queue_ops.pages_in(self.client, self.key, state) for state in keys.STATES}

    def totals(self) -> dict[str, int]:
        return queue_ops.totals(self.client, self.store.address.key)

    def is_live(self) -> bool:
        return self.key in set(queue_ops.live_documents(self.client, self.store.address.key))

    def waiting(self, queue: str) -> list[str]:
        return [connection.text(name) for name in self.client.lrange(f"rq:queue:{queue}", 0, -1)]

    def text(self) -> str:
        return Path(self.output.markdown).read_text(encoding="utf-8")


def make_batch(
    folder: Path,
    client: Redis,
    *,
    count: int = 3,
    route: Sequence[tuple[str, int] | tuple[str, int, bool]] = (("scripted", 2),),
    name: str = "a",
    allow_remote: bool = False,
    place: Place | None = None,
) -> Batch:
    """Return a document of `count` pages that the workspace knows and nobody has queued yet.

    A step of the route is a backend, its tries, and True where it is a remote one.
    """
    out = place or folder / "out"
    store = Store.create(out / ".ocrqueue")
    source = folder / f"{name}.pdf"
    source.write_bytes(name.encode())
    found = source.stat()
    document = Document(
        id=(name.encode().hex() + "0" * 24)[:24],
        sha256=hashlib.sha256(name.encode()).hexdigest() if place else "0" * 64,
        kind=Kind.PDF,
        pages=count,
        source=str(source),
        root=str(folder),
        size=found.st_size,
        mtime_ns=found.st_mtime_ns,
        reading=a_reading(
            route=tuple(RouteStep(backend=b, tries=t, remote=bool(far)) for b, t, *far in route),
            engines={b: ScriptedSettings().model for b, *_ in route},
        ),
    )
    output = Output(
        name=name,
        folder=str(out),
        source=str(source),
        shown=source.name,
        document=document.id,
        style=OutputSettings().to_wire(),
        allow_remote=allow_remote,
    ).confirm()
    store.save_document(document)
    sources.keep(store, document, fingerprint.digest(source)[1])
    store.save_output(output.key, output.to_wire(), document.id)
    live = feeder.live_document(store, document, source.name)
    return Batch(store=store, document=document, output=output, live=live, client=client)


@contextmanager
def reader(
    client: Redis, script: str = "", *, queue: str = "scripted", limit_s: float = 60, **more: Any
) -> Iterator[PageWorker]:
    """Yield a worker of this process for one queue; `worker.work(burst=True)` empties it.

    `more`: fields of its tools, such as another backend.
    """
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    own = ScriptedSettings(name=queue, script=script)
    backend = Scripted(own)
    with Renderer(LIMITS) as renderer:
        tools = Tools(renderer=renderer, backend=backend, own=own, limit_s=limit_s, worker="test")
        read_page.install(replace(tools, **more))
        try:
            yield make_worker(client, queue, name=f"test-{queue}")
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)


def read_all(client: Redis, script: str = "", *, queue: str = "scripted", **more: Any) -> None:
    """Read what waits in a queue."""
    for _ in range(100):  # a worker in burst mode ends at a job that is gone, too
        with reader(client, script, queue=queue, **more) as worker:
            worker.work(burst=True, logging_level="WARNING")
        if not client.llen(f"rq:queue:{queue}"):
            return


def collect_all(client: Redis) -> None:
    """Assemble what waits for the collector."""
    read_all(client, queue=keys.COLLECT_QUEUE)


def assert_counted(batch: Batch) -> None:
    """The workspace's totals are what the bitmaps say."""
    found = {state: len(numbers) for state, numbers in batch.state().items()}
    assert batch.totals() == found


def the_job(batch: Batch, page: int = 1) -> PageJob:
    job = PageJob.fetch(f"{batch.key}-p{page}", connection=batch.client)
    assert isinstance(job, PageJob)
    return job
