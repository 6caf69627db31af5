"""Every setting there is: its section, its type, its default, its bounds and what it is for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ocrqueue.model.errors.operator import SettingsError
from ocrqueue.settings.candidates import BackendsSettings, Candidate
from ocrqueue.settings.keys import FLAG, about
from ocrqueue.settings.rules import Rule
from ocrqueue.settings.schema_remote import OverflowSettings, RemoteSettings
from ocrqueue.settings.schema_watch import DashboardSettings, LoggingSettings
from ocrqueue.settings.targets import TargetsSettings

WORKSPACE_NAME = ".ocrqueue"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSettings:
    """Where the Markdown and the truth about each page go."""

    output: Path = field(
        default=Path("ocrqueue-out"), metadata=about("Folder for the Markdown and the ledgers.")
    )
    path: Path | None = field(
        default=None,
        metadata=about('Folder for page results and manifests; "" = OUTPUT/.ocrqueue.'),
    )

    @property
    def folder(self) -> Path:
        """The workspace folder, whether it was set or follows from the output folder."""
        return self.path or self.output / WORKSPACE_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisSettings:
    """Which queue server to use."""

    url: str = field(
        default="",
        repr=False,
        metadata=about(
            'redis://, rediss:// or unix:// address; "" = the embedded server.', secret=True
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """The embedded queue server; without effect where redis.url is set."""

    data: Path | None = field(
        default=None, metadata=about('Folder for its data; "" = decided by the command.')
    )
    socket: Path | None = field(
        default=None, metadata=about('Unix socket; "" = decided by the command.')
    )
    port: int = field(
        default=0, metadata=about("TCP port on 127.0.0.1; 0 = socket only.", low=0, high=65535)
    )
    password: str = field(
        default="",
        repr=False,
        metadata=about('Password asked of clients; "" = none.', secret=True),
    )
    maxmemory_mb: int = field(
        default=512, metadata=about("Memory for queue data, in MB (2^20 bytes).", low=16)
    )
    fsync: str = field(
        default="everysec",
        metadata=about("When its log reaches the disk.", choices=("everysec", "always")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """How jobs are kept, fed and watched."""

    failure_ttl_days: float = field(
        default=7.0, metadata=about("Days a failed page stays listed on the dashboard.", low=0.01)
    )
    result_ttl_s: int = field(
        default=3600, metadata=about("Seconds a finished job stays listed.", low=0)
    )
    max_backlog_pages: int = field(
        default=20000, metadata=about("Enqueueing waits while more pages than this wait.", low=1)
    )
    beat_s: float = field(
        default=5.0, metadata=about("Seconds between two signs of life of a worker.", low=0.05)
    )
    missed_beats: int = field(
        default=3, metadata=about("Signs of life missed before a worker counts as dead.", low=1)
    )
    grace_s: float = field(
        default=15.0,
        metadata=about("Seconds past its time limit before a page is ended.", low=0),
    )
    connect_timeout_s: float = field(
        default=5.0, metadata=about("Seconds to wait for the server to answer.", low=0.1)
    )
    chunk_pages: int = field(
        default=500, metadata=about("Pages enqueued in one exchange.", low=1, high=10000)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkersSettings:
    """How many worker processes there are and when they are renewed."""

    tesseract: int = field(
        default=0, metadata=about("Tesseract workers; 0 = one per core.", low=0, high=1024)
    )
    openrouter: int = field(
        default=4, metadata=about("OpenRouter workers: so many pages at once.", low=1, high=256)
    )
    collector: int = field(
        default=1, metadata=about("Processes that assemble documents.", low=1, high=64)
    )
    recycle_pages: int = field(
        default=5000, metadata=about("Pages after which a worker is renewed; 0 = never.", low=0)
    )
    memory_ceiling_mb: int = field(
        default=0, metadata=about("Memory in MB above which a worker is renewed; 0 = none.", low=0)
    )
    root: Path | None = field(
        default=None,
        metadata=about('They work only in workspaces below this folder; "" = anywhere.'),
    )
    restart_backoff_s: float = field(
        default=0.5, metadata=about("Seconds before a dead worker starts again; doubles.", low=0)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSettings:
    """Which files are taken."""

    include: tuple[str, ...] = field(
        default=(), metadata=about("Take only files that match one of these globs.")
    )
    exclude: tuple[str, ...] = field(
        default=(), metadata=about("Leave out files and folders that match one of these globs.")
    )
    max_pages_per_document: int = field(
        default=20000, metadata=about("A document that claims more is an error.", low=1, high=10**6)
    )
    follow_links: bool = field(
        default=False, metadata=about("Follow symbolic links found in folders.")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderSettings:
    """How a page becomes an image."""

    dpi: int = field(default=200, metadata=about("Pixels an inch.", low=36, high=1200))
    max_side_px: int = field(
        default=3400, metadata=about("The long side is capped at this.", low=64, high=30000)
    )
    timeout_s: float = field(
        default=30.0, metadata=about("Seconds to open a file or to draw one page.", low=0.1)
    )
    memory_mb: int = field(
        default=2048, metadata=about("Memory the renderer may take, in MB.", low=256)
    )
    recycle_after: int = field(
        default=500, metadata=about("Pages after which the renderer is renewed.", low=1)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingSettings:
    """Who reads the pages, and what is asked."""

    route: tuple[str, ...] = field(
        default=("tesseract",), metadata=about("Backends in the order they may try a page.")
    )
    task: str = field(
        default="page",
        metadata=about(
            "page or table (Markdown), formula (LaTeX).", choices=("page", "table", "formula")
        ),
    )
    text_layer: str = field(
        default="never",
        metadata=about(
            "prefer = take a page's own text where it is plausible.", choices=("never", "prefer")
        ),
    )
    tables: str = field(
        default="markdown",
        metadata=about(
            "What a model's tables become; merged cells stay html.", choices=("markdown", "html")
        ),
    )
    keep_headers: bool = field(
        default=False, metadata=about("Keep headers, footers and page numbers that a model finds.")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSettings:
    """What the Markdown looks like."""

    page_separator: str = field(
        default="\n\n",
        metadata=about("Between two pages; may hold {page}, {pages}, {name}.", template=True),
    )
    page_marker: str = field(
        default="",
        metadata=about('Before each page, such as "<!-- page {page} -->".', template=True),
    )
    front_matter: bool = field(
        default=False, metadata=about("Begin with a YAML block about the document.")
    )
    split_pages: bool = field(default=False, metadata=about("One Markdown file per page as well."))
    on_page_error: str = field(
        default="placeholder",
        metadata=about(
            "What stands for a page nobody could read.",
            choices=("placeholder", "blank", "fail-document"),
        ),
    )
    join_paragraphs: bool = field(
        default=True, metadata=about("Join a paragraph that runs over a page break.")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one command, and where each value came from."""

    workspace: WorkspaceSettings = WorkspaceSettings()
    redis: RedisSettings = RedisSettings()
    server: ServerSettings = ServerSettings()
    queue: QueueSettings = QueueSettings()
    workers: WorkersSettings = WorkersSettings()
    input: InputSettings = InputSettings()
    render: RenderSettings = RenderSettings()
    reading: ReadingSettings = ReadingSettings()
    remote: RemoteSettings = field(default_factory=RemoteSettings)
    overflow: OverflowSettings = field(default_factory=OverflowSettings)
    output: OutputSettings = OutputSettings()
    logging: LoggingSettings = field(default_factory=LoggingSettings)
    dashboard: DashboardSettings = field(default_factory=DashboardSettings)
    targets: TargetsSettings = field(default_factory=TargetsSettings)
    backends: BackendsSettings = field(default_factory=BackendsSettings)
    rules: tuple[Rule, ...] = ()
    config_file: Path | None = field(default=None, compare=False)
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)

    def is_flag(self, name: str) -> bool:
        """Return whether the command line itself gave this setting."""
        return self.origins.get(name) == FLAG

    def candidate(self, name: str) -> Candidate:
        """Return the backend of this name.

        Raises:
            SettingsError: there is none.
        """
        for candidate in self.backends.candidates:
            if candidate.name == name:
                return candidate
        names = ", ".join(candidate.name for candidate in self.backends.candidates)
        message = f"no backend is called {name!r} (there are: {names})"
        raise SettingsError(message)


SECTIONS: Mapping[str, type[Any]] = {
    "workspace": WorkspaceSettings,
    "redis": RedisSettings,
    "server": ServerSettings,
    "queue": QueueSettings,
    "workers": WorkersSettings,
    "input": InputSettings,
    "render": RenderSettings,
    "reading": ReadingSettings,
    "remote": RemoteSettings,
    "overflow": OverflowSettings,
    "output": OutputSettings,
    "logging": LoggingSettings,
    "dashboard": DashboardSettings,
    "targets": TargetsSettings,
}
