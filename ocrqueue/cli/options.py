"""The options that commands share, and how they become settings."""

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import reduce, wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from ocrqueue import logs
from ocrqueue.model.document import Task
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.settings.load import from_environment
from ocrqueue.settings.schema import LoggingSettings, Settings
from ocrqueue.workspace import storage

Command = TypeVar("Command", bound=Callable[..., Any])
# An option's name in Python and the setting it overrides.
SETTING_OF = {
    "output": "workspace.output",
    "workspace": "workspace.path",
    "redis": "redis.url",
    "log_level": "logging.level",
    "log_file": "logging.file",
    "include": "input.include",
    "exclude": "input.exclude",
    "allow_remote": "remote.allowed",
    "budget_usd": "remote.budget_usd",
    "route": "reading.route",
    "backend": "reading.route",
    "task": "reading.task",
    "text_layer": "reading.text_layer",
    "witness": "reading.witness",
    "tables": "reading.tables",
    "keep_headers": "output.keep_headers",
    "mark_doubts": "output.mark_doubts",
    "page_notes": "output.page_notes",
    "dpi": "render.dpi",
    "lang": "backends.tesseract.lang",
    "replies": "backends.replay.replies",
    "model": "backends.deepseek-mlx.model",
    "trust_model_code": "backends.deepseek-mlx.trust_model_code",
    "page_separator": "output.page_separator",
    "page_marker": "output.page_marker",
    "front_matter": "output.front_matter",
    "split_pages": "output.split_pages",
    "on_page_error": "output.on_page_error",
    "join_paragraphs": "output.join_paragraphs",
    "workers": "workers.tesseract",
    "settle": "watch.settle_s",
    "poll": "watch.poll_s",
    "priority": "queue.priority",
    "port": "dashboard.port",
    "data": "server.data",
}
overwrite = click.option(
    "--overwrite", is_flag=True, help="Replace files in the output folder that people have changed."
)
priority = click.option(
    "--priority", type=click.Choice(("normal", "high")), help="high: before all that waits."
)
lang = click.option("--lang", metavar="CODE", help="Language for Tesseract, as eng+deu.  [auto]")
model = click.option(
    "--model",
    metavar="MODEL",
    callback=lambda _context, _option, given: as_model(given) if given else given,
    help="For deepseek-mlx: a folder, or a repository that was fetched.",
)
trust = click.option(
    "--trust-model-code",
    is_flag=True,
    default=None,
    help="Let a checkpoint run Python that it brings along.",
)
dpi = click.option("--dpi", type=int, metavar="N", help="Pixels an inch.  [200]")
workers = click.option(
    "-j", "--workers", type=int, metavar="N", help="Tesseract workers.  [one a core]"
)
port = click.option("--port", type=int, metavar="N", help="Port on 127.0.0.1.  [9181]")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
documents = click.argument("documents", nargs=-1, metavar="[DOC]...")
STANDARD_OUTPUT = "-"
TASKS = [task.value for task in Task]  # of the members themselves click would take the names


def common(command: Command) -> Command:
    """Add the options that every command has; the command gets its `settings`."""

    @wraps(command)
    def wrapped(config_file: Path | None, verbose: int, **asked: Any) -> Any:
        given = {k: v for k, v in asked.items() if k in SETTING_OF and v not in (None, ())}
        if verbose:
            given.setdefault("log_level", "info" if verbose == 1 else "debug")
        flags = {SETTING_OF[name]: value for name, value in given.items()}
        settings = from_environment(flags, config_file=config_file)
        _require_folder(settings)
        storage.settle(settings)
        logs.configure(**asdict(quiet_unless_asked(settings)))
        rest = {name: value for name, value in asked.items() if name not in SETTING_OF}
        return command(settings=settings, **rest)

    return decorate(
        cast("Command", wrapped),
        click.option(
            "-o",
            "--output",
            type=click.Path(),
            metavar="DIR",
            help="Folder or s3://... for Markdown and ledgers.  [ocrqueue-out]",
        ),
        click.option(
            "--workspace",
            type=click.Path(),
            metavar="DIR",
            help="Folder or s3://... for page results.  [OUTPUT/.ocrqueue]",
        ),
        click.option(
            "--config",
            "config_file",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Configuration file; see `ocrqueue config`.",
        ),
        click.option("--redis", metavar="URL", help="Redis or Valkey to use, not an embedded one."),
        click.option(
            "--log-level",
            type=click.Choice(["debug", "info", "warning", "error"]),
            help="The least level shown.  [info]",
        ),
        click.option("-v", "--verbose", count=True, help="Log what is done; -vv: all of it."),
        click.option("--log-file", type=click.Path(), metavar="FILE", help="Log there as well."),
    )


