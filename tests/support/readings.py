"""How documents of tests are read where a test does not say."""

from typing import Any

from ocrqueue.model.document import Reading, RouteStep, Task

USUAL: dict[str, Any] = {
    "route": (RouteStep(backend="scripted", tries=2),),
    "engines": {},
    "task": Task.PAGE,
    "dpi": 200,
    "max_side_px": 3400,
    "text_layer": "never",
}


def a_reading(**said: Any) -> Reading:
    """Return a reading with what is said of it."""
    return Reading(**(USUAL | said))
