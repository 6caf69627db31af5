"""The command line: parse, call a use case, print. Results go to stdout, talk to stderr."""

import sys

import click

from ocrqueue import __version__
from ocrqueue.broker import connection
from ocrqueue.cli import (
    benching,
    checking,
    comparing,
    converting,
    models,
    permitting,
    processes,
    queueing,
    showing,
)
from ocrqueue.errors import ExitCode, OcrqueueError, OperatorError, ServerFull


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__)
def cli() -> None:
    """Turn folders of PDFs and scans into Markdown, page by page, every page accounted for.

    Everything in one command: `ocrqueue run FOLDER -o OUT`. What failed, once more:
    `ocrqueue retry -o OUT`.
    """


for command in (
    converting.run,
    queueing.enqueue,
    showing.show_status,
    converting.retry,
    queueing.cancel,
    permitting.remote,
    processes.up,
    processes.server,
    processes.worker,
    processes.dashboard,
    models.models,
    checking.check,
    benching.bench,
    comparing.compare,
    showing.show_config,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line; the exit code says how it went (docs/cli.md)."""
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
            error.show()
            return ExitCode.USAGE
        case OcrqueueError():
            click.echo(f"error: {error}", err=True)
            if error.remedy:
                click.echo(error.remedy, err=True)
            return error.exit_code if isinstance(error, OperatorError) else ExitCode.ERROR
    click.echo("interrupted", err=True)
    return ExitCode.INTERRUPTED


def _tell_outside(error: Exception) -> int:
    """Print what the world around us did and return the exit code."""
    if isinstance(error, BrokenPipeError):  # `ocrqueue status | head`
        sys.stderr.close()
        return ExitCode.ERROR
    if connection.is_full(error):
        return _tell_asked(ServerFull(f"the queue server takes nothing more: {error}"))
    if isinstance(error, connection.ServerGone):
        click.echo(f"error: the queue server went away: {error}", err=True)
        return ExitCode.SERVER_UNREACHABLE
    click.echo(f"error: {error}", err=True)
    click.echo("Check the path, its permissions and the free space.", err=True)
    return ExitCode.ERROR
