"""Reads files from the first page to the last in this process, where no queue is wanted."""

import time
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

from ocrqueue.backends import factory
from ocrqueue.inputs import fingerprint
from ocrqueue.inputs.walk import Found
from ocrqueue.model import readings, routing
from ocrqueue.model.document import Document
from ocrqueue.model.errors.document import OutputNotWritten
from ocrqueue.model.errors.page import PoolPaused, ServiceAway
from ocrqueue.model.page import Attempt, PageResult, Verdict, failed_result
from ocrqueue.model.place import Place, absolute
from ocrqueue.model.readings import Kept
from ocrqueue.pipeline import attempt, collect, enqueue, privacy, witness
from ocrqueue.pipeline.attempt import Accepted, Outcome, Progress, Rejected, Request, Tools
from ocrqueue.pipeline.drawing import Draws
from ocrqueue.pipeline.order import Order, renderer_of
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace import sources
from ocrqueue.workspace.store import Store

BREATH_S = 1.0  # before a service is asked again that does not say when


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDocument:
    """A document and its settled pages, in order."""

    document: Document
    results: Sequence[PageResult]
    pictures: Mapping[str, bytes]  # PNG files by the name that the Markdown links to


def read(
    source: Place,
    order: Order,
    settings: Settings,
    *,
    on_progress: Callable[[Progress], None] | None = None,
) -> ReadDocument:
    """Read the chosen pages of a file, each along its route, as workers would.

    Raises:
        DocumentError: the file is no document that can be read, or has none of the pages.
        NotReady: the renderer does not start.
    """
    source = absolute(source)
    order = order.of_input(Found(source=source, relative=PurePath(source.name)))
    with ExitStack() as stack:
        renderer = stack.enter_context(renderer_of(settings))
        document, password = fingerprint.identify(
            sources.local(source),
            order.reading,
            lambda path: renderer.count(path, passwords=order.passwords),
        )
        numbers = enqueue.choose(document.pages, order)
        tools = {
            step.backend: tools_of(
                settings,
                step.backend,
                renderer,
                has_left=lambda _: True,
                on_progress=on_progress or attempt.ignore,
            )
            for step in order.reading.route
            if order.allow_remote or not step.remote
        }
        for one in tools.values():
            stack.enter_context(closing(one.backend))
        request = Request(
            document=document, page=0, password=password, may_leave=lambda: order.allow_remote
        )
        files: dict[str, bytes] = {}
        patience = WaitingRoom(limit_s=settings.remote.patience_s)
        results = [_settle(replace(request, page=page), tools, files, patience) for page in numbers]
    pictures = {fig.name: files[fig.sha256] for result in results for fig in result.figures}
    document = replace(document, source=str(source))
    return ReadDocument(document=document, results=results, pictures=pictures)


@dataclass(slots=True, kw_only=True)
class OwnReader:
    """Reads pages here and keeps them in the workspace, where a producer would queue them.

    The caller closes it: backends are started when the first page needs them.
    """

    store: Store
    settings: Settings
    renderer: Draws
    on_progress: Callable[[Progress], None] = attempt.ignore
    _tools: dict[str, Tools] = field(default_factory=dict)
    _patience: "WaitingRoom" = field(init=False)

    def __post_init__(self) -> None:
        """Have as much patience as the settings say."""
        self._patience = WaitingRoom(limit_s=self.settings.remote.patience_s)

    def feed(self, document: Document, missing: Sequence[int], *, shown: str) -> int:
        """Read the missing pages, one after the other, and write the document; return how many.

        Why an output cannot be written is noted in the workspace.
        """
        del shown
        may_leave = privacy.may_leave(self.store, document.id)
        request = Request(
            document=sources.at_hand(self.store, document),
            page=0,
            password=self.store.password(document.id),
            may_leave=lambda: may_leave,
        )
        tools = {
            step.backend: self._tool(step.backend)
            for step in document.reading.route
            if may_leave or not step.remote
        }
        for page in missing:
            files: dict[str, bytes] = {}
            result = _settle(replace(request, page=page), tools, files, self._patience)
            if result.failed:
                self.store.reject(document.id, result)
                continue
            self.store.keep_source(document.id, result, files, raw=None)
            self.store.accept(document.id, result)
        with suppress(OutputNotWritten):
            collect.collect(self.store, document, named=[str(self.settings.workspace.output)])
        return len(missing)

    def finish(self) -> None:
        """Do nothing: all is read when it was fed."""

    def withdraw(self, document_id: str) -> int:
        """Return 0: nothing ever waits here."""
        del document_id
        return 0

    def close(self) -> None:
        """Close the backends."""
        for tools in self._tools.values():
            tools.backend.close()

    def _tool(self, name: str) -> Tools:
        if name not in self._tools:
            own = {"has_left": lambda _: True, "on_progress": self.on_progress}
            self._tools[name] = tools_of(self.settings, name, self.renderer, **own)
        return self._tools[name]


