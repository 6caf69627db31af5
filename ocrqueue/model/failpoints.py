"""The places in the code where a test may let a process die; in production nothing happens there.

No setting and no variable installs a handler: only a test that imports this module does.
"""

from collections.abc import Callable
from enum import StrEnum


class Point(StrEnum):
    """A moment between two things that a crash must not tear apart."""

    JOB_TAKEN = "job.taken"  # it is in the intermediate list, nobody has begun it
    PAGE_BEGUN = "page.begun"
    PAGE_DRAWING = "page.drawing"  # the renderer's child has been asked
    PAGE_READ = "page.read"  # the text is there, no file of it
    PAGE_KEPT = "page.kept"  # what was read is kept for its check, the queue does not know
    PAGE_SENT_BACK = "page.sent-back"  # others will read it, the queue does not know
    PAGE_STORED = "page.stored"  # the result's file is written, the queue does not know
    DOCUMENT_COLLECTING = "document.collecting"
    DOCUMENT_WRITTEN = "document.written"  # the Markdown is written, the ledger is not
    DOCUMENT_TOLD = "document.told"  # the ledger is written, the queue does not know
    PRODUCER_OPENED = "producer.opened"  # the document is known, none of its pages is queued
    PRODUCER_ADDED = "producer.added"  # pages are queued, nobody has said that they are all


handler: Callable[[Point], object] | None = None  # see tests/support/faulty.py


def at(point: Point) -> None:
    """Say that this point has been reached."""
    if handler is not None:
        handler(point)
