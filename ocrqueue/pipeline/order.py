"""From the settings to what the use cases want: an order, a reading, a renderer, a feeder."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ocrqueue.broker.connection import Client
from ocrqueue.broker.document_record import Run
from ocrqueue.inputs import rules
from ocrqueue.inputs.walk import Found
from ocrqueue.model.document import Reading, RouteStep
from ocrqueue.model.money import Caps
from ocrqueue.pipeline import obedience
from ocrqueue.pipeline.enqueue import Order
from ocrqueue.pipeline.feeder import Feeder
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.engines import Candidate, TesseractSettings
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace.store import Store


def order_of(settings: Settings, **asked: Any) -> Order:
    """Return what is wanted of every input; `asked` are fields of the order."""

    def adapt(order: Order, found: Found) -> Order:
        return replace(
            order,
            reading=reading_of(settings, rules.route_of(found, settings)),
            allow_remote=rules.may_leave(found, settings),
        )

    return Order(
        folder=settings.workspace.output,
        reading=reading_of(settings, settings.reading.route),
        style=settings.output.to_wire(),
        max_pages=settings.input.max_pages_per_document,
        allow_remote=settings.remote.allowed,
        roots=settings.roots,
        adapt=adapt,
        **asked,
    )


def reading_of(settings: Settings, names: Sequence[str]) -> Reading:
    """Return all that changes what a page's result says, for a route of these backends."""
    route = [settings.candidate(name) for name in names]
    return Reading(
        route=tuple(RouteStep(backend=c.name, tries=c.tries, remote=c.is_remote) for c in route),
        engines=dict(sorted((c.name, obedience.spell(c, settings.reading.task)) for c in route)),
        task=settings.reading.task,
        dpi=settings.render.dpi,
        max_side_px=settings.render.max_side_px,
        text_layer=_text_layer(settings.reading.text_layer, route[0]),
        tables=settings.reading.tables,
        witness=settings.reading.witness,
    )


def renderer_of(settings: Settings) -> Renderer:
    """Return what counts and draws pages; the caller closes it."""
    return Renderer(settings.render)


def feeder_of(
    settings: Settings, client: Client, store: Store, *, run: str = "", **options: Any
) -> Feeder:
    """Return what puts pages into the queue; `run` has the budget of the settings."""
    cap = Caps.of_usd(run=settings.remote.budget_usd).run
    return Feeder(
        client=client,
        store=store,
        queue=settings.queue,
        run=Run(name=run, cap_micro_usd=cap) if run else Run(),
        folder=settings.workspace.output,
        **options,
    )


def _text_layer(asked: str, first: Candidate) -> str:
    """Return what is asked for; `auto` is for Tesseract: a model that leads is to read itself."""
    if asked not in {"auto", "prefer"}:
        return asked
    return "auto" if isinstance(first, TesseractSettings) else "never"
