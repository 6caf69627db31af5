"""From the settings to what the use cases want: an order, a reading, a renderer, a feeder."""

from typing import Any

from ocrqueue.assemble import OutputStyle
from ocrqueue.broker.connection import Client
from ocrqueue.broker.pages import JobTimes
from ocrqueue.enqueue import Order
from ocrqueue.feed import Feeder
from ocrqueue.model import Reading, RouteStep, Task
from ocrqueue.render import Renderer, RenderLimits
from ocrqueue.settings import Candidate, Settings
from ocrqueue.store import Store

DAY_S = 86400


def order_of(chosen: Settings, **asked: Any) -> Order:
    """Return what is wanted of every input; `asked` are fields of the order."""
    return Order(
        folder=chosen.workspace.output,
        reading=reading_of(chosen),
        style=OutputStyle.from_settings(chosen.output).to_wire(),
        max_pages=chosen.input.max_pages_per_document,
        **asked,
    )


def reading_of(chosen: Settings) -> Reading:
    """Return all that changes what a page's result says."""
    route = [chosen.candidate(name) for name in chosen.reading.route]
    return Reading(
        route=tuple(RouteStep(backend=c.name, tries=c.tries) for c in route),
        engines=tuple(sorted((c.name, _engine(c)) for c in route)),
        task=Task(chosen.reading.task),
        dpi=chosen.render.dpi,
        max_side_px=chosen.render.max_side_px,
        text_layer=chosen.reading.text_layer,
    )


def renderer_of(chosen: Settings) -> Renderer:
    """Return what counts and draws pages; the caller closes it."""
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


def _engine(candidate: Candidate) -> str:
    options = {name: value for name, value in sorted(candidate.options.items()) if value != ""}
    told = {"temperature": candidate.temperature, "max_tokens": candidate.max_tokens, **options}
    return " ".join([candidate.model, *(f"{name}={value}" for name, value in told.items())])