def _require_folder(settings: Settings) -> None:
    """Refuse the output folder that nobody named where it is a link: it may have been sent along.

    Raises:
        UsageError: it says how to name the folder, or that only `run` prints.
    """
    output, context = settings.workspace.output, click.get_current_context()
    if context.params.get("output") == STANDARD_OUTPUT and context.info_name != "run":
        raise UsageError("-o - goes with `run`: name the output folder")
    is_link = isinstance(output, Path) and output.is_symlink()
    if is_link and not settings.is_given("workspace.output"):
        raise UsageError(f"the output folder {output} is a link: name it with -o if that is meant")


def quiet_unless_asked(settings: Settings) -> LoggingSettings:
    """Return how a command logs: its own output tells enough, unless logs were asked for."""
    asked = any(settings.is_given(f"logging.{key}") for key in ("level", "file", "format"))
    return settings.logging if asked else replace(settings.logging, level="warning")


def who_reads(command: Command) -> Command:
    """Add what names the backends."""
    return decorate(
        command,
        click.option(
            "--route",
            metavar="A,B",
            help="Backends, in turn.  [tesseract; on a Mac with the model: deepseek-mlx first]",
        ),
        click.option("--backend", metavar="NAME", help="Just this backend."),
    )


def how_to_read(command: Command) -> Command:
    """Add what says who reads the pages, how, and what the Markdown looks like."""
    return decorate(
        command,
        who_reads,
        what_may_leave,
        how_a_backend_reads,
        click.option(
            "--text-layer",
            type=click.Choice(["auto", "first", "never", "only", "prefer"]),
            help="A page's own text: auto, first (before a model), never, only.  [auto]",
        ),
        click.option(
            "--witness",
            type=click.Choice(["auto", "require", "off"]),
            help="Hold a model's page against a second reading; require: wait for it.  [auto]",
        ),
        click.option("--page-separator", metavar="TEXT", help="May hold {page} {pages} {name}."),
        click.option("--page-marker", metavar="TEXT", help='As "<!-- page {page} -->".'),
        click.option(
            "--page-notes/--no-page-notes",
            default=None,
            help="A comment for each doubtful or blank page.  [notes]",
        ),
        click.option("--front-matter/--no-front-matter", default=None, help="YAML at the top."),
        click.option("--split-pages/--no-split-pages", default=None, help="A file a page as well."),
        click.option(
            "--on-page-error",
            type=click.Choice(["placeholder", "blank", "fail-document"]),
            help="What stands for a failed page.  [placeholder]",
        ),
        click.option(
            "--join-paragraphs/--no-join-paragraphs",
            default=None,
            help="Those that run over a page break.",
        ),
        overwrite,
    )


def what_is_read_again(command: Command) -> Command:
    """Add what has pages read anew that were read before."""
    return decorate(
        command,
        click.option("--force", is_flag=True, help="Read again what was read before."),
        click.option("--discard-corrections", is_flag=True, help="With --force: corrections too."),
    )


def what_may_leave(command: Command) -> Command:
    """Add what says whether pages may leave this machine, and for how much."""
    return decorate(
        command,
        click.option(
            "--allow-remote/--local-only",
            default=None,
            help="Pages may leave this machine, or none may.  [none]",
        ),
        click.option(
            "--budget",
            "budget_usd",
            type=click.FloatRange(min=0),
            metavar="USD",
            help="Most that the pages of this command may cost.  [1]",
        ),
    )


def how_a_backend_reads(command: Command) -> Command:
    """Add what changes how a backend reads a page."""
    return decorate(
        command,
        lang,
        model,
        trust,
        click.option(
            "--replies",
            type=click.Path(file_okay=False),
            metavar="DIR",
            help="For replay: what a model said before, NAME/0001.md for page 1.",
        ),
        click.option("--task", type=click.Choice(TASKS), help="What is on the pages.  [page]"),
        dpi,
        click.option(
            "--tables",
            type=click.Choice(["markdown", "html"]),
            help="What a model's tables become.  [markdown]",
        ),
        click.option(
            "--keep-headers/--no-keep-headers",
            default=None,
            help="Keep running heads, feet, page numbers.  [no]",
        ),
        click.option("--mark-doubts", is_flag=True, default=None, help="A comment at each doubt."),
    )


def as_model(given: str) -> str:
    """Return a folder as an absolute path; `owner/name` is never one of the current folder."""
    from ocrqueue.backends.deepseek_mlx import checkpoint  # noqa: PLC0415 - few commands need it

    folder = Path(given).expanduser()
    is_folder = folder.is_dir() and not checkpoint.is_repository(given)
    return str(folder.absolute()) if is_folder else given


def decorate(command: Command, *options: Callable[[Any], Any]) -> Command:
    """Apply decorators so that they show in this order in `--help`."""
    return reduce(lambda made, option: option(made), reversed(options), command)
