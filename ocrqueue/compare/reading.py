"""Reads the same pages with several backends, one after another in this process."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace

from ocrqueue import attempt, enqueue, identity
from ocrqueue.attempt import Accepted, Outcome, Request, Tools
from ocrqueue.backends import factory
from ocrqueue.backends.base import Spends
from ocrqueue.compare import truths
from ocrqueue.compare.truths import Truths
from ocrqueue.enqueue import Order
from ocrqueue.errors import DocumentError
from ocrqueue.inputs import Found
from ocrqueue.model import Document, RouteStep, Verdict
from ocrqueue.render import Renderer
from ocrqueue.settings import Settings
from ocrqueue.spending import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A file that was looked at, and its pages to choose from, or why there are none."""

    found: Found
    document: Document | None = None
    password: str | None = field(default=None, repr=False)
    may_leave: bool = False  # to a backend of another machine
    pages: Sequence[int] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """What one backend made of one page, in one attempt."""

    backend: str
    model: str
    markdown: str | None  # None: it failed
    verdict: Verdict | None  # None: it failed
    seconds: float
    reason: str = ""  # why it failed, or is not `good`
    tokens: int | None = None
    tokens_per_s: float | None = None
    cost_usd: float | None = None  # at most; None: nothing to pay


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePage:
    """One page, and what each backend made of it, in the order in which they were named."""

    source: str  # its path below the folder that was named
    page: int
    reads: tuple[PageRead, ...]
    truth: str | None = None  # what the page says, where that is known


def find(inputs: Iterable[Found], order: Order, renderer: Renderer) -> Iterator[Input]:
    """Yield each input with the pages that were asked for."""
    for found in inputs:
        wanted = order.adapt(order, found)
        try:
            sha256, stamp = identity.digest(found.source)
            counted = renderer.count(found.source, passwords=order.passwords)
            document = identity.document_of(
                found.source, sha256=sha256, stamp=stamp, counted=counted, reading=wanted.reading
            )
            pages = enqueue.choose(document.pages, order)
        except DocumentError as error:
            yield Input(found=found, problem=str(error))
        else:
            yield Input(
                found=found,
                document=document,
                password=counted.password,
                may_leave=wanted.allow_remote,
                pages=pages,
            )


def that_stay(inputs: Sequence[Input]) -> list[Input]:
    """Return the inputs whose pages may not leave this machine."""
    return [one for one in inputs if one.document is not None and not one.may_leave]


def sample(inputs: Sequence[Input], count: int | None) -> list[tuple[Input, int]]:
    """Return so many pages, spread evenly over all of them; None: all. The same ones every time."""
    every = [(one, page) for one in inputs for page in one.pages]
    if count is None or count >= len(every):
        return every
    return [every[at * len(every) // count] for at in range(count)]


def read(
    pages: Iterable[tuple[Input, int]],
    backends: Sequence[str],
    chosen: Settings,
    *,
    renderer: Renderer,
    known: Truths,
    gate: Gate,
) -> Iterator[OnePage]:
    """Yield the pages as each backend reads them, without a second attempt and without a queue.

    What costs money passes the gate first.
    """
    with ExitStack() as stack:
        tools = {name: _tools(chosen, name, renderer, gate) for name in backends}
        for one in tools.values():
            stack.enter_context(closing(one.backend))
        for asked, page in pages:
            reads = tuple(_read(asked, page, name, tools) for name in backends)
            truth = truths.of_page(known, asked.found.relative, page, pages=len(asked.pages))
            yield OnePage(source=str(asked.found.relative), page=page, reads=reads, truth=truth)


def _tools(chosen: Settings, name: str, renderer: Renderer, gate: Gate) -> Tools:
    candidate = chosen.candidate(name)
    backend = factory.create(candidate)
    if isinstance(backend, Spends):
        backend.use_gate(gate)
    return Tools(
        renderer=renderer,
        backend=backend,
        limit_s=candidate.timeout_s,
        worker="",
        remote=candidate.is_remote,
    )


def _read(asked: Input, page: int, backend: str, tools: Mapping[str, Tools]) -> PageRead:
    assert asked.document is not None  # noqa: S101 - an input without one has no pages
    remote = tools[backend].remote
    route = (RouteStep(backend=backend, tries=1, remote=remote),)
    # A page's own text would be the same for all of them.
    alone = replace(asked.document.reading, route=route, text_layer="never")
    document = replace(asked.document, reading=alone)
    request = Request(
        document=document, page=page, password=asked.password, may_leave=lambda: asked.may_leave
    )
    return _told(attempt.run(request, tools[backend]))


def _told(outcome: Outcome) -> PageRead:
    if isinstance(outcome, Accepted):
        made, result = outcome.result.attempts[-1], outcome.result
        markdown, verdict, reason = result.markdown, result.verdict, result.reason
    else:
        made, markdown, verdict = outcome.attempt, None, None
        reason = outcome.attempt.message
    return PageRead(
        backend=made.backend,
        model=made.model,
        markdown=markdown,
        verdict=verdict,
        seconds=made.seconds,
        reason=reason,
        tokens=made.tokens,
        tokens_per_s=made.tokens_per_s,
        cost_usd=made.cost_usd,
    )
