"""From the settings and the command line to what the use cases want."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ocrqueue import inputs
from ocrqueue.assemble import OutputStyle
from ocrqueue.broker.connection import Client
from ocrqueue.broker.pages import JobTimes
from ocrqueue.enqueue import Order
from ocrqueue.errors import FileUnreadable, UsageError
from ocrqueue.feed import Feeder
from ocrqueue.inputs import Found
from ocrqueue.model import Reading, RouteStep, Task
from ocrqueue.render import Renderer, RenderLimits
from ocrqueue.settings import Candidate, Settings
from ocrqueue.store import Store

DAY_S = 86400
STANDARD_INPUT = Path("-")


def order_of(chosen: Settings, asked: Mapping[str, Any]) -> Order:
    """Return what the user wants of every input.

    Raises:
        UsageError: `--pages` makes no sense.
    """
    listed = asked.get("password_file")
    pages = asked.get("pages")
    return Order(
        folder=chosen.workspace.output,
        reading=reading_of(chosen),
        style=OutputStyle.from_settings(chosen.output).to_wire(),
        selection=inputs.parse_pages(pages) if pages else None,
        first=asked.get("max_pages"),
        max_pages=chosen.input.max_pages_per_document,
        passwords=(*asked.get("password", ()), *(listed.read().splitlines() if listed else ())),
        force=bool(asked.get("force")),
    )


def reading_of(chosen: Settings) -> Reading:
    """Return all that changes what a page's result says."""
    route = [chosen.candidate(name) for name in chosen.reading.route]
    return Reading(
        route=tuple(RouteStep(backend=c.name, tries=c.tries) for c in route),
        engines=tuple(sorted((c.name, _engine(c)) for c in route)),
        task=Task(chosen.reading.task),
        dpi=chosen.render.dpi,
        text_layer=chosen.reading.text_layer,
    )


def inputs_of(chosen: Settings, asked: Mapping[str, Any]) -> Iterator[Found]:
    """Return the inputs, streaming.

    Raises:
        UsageError: none was named, or a path that was named is not there.
    """
    paths: Sequence[Path] = asked["paths"]
    roots = [path for path in paths if path != STANDARD_INPUT]
    lists = [sys.stdin.buffer] if STANDARD_INPUT in paths else []
    if asked.get("from_file"):
        lists.append(asked["from_file"])
    if not roots and not lists:
        message = "no input: name a folder, files, --from-file LIST, or - for standard input"
        raise UsageError(message)
    missing = [str(root) for root in roots if not root.exists() and not root.is_symlink()]
    if missing:
        message = f"there is no {', '.join(missing)}"
        raise UsageError(message)
    return _walk_all(roots, lists, chosen)


def renderer_of(chosen: Settings) -> Renderer:
    """Return what counts pages."""
    render = chosen.render
    return Renderer(
        RenderLimits(
            timeout_s=render.timeout_s,
            memory_mb=render.memory_mb,
            max_side_px=render.max_side_px,
            recycle_after=render.recycle_after,
        )
    )


def feeder_of(chosen: Settings, client: Client, store: Store, **options: Any) -> Feeder:
    """Return what puts pages into the queue."""
    times = JobTimes(
        result_ttl_s=max(60, chosen.queue.result_ttl_s),  # at 0 RQ would never settle a page
        failure_ttl_s=round(chosen.queue.failure_ttl_days * DAY_S),
    )
    return Feeder(
        client=client,
        store=store,
        times=times,
        chunk=chosen.queue.chunk_pages,
        max_backlog=chosen.queue.max_backlog_pages,
        **options,
    )


def _walk_all(roots: Sequence[Path], lists: Sequence[Any], chosen: Settings) -> Iterator[Found]:
    yield from _walk(roots, chosen)
    for stream in lists:
        for path in inputs.read_list(stream):
            yield from _walk([path], chosen)


def _walk(roots: Sequence[Path], chosen: Settings) -> Iterator[Found]:
    try:
        yield from inputs.find(
            roots,
            include=chosen.input.include,
            exclude=chosen.input.exclude,
            skip=[chosen.workspace.output, chosen.workspace.folder],
            follow_links=chosen.input.follow_links,
        )
    except FileUnreadable as error:
        raise UsageError(str(error)) from error


def _engine(candidate: Candidate) -> str:
    options = {name: value for name, value in sorted(candidate.options.items()) if value != ""}
    told = {"temperature": candidate.temperature, "max_tokens": candidate.max_tokens, **options}
    return " ".join([candidate.model, *(f"{name}={value}" for name, value in told.items())])
