"""What the service lists of its models: price, image input, how little they may reason; pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from ocrqueue.backends.openrouter.prices import Price, listed_price
from ocrqueue.backends.openrouter.wire import table
from ocrqueue.settings.engines import EFFORTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One model as the service lists it."""

    price: Price | None
    sees_images: bool
    effort: str = ""  # the least it may reason; "": not told


UNLISTED = Listed(price=None, sees_images=True)


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


def find(models: Mapping[str, Listed], model: str) -> Listed | None:
    """Return what is listed of a model.

    A variant such as `:nitro` is listed without it; Ollama lists with its tag what has none.
    """
    if model in models or model.endswith(":free"):
        return models.get(model)
    return models.get(model.partition(":")[0]) or models.get(f"{model}:latest")


def _listed(model: Mapping[str, object]) -> Listed:
    inputs = table(model, "architecture").get("input_modalities")
    return Listed(
        price=listed_price(table(model, "pricing")),
        sees_images=not isinstance(inputs, list) or "image" in inputs,
        effort=_least_effort(table(model, "reasoning")),
    )


def _least_effort(reasoning: Mapping[str, object]) -> str:
    """Return the cheapest effort that a model supports; none at all where it may be left out."""
    supported = reasoning.get("supported_efforts")
    known = [effort for effort in EFFORTS if isinstance(supported, list) and effort in supported]
    if reasoning.get("mandatory") is True:
        known = [effort for effort in known if effort != "none"]
    return known[0] if known else ""
