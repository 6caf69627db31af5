"""How `watch` waits: for a file to be whole, and for the next one to come."""

from dataclasses import dataclass

from ocrqueue.settings.keys import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """How `watch` waits for files, and for how long it keeps processes that have nothing to do."""

    settle_s: float = setting(5.0, "Seconds a file is unchanged before it is read.", low=0.1)
    poll_s: float = setting(
        0.0, "Seconds between two looks; 0 = when the system tells, over a network 10.", low=0
    )
    rest_s: float = setting(300.0, "Seconds without work before server and workers stop.", low=0)
