"""Reads pages as a worker would, and takes the time: what `ocrqueue bench` runs."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any

from ocrqueue.backends import factory
from ocrqueue.backends.base import Backend, KeepsModel
from ocrqueue.evaluation.bench_report import PageTime
from ocrqueue.inputs import fingerprint
from ocrqueue.model.document import Counted, Reading
from ocrqueue.model.errors.document import DocumentError
from ocrqueue.model.errors.operator import NothingToDo
from ocrqueue.model.place import Place
from ocrqueue.pipeline import attempt, order
from ocrqueue.pipeline.attempt import Accepted, Request, Tools
from ocrqueue.pipeline.drawing import Draws
from ocrqueue.render.prefetch import Ahead, NextPage
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.engines import Candidate
from ocrqueue.settings.schema import InputSettings, Settings
from ocrqueue.workspace import bucket_walk, sources

SAMPLES = Path(__file__).parents[1] / "samples"
BUILT_IN = ("letter.pdf", "reports", "scans/minutes.png", "scans/receipts.tiff")
SHOWN_LETTERS = 12  # of a SHA-256
ASKED = ("page_to_markdown", "table_to_markdown", "formula_to_latex")  # methods of a backend


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured: pages in order, the model where there is one."""

    pages: Sequence[PageTime]
    model: str
    load_s: float | None = None
    model_mb: float | None = None  # most that its library held


def measure(
    paths: Sequence[Place], settings: Settings, count: int, tell: Callable[[PageTime], None]
) -> Measured:
    """Read so many pages with the first backend of the route, one after another.

    Where there are fewer pages, they are read again from the first. Without paths, our own sample
    pages are read. `tell` is called after each page.

    Raises:
        NothingToDo: no file was found.
        DocumentError: a file cannot be read.
        BackendUnavailable: the model cannot be loaded, or another process computes already.
        NotReady: the renderer does not start.
    """
    candidate = settings.candidate(settings.reading.route[0])
    backend = factory.create(candidate)
    with order.renderer_of(settings) as renderer, closing(backend):
        requests = _requests(paths or [SAMPLES / name for name in BUILT_IN], settings, renderer)
        asked = list(itertools.islice(itertools.cycle(itertools.islice(requests, count)), count))
        if not asked:
            raise NothingToDo("no PDF and no image that can be read was found")
        load_s = _load(backend)
        pages: list[PageTime] = []
        with closing(_ahead(renderer, backend, asked, pages)) as draws:
            read = _reader(backend, draws, candidate)
            for request in asked:
                pages.append(read(request))
                tell(pages[-1])
        model_mb = backend.peak_memory_mb if isinstance(backend, KeepsModel) else None
    return Measured(pages=pages, model=backend.model, load_s=load_s, model_mb=model_mb)


def _requests(paths: Sequence[Place], settings: Settings, renderer: Renderer) -> Iterator[Request]:
    # A page's own text would need no backend.
    reading = replace(order.reading_of(settings, settings.reading.route), text_layer="never")
    for found in bucket_walk.find_anywhere(paths, InputSettings()):
        yield from _pages_of(sources.local(found.source), reading, renderer)


def _pages_of(path: Path, reading: Reading, renderer: Renderer) -> Iterator[Request]:
    def counted(path: Path) -> Counted:
        try:
            return renderer.count(path)
        except DocumentError as error:  # whose message has no name: elsewhere it stands beside one
            raise type(error)(f"{path.name}: {error}") from error

    document, _ = fingerprint.identify(path, reading, counted)
    for page in range(1, document.pages + 1):
        yield Request(document=document, page=page)


def _load(backend: Backend) -> float | None:
    """Return the seconds it took, warming up included; whoever computes already is not awaited."""
    if not isinstance(backend, KeepsModel):
        return None
    began = time.monotonic()
    backend.load(deadline=began)
    return time.monotonic() - began


def _ahead(
    renderer: Renderer, backend: Backend, asked: Sequence[Request], done: Sequence[PageTime]
) -> Ahead | Renderer:
    """Return what draws the pages: ahead, where the worker does so too."""
    mode = backend.image_mode
    if mode is None or not isinstance(backend, KeepsModel):
        return renderer

    def upcoming() -> NextPage | None:
        after = len(done) + 1  # the one that is being read is not done
        if after >= len(asked):
            return None
        document = asked[after].document
        return NextPage(
            source=Path(document.source),
            page=asked[after].page,
            size=document.reading.size,
            mode=mode,
        )

    return Ahead(renderer, upcoming)


def _reader(backend: Backend, draws: Draws, own: Candidate) -> Callable[[Request], PageTime]:
    """Return what reads a page and notes where its time goes."""
    drawing_s, backend_s = _timed(draws, "page"), _timed(backend, *ASKED)
    tools = Tools(renderer=draws, backend=backend, own=own, limit_s=own.timeout_s, worker="")

    def read(request: Request) -> PageTime:
        drawing_s.clear()
        backend_s.clear()
        began = time.monotonic()
        outcome = attempt.run(request, tools)
        seconds = time.monotonic() - began
        this = outcome.result.attempts[-1] if isinstance(outcome, Accepted) else outcome.attempt
        return PageTime(
            document=request.document.sha256[:SHOWN_LETTERS],
            page=request.page,
            seconds=round(seconds, 4),
            drawing_s=round(sum(drawing_s), 4),
            backend_s=round(sum(backend_s), 4),
            tokens=this.tokens,
            tokens_per_s=this.tokens_per_s,
            first_token_s=this.first_token_s,
            verdict=this.verdict or "",
            error=this.error or "",
        )

    return read


def _timed(thing: object, *names: str) -> list[float]:
    """Let these methods of an object note in the list how many seconds each call takes."""
    noted: list[float] = []

    def timed(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def call(*given: Any, **named: Any) -> Any:
            began = time.monotonic()
            try:
                return method(*given, **named)
            finally:
                noted.append(time.monotonic() - began)

        return call

    for name in names:
        setattr(thing, name, timed(getattr(thing, name)))
    return noted
