"""What is logged: a closed list of events, each with its level and its fields."""

import ocrqueue.logs.bare_structlog  # noqa: F401 - before anything imports it with rich
from ocrqueue.logs.events import Event as Event
from ocrqueue.logs.setup import configure as configure
from ocrqueue.logs.setup import emit as emit
from ocrqueue.logs.setup import way_to as way_to
