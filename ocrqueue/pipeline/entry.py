"""What enqueueing did with an input, as commands print it and a run notes it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from ocrqueue.model.errors.document import DocumentError
from ocrqueue.model.wire import Record


class Action(StrEnum):
    """What enqueueing did, or would do, with an input."""

    QUEUED = "queued"  # pages were added
    ASSEMBLE = "assemble"  # nothing to read, but the files must be written
    UNCHANGED = "unchanged"
    FAILED = "failed"  # the document cannot be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Record):
    """What happened to one input."""

    source: str
    key: str  # of the output's record
    action: Action
    pages: int = 0  # chosen pages
    queued: int = 0
    reused: int = 0  # accepted before
    failed_before: int = 0  # left alone: `retry` reads them again
    withdrawn: int = 0  # pages of an earlier command that waited for the same output
    error: str | None = None
    message: str = ""

    @classmethod
    def refused(cls, error: DocumentError, *, source: str, key: str = "") -> Self:
        """Return that nothing is read of an input; without a key it has no output."""
        return cls(
            source=source, key=key, action=Action.FAILED, error=error.code, message=str(error)
        )