@dataclass(slots=True, kw_only=True)
class WaitingRoom:
    """How long pages wait for a service that asks for it, where no queue takes them back."""

    limit_s: float  # since something was read
    nap: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _since: float | None = None  # nothing was

    def waits(self, outcome: Outcome) -> bool:
        """Wait where a service asks for it, and return whether it is to be asked once more."""
        if not isinstance(outcome, Rejected) or not isinstance(outcome.error, PoolPaused):
            self._since = None
            return False
        now, wait_s = self.clock(), max(outcome.error.wait_s, BREATH_S)
        self._since = now if self._since is None else self._since
        if not outcome.error.again or now + wait_s > self._since + self.limit_s:
            return False
        self.nap(wait_s)
        return True


def tools_of(settings: Settings, name: str, renderer: Draws, **more: Any) -> Tools:
    """Return what reads pages with one backend in this process; the caller closes the backend."""
    candidate, engine = settings.candidate(name), factory.witness(settings, name)
    return Tools(
        renderer=renderer,
        backend=factory.create(candidate),
        own=candidate,
        limit_s=candidate.timeout_s,
        worker="",
        remote=candidate.is_remote,
        engine=engine,
        witness=engine,
        **more,
    )


def _settle(
    request: Request,
    tools: Mapping[str, Tools],
    files: MutableMapping[str, bytes],
    patience: WaitingRoom,
) -> PageResult:
    """Walk the page along its route; a doubtful reading is kept in case nobody does better.

    The PNG files of its figures are added to `files`, by their SHA-256.
    """
    route = request.document.reading.route
    backend, kept = next(step.backend for step in route if step.backend in tools), Kept()
    while True:
        outcome = attempt.run(request, tools[backend])
        if patience.waits(outcome):
            continue
        if isinstance(outcome, Accepted):
            outcome = replace(outcome, result=witness.outweighed(outcome.result, kept.readings))
            files.update(outcome.pictures)
        if isinstance(outcome, Accepted) and outcome.result.verdict is not Verdict.DOUBTFUL:
            return outcome.result
        history = (*request.history, _why_not(outcome))
        following = routing.next_step(route, history, may_leave=request.may_leave())
        if following is None and isinstance(outcome, Accepted):
            return readings.best(outcome.result, kept.readings)
        if following is None:
            return readings.stand_in(kept, history) or failed_result(request.page, list(history))
        kept = kept.adding(outcome.result) if isinstance(outcome, Accepted) else kept
        request, backend = replace(request, history=history), following


def _why_not(outcome: Outcome) -> Attempt:
    if isinstance(outcome, Accepted):
        return attempt.hand_over(outcome.result).attempt
    if isinstance(outcome.error, PoolPaused):  # for longer than anybody waits
        away = ServiceAway.code
        return replace(outcome.attempt, error=away, again=False, hand_over=ServiceAway.hand_over)
    return outcome.attempt
