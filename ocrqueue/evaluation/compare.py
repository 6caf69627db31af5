"""Reads the same pages with several backends, one after another in this process."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from ocrqueue.backends.base import Spends
from ocrqueue.evaluation.compare_read import BackendPart, PageRead, WaitOut
from ocrqueue.inputs import fingerprint
from ocrqueue.inputs.walk import Found
from ocrqueue.model.document import Document, RouteStep
from ocrqueue.model.errors.document import DocumentError
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.model.gate import Gate
from ocrqueue.pipeline import enqueue, in_process
from ocrqueue.pipeline.attempt import Request, Tools
from ocrqueue.pipeline.order import Order
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace import sources
from ocrqueue.workspace.outputs import Output

TRUTHS = (".md", ".txt")  # endings


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A file that was looked at, and its pages to choose from, or why there are none."""

    found: Found
    document: Document | None = None
    sha256: str = ""  # of its content; "": it could not be read
    password: str | None = field(default=None, repr=False)
    may_leave: bool = False  # to a backend of another machine
    pages: Sequence[int] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePage:
    """One page, and what each backend made of it, in the order in which they were named."""

    source: str  # its path below the folder that was named
    page: int
    kind: str  # of its file
    reads: tuple[PageRead, ...]
    truth: str | None = None  # what the page says, where that is known


def find(inputs: Iterable[Found], order: Order, renderer: Renderer) -> Iterator[Input]:
    """Yield each input with the pages that were asked for."""
    for found in inputs:
        wanted = order.adapt(order, found)
        asked = Input(found=found, may_leave=wanted.allow_remote)
        try:
            sha256, stamp = sources.digest(str(found.source))
            asked = replace(asked, sha256=sha256)
            path, stamp = sources.opened(str(found.source), sha256, stamp)
            counted = renderer.count(path, passwords=order.passwords)
            document = fingerprint.document_of(
                path, sha256=sha256, stamp=stamp, counted=counted, reading=wanted.reading
            )
            pages = enqueue.choose(document.pages, order)
        except DocumentError as error:
            yield replace(asked, problem=str(error))
        else:
            yield replace(asked, document=document, password=counted.password, pages=pages)


def without_those_that_stay(inputs: Sequence[Input], known: Iterable[Output] = ()) -> list[Input]:
    """Return the inputs; those that may not leave this machine have no pages, and say why.

    A content leaves only if every file that has it may, of the inputs and of those that the
    workspace knows. Of an input itself counts what is said of it now.
    """
    named = {str(one.found.source) for one in inputs}
    kept = {one.sha256 for one in inputs if not one.may_leave}
    kept |= {one.sha256 for one in known if not one.allow_remote and one.source not in named}
    return [_staying(one) if one.document and one.sha256 in kept else one for one in inputs]


def _staying(asked: Input) -> Input:
    what = "a file with the same content" if asked.may_leave else "it"
    problem = f"{what} may not leave this machine (--allow-remote)"
    return replace(asked, may_leave=False, pages=(), problem=problem)


def sample(inputs: Sequence[Input], count: int | None) -> list[tuple[Input, int]]:
    """Return so many pages, spread evenly over all of them; None: all. The same ones every time."""
    every = [(one, page) for one in inputs for page in one.pages]
    if count is None or count >= len(every):
        return every
    return [every[at * len(every) // count] for at in range(count)]


def read(
    pages: Iterable[tuple[Input, int]],
    backends: Sequence[str],
    settings: Settings,
    *,
    renderer: Renderer,
    truths: Path | None,
    gate: Gate,
    wait_out: WaitOut,
) -> Iterator[OnePage]:
    """Yield the pages as each backend reads them, without a second attempt and without a queue.

    What leaves this machine passes the gate first; `wait_out` waits while it does not open. In the
    folder `truths` is what pages say.
    """
    with ExitStack() as stack:
        tools = [in_process.tools_of(settings, name, renderer) for name in backends]
        for one in tools:
            stack.enter_context(closing(one.backend))
            if one.remote and isinstance(one.backend, Spends):
                one.backend.use_gate(gate)
        parts = [BackendPart(one, wait_out) for one in tools]
        for asked, page in pages:
            requests = [_request(asked, page, one) for one in tools]
            reads = [own.read(request) for own, request in zip(parts, requests, strict=True)]
            yield OnePage(
                source=str(asked.found.relative),
                page=page,
                kind=requests[0].document.kind,
                reads=tuple(reads),
                truth=truth_of(truths, asked.found.relative, page, pages=len(asked.pages)),
            )


def _request(asked: Input, page: int, tools: Tools) -> Request:
    assert asked.document is not None  # noqa: S101 - an input without one has no pages
    route = (RouteStep(backend=tools.backend.name, tries=1, remote=tools.remote),)
    # A page's own text would be the same for all of them.
    alone = replace(asked.document.reading, route=route, text_layer="never")
    document = replace(asked.document, reading=alone)
    return Request(
        document=document, page=page, password=asked.password, may_leave=lambda: asked.may_leave
    )


def truth_of(folder: Path | None, relative: PurePath, page: int, *, pages: int) -> str | None:
    """Return what a page of a document of so many says, or None where nobody wrote it down.

    The texts lie in `folder`; None: nowhere. For `sub/name.pdf` these count: `sub/name.jsonl` with
    an object {"page": 3, "text": "..."} a line, `sub/name.p3.md` or `.txt` for one page,
    `sub/name.md` or `.txt` for a document of one page.

    Raises:
        UsageError: there is a text that cannot be read.
    """
    if folder is None:
        return None
    base = folder / relative.with_suffix("")
    names = [f"{base.name}.p{page}{ending}" for ending in TRUTHS]
    if pages == 1:
        names += [f"{base.name}{ending}" for ending in TRUTHS]
    try:
        for path in (base.with_name(name) for name in names):
            if path.is_file():
                return path.read_text("utf-8")
        return _in_lines(base.with_name(f"{base.name}.jsonl"), page)
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"the truth about {relative} page {page} cannot be read: {error}"
        raise UsageError(message) from error


def _in_lines(path: Path, page: int) -> str | None:
    if not path.is_file():
        return None
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and (entry := json.loads(line))["page"] == page:
                return str(entry["text"])
    return None
