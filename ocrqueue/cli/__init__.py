"""The command line: parse, call a use case, print. Results go to stdout, talk to stderr."""

import sys

import click

from ocrqueue import __version__
from ocrqueue.cli import checking, converting, processes, queueing, showing
from ocrqueue.errors import ExitCode, OperatorError


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
    processes.up,
    processes.server,
    processes.worker,
    processes.dashboard,
    checking.check,
    showing.show_config,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line; the exit code says how it went (docs/cli.md)."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitCode.USAGE)
    except OperatorError as error:
        click.echo(f"error: {error}", err=True)
        if error.remedy:
            click.echo(error.remedy, err=True)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(ExitCode.ERROR)
