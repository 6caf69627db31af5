"""What a person looks at while pages are read: logs and the dashboard."""

from dataclasses import dataclass, field
from pathlib import Path

from ocrqueue.settings.keys import about


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggingSettings:
    """What is logged, and where."""

    level: str = field(
        default="info",
        metadata=about("The least level shown.", choices=("debug", "info", "warning", "error")),
    )
    file: Path | None = field(
        default=None, metadata=about('Log to this file as well; "" = only to stderr.')
    )
    format: str = field(
        default="auto",
        metadata=about(
            "auto = console on a terminal, else json.", choices=("auto", "json", "console")
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardSettings:
    """Where the dashboard listens."""

    host: str = field(default="127.0.0.1", metadata=about("Address to listen on."))
    port: int = field(default=9181, metadata=about("TCP port.", low=1, high=65535))
