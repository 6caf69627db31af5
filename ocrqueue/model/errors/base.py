"""What all errors have in common, and how a command ends."""

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """How a command ended; documented in docs/cli.md."""

    OK = 0
    ERROR = 1
    USAGE = 2
    PAGES_FAILED = 3
    NOTHING_TO_DO = 4
    SERVER_UNREACHABLE = 5
    NOT_READY = 6
    BUSY = 7
    INTERRUPTED = 130


class OcrqueueError(Exception):
    """Something went wrong that a person has to know about.

    `code` is stable and may be matched by scripts; `remedy` is the next thing to do.
    """

    code: ClassVar[str] = "error"
    remedy: ClassVar[str] = ""
