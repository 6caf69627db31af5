"""What a user can set, where each value came from, and what a child process must be told."""

from ocrqueue.settings.candidates import BackendsSettings, Candidate
from ocrqueue.settings.keys import OptionValue
from ocrqueue.settings.listing import Row, as_markdown, as_toml, describe, redacted
from ocrqueue.settings.loading import child_environ, from_environment, load, to_environ
from ocrqueue.settings.schema import (
    DashboardSettings,
    InputSettings,
    LoggingSettings,
    OutputSettings,
    QueueSettings,
    ReadingSettings,
    RedisSettings,
    RenderSettings,
    ServerSettings,
    Settings,
    WorkersSettings,
    WorkspaceSettings,
)

__all__ = [
    "BackendsSettings",
    "Candidate",
    "DashboardSettings",
    "InputSettings",
    "LoggingSettings",
    "OptionValue",
    "OutputSettings",
    "QueueSettings",
    "ReadingSettings",
    "RedisSettings",
    "RenderSettings",
    "Row",
    "ServerSettings",
    "Settings",
    "WorkersSettings",
    "WorkspaceSettings",
    "as_markdown",
    "as_toml",
    "child_environ",
    "describe",
    "from_environment",
    "load",
    "redacted",
    "to_environ",
]
