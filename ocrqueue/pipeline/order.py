"""What the user asked for: the order, and what comes of the settings for the use cases."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ocrqueue.broker.connection import Client
from ocrqueue.broker.document_record import Run
from ocrqueue.inputs import rules
from ocrqueue.inputs.page_selection import PageSelection, parse_pages
from ocrqueue.inputs.walk import Found
from ocrqueue.model import routing
from ocrqueue.model.document import Reading, RouteStep
from ocrqueue.model.errors.document import MayNotLeave
from ocrqueue.model.money import Caps
from ocrqueue.model.place import Place
from ocrqueue.pipeline import obedience
from ocrqueue.pipeline.feeder import Feeder
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.engines import Candidate, TesseractSettings
from ocrqueue.settings.schema import Settings
from ocrqueue.settings.schema_roots import Root
from ocrqueue.workspace.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the user asked for, the same for every input."""

    folder: Place  # the output folder, absolute
    reading: Reading
    style: dict[str, Any]  # OutputSettings as wire
    selection: PageSelection | None = None
    first: int | None = None  # read at most so many of the chosen pages
    max_pages: int = 20000  # a document that claims more is an error
    passwords: tuple[str, ...] = field(default=(), repr=False)
    force: bool = False
    discard_corrections: bool = False  # forced pages are read anew, also those of people
    overwrite: bool = False  # what people have changed in the output folder is replaced
    allow_remote: bool = False  # pages may leave this machine
    roots: tuple[Root, ...] = ()  # what other machines call folders of this one
    adapt: "Callable[[Order, Found], Order]" = lambda order, _: order  # as rules want it

    def of_input(self, found: Found) -> "Order":
        """Return what is wanted of one input.

        Raises:
            MayNotLeave: no backend of its route may read it.
        """
        order = self.adapt(self, found)
        if routing.first_step(order.reading.route, may_leave=order.allow_remote) is None:
            names = ", ".join(step.backend for step in order.reading.route)
            message = f"{found.source.name} may not leave this machine, as {names} would need"
            raise MayNotLeave(message)
        return order

    def to_asked(self) -> dict[str, Any]:
        """Return what is kept of it with an input that cannot be read."""
        pages = str(self.selection) if self.selection else ""
        return {"reading": self.reading.to_wire(), "pages": pages, "first": self.first}

    def as_asked(self, asked: Mapping[str, Any]) -> "Order":
        """Return it with the pages that were asked for before, read as they were to be read.

        Raises:
            ValueError, TypeError, UsageError: that makes no sense.
        """
        pages, first = str(asked.get("pages", "")), asked.get("first")
        return replace(
            self,
            reading=Reading.from_wire(asked["reading"]),
            selection=parse_pages(pages) if pages else None,
            first=None if first is None else max(1, int(first)),
        )


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
