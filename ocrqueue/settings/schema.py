"""Every setting there is: its section, its type, its default, its bounds and what it is for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, get_type_hints

from ocrqueue.model.document import Task
from ocrqueue.model.errors.operator import SettingsError
from ocrqueue.model.place import Place
from ocrqueue.model.wire import BRIEF, Record
from ocrqueue.settings.engines import COME_ALONG, Candidate, OpenRouterSettings
from ocrqueue.settings.keys import DEFAULT, FLAG, Key, keys_of, setting
from ocrqueue.settings.schema_remote import OverflowSettings, RemoteSettings, Rule
from ocrqueue.settings.schema_roots import Root
from ocrqueue.settings.schema_storage import StorageSettings, WorkspaceSettings
from ocrqueue.settings.schema_told import DashboardSettings, OnDoneSettings

DAY_S = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisSettings:
    """Which queue server to use."""

    url: str = setting(
        "", 'redis://, rediss:// or unix:// address; "" = the embedded server.', secret=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """The embedded queue server; without effect where redis.url is set."""

    data: Path | None = setting(None, 'Folder for its data; "" = decided by the command.')
    socket: Path | None = setting(None, 'Unix socket; "" = decided by the command.')
    port: int = setting(0, "TCP port on 127.0.0.1; 0 = socket only.", low=0, high=65535)
    password: str = setting("", 'Password asked of clients; "" = none.', secret=True)
    maxmemory_mb: int = setting(512, "Memory for queue data, in MB (2^20 bytes).", low=16)
    fsync: str = setting(
        "everysec", "When its log reaches the disk.", choices=("everysec", "always")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """How jobs are kept, fed and watched."""

    failure_ttl_days: float = setting(7.0, "Days a failed page stays on the dashboard.", low=0.01)
    result_ttl_s: int = setting(3600, "Seconds a finished job stays listed.", low=0)
    max_backlog_pages: int = setting(20000, "Enqueueing waits while more pages wait.", low=1)
    turn_pages: int = setting(30, "Pages of each other one that a document waits for.", low=1)
    priority: str = setting("normal", "high = before all that is not.", choices=("normal", "high"))
    beat_s: float = setting(5.0, "Seconds between two signs of life of a worker.", low=0.05)
    missed_beats: int = setting(3, "Signs of life missed before a worker counts as dead.", low=1)
    away_s: float = setting(0.0, "Seconds `run` waits for a folder; 0 = until it is back.", low=0)
    grace_s: float = setting(15.0, "Seconds past its time limit before a page is ended.", low=0)
    connect_timeout_s: float = setting(5.0, "Seconds to wait for the server to answer.", low=0.1)
    chunk_pages: int = setting(500, "Pages enqueued in one exchange.", low=1, high=10000)

    @property
    def failure_ttl_s(self) -> int:
        """How many seconds a failed page stays listed."""
        return round(self.failure_ttl_days * DAY_S)

    @property
    def deserted_s(self) -> float:
        """For how many seconds a queue has no worker before nobody waits for one any more."""
        return 10 + self.beat_s * self.missed_beats  # 10: so long one may take to start


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkersSettings:
    """How many worker processes there are and when they are renewed."""

    tesseract: int = setting(0, "Tesseract workers; 0 = one per core.", low=0, high=1024)
    openrouter: int = setting(4, "OpenRouter workers: so many pages at once.", low=1, high=256)
    collector: int = setting(1, "Processes that assemble documents.", low=1, high=64)
    recycle_pages: int = setting(5000, "Pages after which a worker is renewed; 0 = never.", low=0)
    memory_ceiling_mb: int = setting(
        0, "Memory in MB above which a worker is renewed; 0 = none.", low=0
    )
    root: Place | None = setting(
        None, 'They work only in workspaces below this folder; "" = anywhere.'
    )
    keep_awake: bool = setting(True, "Let no Mac fall asleep while `run`, `watch` or `up` work.")
    restart_backoff_s: float = setting(
        0.5, "Seconds before a dead worker starts again; doubles.", low=0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSettings:
    """Which files are taken."""

    include: tuple[str, ...] = setting((), "Take only files that match one of these globs.")
    exclude: tuple[str, ...] = setting(
        (), "Leave out files and folders that match one of these globs."
    )
    max_pages_per_document: int = setting(
        20000, "A document that claims more is an error.", low=1, high=999_999
    )
    follow_links: bool = setting(False, "Follow symbolic links found in folders.")


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """How `watch` waits for files, and for how long it keeps processes that have nothing to do."""

    settle_s: float = setting(5.0, "Seconds a file is unchanged before it is read.", low=0.1)
    poll_s: float = setting(
        0.0, "Seconds between two looks; 0 = when the system tells, over a network 10.", low=0
    )
    rest_s: float = setting(300.0, "Seconds without work before server and workers stop.", low=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderSettings:
    """How a page becomes an image."""

    dpi: int = setting(200, "Pixels an inch.", low=36, high=1200)
    # A3 at 200 dpi fits. More did not read better: word recall on ten typed scans of one pixel a
    # point was 0.76 at 2500, 0.75 at 3400, 0.74 at 4000 (near noise).
    max_side_px: int = setting(
        3400,
        "The long side is capped at this; for Tesseract not below 150 dpi.",
        low=64,
        high=30000,
    )
    timeout_s: float = setting(30.0, "Seconds to open a file or to draw one page.", low=0.1)
    memory_mb: int = setting(2048, "Memory the renderer may take, in MB.", low=256)
    recycle_after: int = setting(500, "Pages after which the renderer is renewed.", low=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingSettings:
    """Who reads the pages, and what is asked."""

    route: tuple[str, ...] = setting(("tesseract",), "Backends in the order they may try a page.")
    task: Task = setting(Task.PAGE, "page or table (Markdown), formula (LaTeX).")
    text_layer: str = setting(
        "auto",
        "A page's own text, if the picture agrees: auto, prefer = for Tesseract; first = for all.",
        choices=("auto", "first", "never", "only", "prefer"),
    )
    witness: str = setting(
        "auto",
        "Hold what a model says against a second reading: auto, require = wait for it, off.",
        choices=("auto", "require", "off"),
    )
    tables: str = setting(
        "markdown",
        "What a model's tables become; merged cells stay html.",
        choices=("markdown", "html"),
    )


class OnPageError(StrEnum):
    """What stands for a page nobody could read."""

    PLACEHOLDER = "placeholder"  # a visible line
    BLANK = "blank"  # nothing
    FAIL_DOCUMENT = "fail-document"  # then there is no Markdown at all


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSettings(Record):
    """What the Markdown looks like."""

    page_separator: str = setting(
        "\n\n", "Between two pages; may hold {page}, {pages}, {name}.", template=True
    )
    page_marker: str = setting(
        "", 'Before each page, such as "<!-- page {page} -->".', template=True
    )
    front_matter: bool = setting(False, "Begin with a YAML block about the document.")
    split_pages: bool = setting(False, "One Markdown file per page as well.")
    on_page_error: OnPageError = setting(
        OnPageError.PLACEHOLDER, "What stands for a page nobody could read."
    )
    join_paragraphs: bool = setting(True, "Join a paragraph that runs over a page break.")
    page_notes: bool = setting(
        True, "Say in a comment why a page is doubtful or has no text.", **BRIEF
    )
    keep_headers: bool = setting(False, "Keep running heads, feet and page numbers.", **BRIEF)
    mark_doubts: bool = setting(False, "A comment where a second reading differs.", **BRIEF)

    @property
    def shows_pages(self) -> bool:
        """Whether a reader sees where a page begins: a form feed counts, plain space does not."""
        return bool(self.page_separator.strip(" \t\r\n") or self.page_marker.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggingSettings:
    """What is logged, and where."""

    level: str = setting(
        "info", "The least level shown.", choices=("debug", "info", "warning", "error")
    )
    file: Path | None = setting(None, 'Log to this file as well; "" = only to stderr.')
    format: str = setting(
        "auto", "auto = console on a terminal, else json.", choices=("auto", "json", "console")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetsSettings:
    """What `bench` compares with (acceptable, target, stretch); as it comes, a MacBook Air M2."""

    pages_per_min: tuple[float, ...] = setting((3.0, 5.0, 8.0), "Pages a minute; [] = no target.")
    tokens_per_s: tuple[float, ...] = setting(
        (15.0, 25.0, 40.0), "Tokens a second, while a page is written."
    )
    peak_memory_gb: tuple[float, ...] = setting((18.0, 14.0, 12.0), "Memory in GB (2^30 bytes).")
    load_s: tuple[float, ...] = setting((30.0, 20.0, 10.0), "Seconds to load the model.")
    first_page_s: tuple[float, ...] = setting((25.0, 15.0, 8.0), "Seconds for the first page.")
    overhead_percent: tuple[float, ...] = setting((5.0, 3.0, 1.0), "Time outside the backend.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one command, and where each value came from."""

    workspace: WorkspaceSettings = field(default_factory=WorkspaceSettings)
    storage: StorageSettings = field(default_factory=StorageSettings)
    redis: RedisSettings = RedisSettings()
    server: ServerSettings = ServerSettings()
    queue: QueueSettings = QueueSettings()
    workers: WorkersSettings = WorkersSettings()
    input: InputSettings = InputSettings()
    watch: WatchSettings = WatchSettings()
    render: RenderSettings = RenderSettings()
    reading: ReadingSettings = ReadingSettings()
    remote: RemoteSettings = field(default_factory=RemoteSettings)
    overflow: OverflowSettings = field(default_factory=OverflowSettings)
    output: OutputSettings = OutputSettings()
    logging: LoggingSettings = LoggingSettings()
    dashboard: DashboardSettings = field(default_factory=DashboardSettings)
    on_done: OnDoneSettings = field(default_factory=OnDoneSettings)
    targets: TargetsSettings = TargetsSettings()
    candidates: Mapping[str, Candidate] = field(default_factory=lambda: COME_ALONG)
    rules: tuple[Rule, ...] = ()
    roots: tuple[Root, ...] = ()
    config_file: Path | None = field(default=None, compare=False)
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)

    def is_flag(self, name: str) -> bool:
        """Return whether the command line itself gave this setting."""
        return self.origins.get(name) == FLAG

    def is_given(self, name: str) -> bool:
        """Return whether anybody gave this setting."""
        return self.origins.get(name, DEFAULT) != DEFAULT

    def candidate(self, name: str) -> Candidate:
        """Return the backend of this name.

        Raises:
            SettingsError: there is none.
        """
        if isinstance(one := self.candidates.get(name), OpenRouterSettings):
            return replace(one, proxy=self.remote.proxy)
        if one is not None:
            return one
        message = f"no backend is called {name!r} (there are: {', '.join(self.candidates)})"
        raise SettingsError(message)

    def values(self) -> Iterator[tuple[str, Key, Any]]:
        """Yield each value with its dotted name, in the order of configs/default.toml."""
        tables = [(name, getattr(self, name)) for name in SECTIONS]
        tables += [(f"backends.{name}", one) for name, one in self.candidates.items()]
        for name, listed in (("rules", self.rules), ("roots", self.roots)):
            tables += [(f"{name}.{number}", one) for number, one in enumerate(listed, start=1)]
        for table, section in tables:
            for key in keys_of(type(section)).values():
                value = getattr(section, key.name)
                if key.listed or value != key.default:
                    yield f"{table}.{key.name}", key, value


SECTIONS: Mapping[str, Any] = {
    name: kind for name, kind in get_type_hints(Settings).items() if is_dataclass(kind)
}
KEYS: Mapping[str, Key] = {
    f"{section}.{key.name}": key
    for section, kind in SECTIONS.items()
    for key in keys_of(kind).values()
}
