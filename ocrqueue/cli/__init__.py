"""The command line: parse, call a use case, print. Results go to stdout, talk to stderr."""

import importlib
import io
import sys
from collections.abc import Mapping

import click

from ocrqueue import __version__
from ocrqueue.broker import connection
from ocrqueue.cli.echo import say, say_error
from ocrqueue.logs import terminal
from ocrqueue.model.errors.base import ExitCode, OcrqueueError
from ocrqueue.model.errors.operator import OperatorError, ServerFull

COMMANDS: Mapping[str, str] = {  # name -> where in this package it is
    "bench": "benching.bench",
    "cancel": "queueing.cancel",
    "check": "checking.check",
    "compare": "comparing.compare",
    "config": "showing.show_config",
    "dashboard": "processes.dashboard",
    "enqueue": "queueing.enqueue",
    "models": "models.models",
    "remote": "permitting.remote",
    "retry": "converting.retry",
    "run": "converting.run",
    "server": "processes.server",
    "status": "showing.show_status",
    "up": "processes.up",
    "worker": "processes.worker",
}


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
        module, _, name = COMMANDS[cmd_name].partition(".")
        command: click.Command = getattr(importlib.import_module(f"{__name__}.{module}"), name)
        return command


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
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (OcrqueueError, click.ClickException, click.Abort, KeyboardInterrupt) as error:
        sys.exit(_tell_asked(error))
    except (connection.ServerGone, OSError) as error:
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
    if isinstance(error, BrokenPipeError):  # `ocrqueue status | head`
        sys.stderr.close()
        return ExitCode.ERROR
    if connection.is_full(error):
        return _tell_asked(ServerFull(f"the queue server takes nothing more: {error}"))
    if isinstance(error, connection.ServerGone):
        say(f"error: the queue server went away: {error}", err=True)
        return ExitCode.SERVER_UNREACHABLE
    say(f"error: {error}", err=True)
    say("Check the path, its permissions and the free space.", err=True)
    return ExitCode.ERROR
