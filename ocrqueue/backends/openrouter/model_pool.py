"""Which models may be asked now, and what is known of each."""

from collections.abc import Callable, Mapping

from ocrqueue.backends.openrouter import model_list
from ocrqueue.backends.openrouter.model_list import UNLISTED, Listed
from ocrqueue.backends.openrouter.options import OpenRouterOptions, objection, price_of
from ocrqueue.backends.openrouter.prices import Price


class ModelPool:
    """The models of the options, without those that may not be asked any more."""

    def __init__(
        self,
        options: OpenRouterOptions,
        listed: Mapping[str, Listed],
        clock: Callable[[], float],
    ) -> None:
        """Drop what has no price, is too dear or is not listed; {}: nothing was listed."""
        self._options = options
        self._listed = listed
        self._clock = clock
        self._busy: set[str] = set()
        self._rests_until: dict[str, float] = {}
        self._dropped: dict[str, str] = {}
        for model in options.models:
            if why := self._objection(model):
                self.drop(model, why)

    @property
    def names(self) -> tuple[str, ...]:
        """Those that may be asked, in their order; one that rests comes after the others."""
        known = (model for model in self._options.models if model not in self._dropped)
        now = self._clock()
        return tuple(sorted(known, key=lambda model: self._rests_until.get(model, now) > now))

    @property
    def objections(self) -> str:
        """Why the others may not, in words."""
        return "; ".join(self._dropped.values())

    def drop(self, model: str, why: str) -> None:
        """Ask a model no more."""
        self._dropped[model] = why

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
        self._busy.discard(model)
        self._rests_until.pop(model, None)

    def price(self, model: str) -> Price | None:
        """Return what a model costs."""
        return price_of(self._options, model, self._known(model).price)

    def dearest(self, model: str) -> Price | None:
        """Return the most that a model can cost: what we tell the service, where it keeps to it."""
        price = self.price(model)
        if price is None or not self._options.endpoint.is_openrouter:
            return price
        most = self._options.max_price
        return Price(prompt=most.prompt, completion=most.completion, request=price.request)

    def effort(self, model: str, wanted: str) -> str:
        """Return how much a model is to reason: as little as it can, or as is wanted."""
        return self._known(model).effort or wanted

    def _known(self, model: str) -> Listed:
        return model_list.find(self._listed, model) or UNLISTED

    def _objection(self, model: str) -> str:
        if self._listed and not model_list.find(self._listed, model):
            return f"{model} is not among the models of {self._options.endpoint.host}"
        known = self._known(model)
        if not known.sees_images:
            return f"{model} takes no images"
        return objection(self._options, model, known.price)
