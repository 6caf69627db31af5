"""From the settings to what the use cases want: an order, a reading, a renderer, a feeder."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ocrqueue.backends import prompts
from ocrqueue.broker.connection import Client
from ocrqueue.broker.document_record import Run
from ocrqueue.broker.queue_ops import JobTimes
from ocrqueue.inputs import rules
from ocrqueue.inputs.walk import Found
from ocrqueue.model.document import Reading, RouteStep, Task
from ocrqueue.model.money import Caps
from ocrqueue.pipeline.enqueue import Order
from ocrqueue.pipeline.feeder import Feeder
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.candidates import Candidate
from ocrqueue.settings.describe import redacted
from ocrqueue.settings.schema import Settings
from ocrqueue.text.output_style import OutputStyle
from ocrqueue.workspace.store import Store

DAY_S = 86400
# Options that say where, for how much or how long, and not what is read.
NOT_READING = frozenset(
    {"base_url", "api", "prices", "max_price", "allow_free", "image_tokens", "idle_s"}
    | {"key_file", "ca_file", "lease_file", "load_timeout_s"}
)
PROMPTED = frozenset({"openrouter"})  # backends that are asked with our prompts


def order_of(chosen: Settings, **asked: Any) -> Order:
    """Return what is wanted of every input; `asked` are fields of the order."""

    def adapt(order: Order, found: Found) -> Order:
        return replace(
            order,
            reading=reading_of(chosen, rules.route_of(found, chosen)),
            allow_remote=rules.may_leave(found, chosen),
        )

    return Order(
        folder=chosen.workspace.output,
        reading=reading_of(chosen, chosen.reading.route),
        style=OutputStyle.from_settings(chosen.output).to_wire(),
        max_pages=chosen.input.max_pages_per_document,
        allow_remote=chosen.remote.allowed,
        adapt=adapt,
        **asked,
    )


def reading_of(chosen: Settings, names: Sequence[str]) -> Reading:
    """Return all that changes what a page's result says, for a route of these backends."""
    route = [chosen.candidate(name) for name in names]
    return Reading(
        route=tuple(RouteStep(backend=c.name, tries=c.tries, remote=c.is_remote) for c in route),
        engines=tuple(sorted((c.name, _engine(c, Task(chosen.reading.task))) for c in route)),
        task=Task(chosen.reading.task),
        dpi=chosen.render.dpi,
        max_side_px=chosen.render.max_side_px,
        text_layer=chosen.reading.text_layer,
        tables=chosen.reading.tables,
        keep_headers=chosen.reading.keep_headers,
    )


def renderer_of(chosen: Settings) -> Renderer:
    """Return what counts and draws pages; the caller closes it."""
    return Renderer.from_settings(chosen.render)


def feeder_of(
    chosen: Settings, client: Client, store: Store, *, run: str = "", **options: Any
) -> Feeder:
    """Return what puts pages into the queue; `run` has the budget of the settings."""
    cap = Caps.of_usd(run=chosen.remote.budget_usd).run
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
        run=Run(name=run, cap_micro_usd=cap) if run else Run(),
        folder=chosen.workspace.output,
        **options,
    )


def _engine(candidate: Candidate, task: Task) -> str:
    options = {
        name: redacted(name, value)
        for name, value in sorted(candidate.options.items())
        if value != "" and name not in NOT_READING
    }
    told = {"temperature": candidate.temperature, "max_tokens": candidate.max_tokens, **options}
    if candidate.name in PROMPTED:
        told["asked"] = prompts.prompt(task).version
    return " ".join([candidate.model, *(f"{name}={value}" for name, value in told.items())])
