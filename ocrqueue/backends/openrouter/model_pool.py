"""Which models may be asked now, and what the service lists of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ocrqueue.backends.openrouter.prices import FREE, Price, listed_price
from ocrqueue.backends.openrouter.service import Service
from ocrqueue.backends.openrouter.wire import table


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One model as the service lists it."""

    price: Price | None
    sees_images: bool


UNLISTED = Listed(price=None, sees_images=True)


class ModelPool:
    """The models of a service, without those that may not be asked any more."""

    def __init__(
        self, service: Service, listed: Mapping[str, Listed], clock: Callable[[], float]
    ) -> None:
        """Drop what has no price, is too dear or is not listed; {}: nothing was listed."""
        self._service = service
        self._listed = listed
        self._clock = clock
        self._busy: set[str] = set()
        self._answered: set[str] = set()
        self._rests_until: dict[str, float] = {}
        self.dropped: dict[str, str] = {}  # and why, in words
        for model in service.models:
            if why := self._objection(model):
                self.drop(model, why)

    @property
    def names(self) -> tuple[str, ...]:
        """Those that may be asked, in their order; one that rests comes after the others."""
        known = (model for model in self._service.models if model not in self.dropped)
        now = self._clock()
        return tuple(sorted(known, key=lambda model: self._rests_until.get(model, now) > now))

    @property
    def objections(self) -> str:
        """Why the others may not, in words."""
        return "; ".join(self.dropped.values())

    def drop(self, model: str, why: str) -> None:
        """Ask a model no more."""
        self.dropped[model] = why

    def may_blame(self, model: str) -> bool:
        """Return whether a model that rejects a page has answered since it did so last."""
        has_answered = model in self._answered
        self._answered.discard(model)
        return has_answered

    def is_busy_again(self, model: str) -> bool:
        """Note that a model is busy; return whether it was when it was asked last, for any page."""
        was_busy = model in self._busy
        self._busy.add(model)
        return was_busy

    def rest(self, model: str, seconds: float) -> None:
        """Ask a model after the others for so long."""
        self._rests_until[model] = self._clock() + seconds

    def note_answer(self, model: str) -> None:
        """Note that a model answered: it is neither busy nor does it rest."""
        self._answered.add(model)
        self._busy.discard(model)
        self._rests_until.pop(model, None)

    def price(self, model: str) -> Price | None:
        """Return what a model costs: as the service lists it, else as the user wrote, else None.

        A server of this machine costs nothing, unless the user says what it does.
        """
        known = find(self._listed, model).price or self._service.prices.get(model)
        return FREE if known is None and self._service.is_own else known

    def dearest(self, model: str) -> Price:
        """Return the most that a model can cost: what we tell the service, where it keeps to it."""
        price, service = self.price(model) or FREE, self._service
        return replace(service.max_price, request=price.request) if service.is_openrouter else price

    def _objection(self, model: str) -> str:
        """Return why a model may not be asked, in words; "" where it may."""
        known = find(self._listed, model)
        if self._listed and known is UNLISTED:
            return f"{model} is not among the models of {self._service.host}"
        return self._objection_to_price(model) if known.sees_images else f"{model} takes no images"

    def _objection_to_price(self, model: str) -> str:
        service, price = self._service, self.price(model)
        if price is None:
            return f"the price of {model} is unknown: write it into `prices`"
        if service.is_own and not price.is_free:
            return (
                f"{model} has a price, but nobody watches over money on this machine: leave it out "
                'of `prices`, or say `api = "openrouter"` if pages are sent on from here'
            )
        is_free = price.is_free or model.endswith(":free")
        if is_free and not service.settings.allow_free and not service.is_own:
            return f"{model} is free, so its provider may keep what it is shown: see `allow_free`"
        most = service.max_price
        is_dear = price.prompt > most.prompt or price.completion > most.completion
        if service.is_openrouter and is_dear:
            return f"{model} costs more than `max_price`"
        return ""


def read(wire: object) -> Mapping[str, Listed]:
    """Return the models of a `/models` answer by id; {} where it is none."""
    models = wire.get("data") if isinstance(wire, Mapping) else None
    if not isinstance(models, list):
        return {}
    return {
        model["id"]: _listed(model)
        for model in models
        if isinstance(model, Mapping) and isinstance(model.get("id"), str)
    }


def find(models: Mapping[str, Listed], model: str) -> Listed:
    """Return what is listed of a model; UNLISTED where nothing is.

    A variant such as `:nitro` is listed without it; Ollama lists with its tag what has none.
    """
    if model in models or model.endswith(":free"):
        return models.get(model, UNLISTED)
    return models.get(model.partition(":")[0]) or models.get(f"{model}:latest", UNLISTED)


def _listed(model: Mapping[str, object]) -> Listed:
    inputs = table(model, "architecture").get("input_modalities")
    return Listed(
        price=listed_price(table(model, "pricing")),
        sees_images=not isinstance(inputs, list) or "image" in inputs,
    )
