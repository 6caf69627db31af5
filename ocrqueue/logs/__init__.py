"""What is logged: a closed list of events, each with its level and its fields."""

import ocrqueue.logs.bare_structlog  # noqa: F401 - before anything imports it with rich
from ocrqueue.logs.events import Event
from ocrqueue.logs.setup import configure, configure_from, emit

__all__ = ["Event", "configure", "configure_from", "emit"]
