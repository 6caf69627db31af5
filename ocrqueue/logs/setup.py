"""Log lines: JSON for machines, readable on a terminal, never in the way of the work."""

import logging
import os
import re
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from ocrqueue.logs.events import Event

LONGEST = 500  # letters of one value: a log line is no place for a document
LONGEST_TRACE = 60  # lines
FRAMES = 8  # of a way to a fault
_NAME = "ocrqueue"
# What steers a terminal, ends a line, turns letters round or hides them.
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)

# As a library we stay silent until somebody asks for logs.
logging.getLogger(_NAME).addHandler(logging.NullHandler())


def emit(event: Event, **fields: object) -> None:
    """Log one event; fields it does not list are left out (a test looks at every call)."""
    known = {k: v for k, v in fields.items() if k in event.fields and v is not None}
    _LOGGER.log(getattr(logging, event.level.upper()), event.value, **known)


def configure(
    *,
    level: str = "info",
    file: Path | None = None,
    format: str = "auto",  # noqa: A002 - it is called so in the settings
    stream: TextIO | None = None,
) -> None:
    """Set up the logs of this process: to `stream` (standard error), and to a file as JSON.

    `auto` is readable on a terminal and JSON elsewhere. Other libraries, RQ among them, are heard
    from level warning on. May be called again; the last call counts.

    Raises:
        OSError: the file cannot be opened.
    """
    shown = stream or sys.stderr
    as_json = format == "json" or (format == "auto" and not shown.isatty())
    handlers: list[logging.Handler] = [_QuietStream(shown)]
    handlers[0].setFormatter(_formatter(_JSON if as_json else _CONSOLE))
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(_QuietFile(file, encoding="utf-8"))
        handlers[1].setFormatter(_formatter(_JSON))
    _install(handlers)
    logging.getLogger(_NAME).setLevel(level.upper())


def _install(handlers: list[logging.Handler]) -> None:
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler, _Quiet)]:
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(logging.WARNING)


class _Quiet:
    """A log that cannot be written (full disk, closed pipe) must not stop a page."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """Let the line go."""


class _QuietStream(_Quiet, logging.StreamHandler[TextIO]):
    """To a stream."""


class _QuietFile(_Quiet, WatchedFileHandler):
    """To a file, appending: several processes may share it, and somebody may set it aside."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line, to a new file where the old one was moved away."""
        with suppress(OSError):
            super().emit(record)


def _add_origin(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    del logger, method
    event.setdefault("pid", os.getpid())
    return event


def _make_printable(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    del logger, method
    trace = event.pop("exception", None)
    shown = {key: _printable(value) for key, value in event.items()}
    return {**shown, "exception": _printable_trace(str(trace))} if trace else shown


def _printable_trace(trace: str) -> str:
    """Return the end of a trace, its lines kept: the last ones say what happened."""
    lines = trace.splitlines()[-LONGEST_TRACE:]
    return "\n".join(str(_printable(line)) for line in lines)


def _printable(value: Any) -> Any:
    """Names of files hold any bytes: none may break the line, the terminal or the encoder."""
    if isinstance(value, Path):
        value = str(value)
    if isinstance(value, str):
        text = value.encode("utf-8", "backslashreplace").decode("utf-8")
        text = _CONTROL.sub(lambda match: ascii(match[0])[1:-1], text)
        return text if len(text) <= LONGEST else text[:LONGEST] + "..."
    if isinstance(value, Mapping):
        return {str(_printable(k)): _printable(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_printable(item) for item in value]
    return value


def _formatter(ends: list[Processor]) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_COMMON,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ends],
    )


_COMMON: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(allow=()),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _add_origin,
]
_JSON: list[Processor] = [
    structlog.processors.format_exc_info,
    _make_printable,
    structlog.processors.JSONRenderer(sort_keys=False, default=str),
]
_CONSOLE: list[Processor] = [
    structlog.processors.format_exc_info,
    _make_printable,
    structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0),
]
_LOGGER = structlog.wrap_logger(
    logging.getLogger(_NAME),
    processors=[
        structlog.stdlib.filter_by_level,
        *_COMMON,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=False,
)


def way_to(error: BaseException) -> str:
    """Return where an exception was raised, and by whose call: `a.py:12 f < b.py:3 g`."""
    frames = reversed(traceback.extract_tb(error.__traceback__)[-FRAMES:])
    return " < ".join(f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in frames)
