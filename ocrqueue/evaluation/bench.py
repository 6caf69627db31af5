"""Reads pages as a worker would, and takes the time: what `ocrqueue bench` runs."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from ocrqueue.backends import factory
from ocrqueue.backends.base import Backend, KeepsModel, OnTokens, tell_nobody
from ocrqueue.evaluation.bench_report import PageTime
from ocrqueue.inputs import fingerprint
from ocrqueue.inputs.walk import find
from ocrqueue.model.document import Counted, Reading
from ocrqueue.model.errors.document import DocumentError
from ocrqueue.model.errors.operator import NothingToDo
from ocrqueue.model.page import ImageMode, PageImage, Reply
from ocrqueue.pipeline import attempt, order
from ocrqueue.pipeline.attempt import Accepted, Draws, Request, Tools
from ocrqueue.render.prefetch import Ahead, NextPage
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.schema import Settings

SAMPLES = Path(__file__).parents[1] / "samples"
BUILT_IN = ("letter.pdf", "reports", "scans/minutes.png", "scans/receipts.tiff")
SHOWN_LETTERS = 12  # of a SHA-256


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured: pages in order, the model where there is one."""

    pages: Sequence[PageTime]
    model: str
    load_s: float | None = None
    model_mb: float | None = None  # most that its library held


def measure(
    paths: Sequence[Path], settings: Settings, count: int, tell: Callable[[PageTime], None]
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
            message = "no PDF and no image that can be read was found"
            raise NothingToDo(message)
        load_s = _load(backend)
        pages: list[PageTime] = []
        with closing(_ahead(renderer, backend, asked, pages)) as draws:
            reader = _TimedReader(backend, draws, limit_s=candidate.timeout_s)
            for request in asked:
                pages.append(reader.read(request))
                tell(pages[-1])
        model_mb = backend.peak_memory_mb if isinstance(backend, KeepsModel) else None
    return Measured(pages=pages, model=backend.model, load_s=load_s, model_mb=model_mb)


def _requests(paths: Sequence[Path], settings: Settings, renderer: Renderer) -> Iterator[Request]:
    # A page's own text would need no backend.
    reading = replace(order.reading_of(settings, settings.reading.route), text_layer="never")
    for found in find(paths):
        yield from _pages_of(found.source, reading, renderer)


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
            dpi=document.reading.dpi,
            mode=mode,
        )

    return Ahead(renderer, upcoming)


class _TimedReader:
    """Reads one page after another and notes where its time goes."""

    def __init__(self, backend: Backend, draws: Draws, *, limit_s: float) -> None:
        self._draws = _TimedDrawing(draws)
        self._backend = _TimedBackend(backend)
        self._tools = Tools(renderer=self._draws, backend=self._backend, limit_s=limit_s, worker="")

    def read(self, request: Request) -> PageTime:
        drawn_s, read_s = self._draws.seconds, self._backend.seconds
        began = time.monotonic()
        outcome = attempt.run(request, self._tools)
        seconds = time.monotonic() - began
        this = outcome.result.attempts[-1] if isinstance(outcome, Accepted) else outcome.attempt
        return PageTime(
            document=request.document.sha256[:SHOWN_LETTERS],
            page=request.page,
            seconds=round(seconds, 4),
            drawing_s=round(self._draws.seconds - drawn_s, 4),
            backend_s=round(self._backend.seconds - read_s, 4),
            tokens=this.tokens,
            tokens_per_s=this.tokens_per_s,
            verdict=this.verdict or "",
            error=this.error or "",
        )


class _TimedDrawing:
    """Adds up the time that is waited for drawn pages."""

    def __init__(self, draws: Draws) -> None:
        self.seconds = 0.0
        self._draws = draws

    def page(
        self, source: Path, page: int, *, dpi: int, mode: ImageMode, password: str | None = None
    ) -> PageImage:
        began = time.monotonic()
        try:
            return self._draws.page(source, page, dpi=dpi, mode=mode, password=password)
        finally:
            self.seconds += time.monotonic() - began

    def text_layer(self, source: Path, page: int, *, password: str | None = None) -> str | None:
        return self._draws.text_layer(source, page, password=password)


class _TimedBackend:
    """Adds up the time that is spent in a backend."""

    def __init__(self, backend: Backend) -> None:
        self.seconds = 0.0
        self.name, self.model, self.image_mode = backend.name, backend.model, backend.image_mode
        self.on_tokens: OnTokens = tell_nobody
        self._backend = backend

    def page_to_markdown(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        return self._timed(self._backend.page_to_markdown, image, deadline, page)

    def table_to_markdown(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        return self._timed(self._backend.table_to_markdown, image, deadline, page)

    def formula_to_latex(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        return self._timed(self._backend.formula_to_latex, image, deadline, page)

    def close(self) -> None:
        self._backend.close()

    def _timed(
        self, ask: Callable[..., Reply], image: PageImage, deadline: float, page: int
    ) -> Reply:
        self._backend.on_tokens = self.on_tokens
        began = time.monotonic()
        try:
            return ask(image, deadline=deadline, page=page)
        finally:
            self.seconds += time.monotonic() - began
