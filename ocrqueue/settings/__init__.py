"""What a user can set, where each value came from, and what a child process must be told."""

from ocrqueue.settings.candidates import BackendsSettings, Candidate
from ocrqueue.settings.keys import OptionValue
from ocrqueue.settings.listing import Row, as_markdown, as_toml, describe, redacted
from ocrqueue.settings.loading import child_environ, from_environment, load, to_environ
from ocrqueue.settings.remote import OverflowSettings, RemoteSettings
from ocrqueue.settings.rules import Rule
from ocrqueue.settings.schema import (
    InputSettings,
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
from ocrqueue.settings.secret import (
    Secret,
    environ_without_key,
    key_in_environment,
    key_in_file,
    without_key,
)
from ocrqueue.settings.targets import TargetsSettings
from ocrqueue.settings.watching import DashboardSettings, LoggingSettings

__all__ = [
    "BackendsSettings",
    "Candidate",
    "DashboardSettings",
    "InputSettings",
    "LoggingSettings",
    "OptionValue",
    "OutputSettings",
    "OverflowSettings",
    "QueueSettings",
    "ReadingSettings",
    "RedisSettings",
    "RemoteSettings",
    "RenderSettings",
    "Row",
    "Rule",
    "Secret",
    "ServerSettings",
    "Settings",
    "TargetsSettings",
    "WorkersSettings",
    "WorkspaceSettings",
    "as_markdown",
    "as_toml",
    "child_environ",
    "describe",
    "environ_without_key",
    "from_environment",
    "key_in_environment",
    "key_in_file",
    "load",
    "redacted",
    "to_environ",
    "without_key",
]
