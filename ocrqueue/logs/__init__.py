"""What is logged: a closed list of events, each with its level and its fields."""

from ocrqueue.logs.events import Event
from ocrqueue.logs.setup import configure, configure_from, emit

__all__ = ["Event", "configure", "configure_from", "emit"]
