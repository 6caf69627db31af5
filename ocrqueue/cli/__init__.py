"""The command line: parse, call a use case, print. Results go to stdout, talk to stderr."""

import importlib
import io
import sys
from collections.abc import Mapping

import click
from click.shell_completion import CompletionItem

from ocrqueue import __version__
from ocrqueue.cli.echo import say, say_error
from ocrqueue.model.errors.base import ExitCode, OcrqueueError
from ocrqueue.model.errors.operator import OperatorError, ServerFull
from ocrqueue.settings.secrets import leave_no_core
from ocrqueue.text import terminal

# Each with its short help, so that `--help` imports none of them.
COMMANDS: Mapping[str, str] = {
    "bench": "Measure how fast this machine reads pages, and print it beside the targets.",
    "cancel": "Take back the pages that no worker has begun; `retry` reads them after all.",
    "check": (
        "Check configuration, server, engines and disk; exits non-zero if something is missing."
    ),
    "compare": "Read the same pages with several backends and tell how they differ.",
    "completion": "Print what lets a shell complete `ocrqueue` with the tab key.",
    "config": "Print each setting, its value and where it came from.",
    "correct": "Replace what was read of a page by a text of yours, or accept it as it is.",
    "dashboard": "Serve rq-dashboard on 127.0.0.1: queues, jobs, failures and their reasons.",
    "enqueue": "Queue the pages of folders and files for the workers that run elsewhere.",
    "forget": "Take documents out of the workspace, also those whose input is gone.",
    "models": "List, fetch and check the models that `deepseek-mlx` reads with.",
    "remote": "Say which documents may leave this machine and what left of them, or change it.",
    "report": "Tell what came of a whole collection: success, speed, reasons, each document.",
    "retry": "Read the failed pages again, of all documents or of those named, and assemble anew.",
    "review": "Look at pages beside their text, doubtful ones first, and correct them.",
    "run": "Convert folders and files to Markdown: server, workers, progress, all in one.",
    "server": "Run the embedded queue server in the foreground.",
    "status": "Show what is done, failed, doubtful and left, and what each worker does.",
    "up": "Run server, workers and collector until stopped; enqueue from another terminal.",
    "watch": "Convert what comes into folders, as it comes, until stopped; as `run` does.",
    "worker": "Run workers of one kind until stopped; waits for the server, restarts what dies.",
}
PROCESSES = frozenset({"dashboard", "review", "server", "up", "worker"})  # one module has these


class _Commands(click.Group):
    """Imports a command when it is asked for: all of them together take half of a start.

    See https://click.palletsprojects.com/en/stable/complex/#lazily-loading-subcommands
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = "processes" if cmd_name in PROCESSES else cmd_name
        command: click.Command = getattr(importlib.import_module(f"{__name__}.{module}"), cmd_name)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        named = [
            CompletionItem(name, help=told)
            for name, told in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return [*named, *super(click.Group, self).shell_complete(ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        room = formatter.width - 6 - max(map(len, COMMANDS))
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, click.Command(name, help=told).get_short_help_str(room))
                    for name, told in COMMANDS.items()
                ]
            )


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__)
def cli() -> None:
    """Turn folders of PDFs and scans into Markdown, page by page, every page accounted for.

    Everything in one command: `ocrqueue run FOLDER -o OUT`. What failed, once more:
    `ocrqueue retry -o OUT`.
    """


def main() -> None:
    """Run the command line; the exit code says how it went (docs/cli.md)."""
    sys.excepthook = terminal.tell_fault
    leave_no_core()
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (OcrqueueError, click.ClickException, click.Abort, KeyboardInterrupt) as error:
        sys.exit(_tell_asked(error))
    except Exception as error:  # noqa: BLE001 - raised again unless the server went away
        sys.exit(_tell_outside(error))


def _tell_asked(error: BaseException) -> int:
    """Print why we stopped and return the exit code."""
    match error:
        case click.ClickException():
            shown = io.StringIO()
            error.show(shown)
            say(*shown.getvalue().splitlines(), err=True)
            return ExitCode.USAGE
        case OcrqueueError():
            say_error(error)
            if error.remedy:
                say(error.remedy, err=True)
            return error.exit_code if isinstance(error, OperatorError) else ExitCode.ERROR
    say("interrupted", err=True)
    return ExitCode.INTERRUPTED


def _tell_outside(error: Exception) -> int:
    """Print what the world around us did and return the exit code."""
    from ocrqueue.broker import connection  # noqa: PLC0415 - only who has a server needs it

    if isinstance(error, BrokenPipeError):  # `ocrqueue status | head`
        sys.stderr.close()
        return ExitCode.ERROR
    if connection.is_full(error):
        return _tell_asked(ServerFull(f"the queue server takes nothing more: {error}"))
    if isinstance(error, connection.ServerGone):
        say(f"error: the queue server went away: {error}", err=True)
        return ExitCode.SERVER_UNREACHABLE
    if not isinstance(error, OSError):
        raise error
    say(f"error: {error}", err=True)
    say("Check the path, its permissions and the free space.", err=True)
    return ExitCode.ERROR
