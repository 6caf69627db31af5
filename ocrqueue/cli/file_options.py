"""The options that say which files and pages are read, and what opens them."""

from pathlib import Path

import click

from ocrqueue.cli.options import Command, decorate


def which_files(command: Command) -> Command:
    """Add what says which files and pages are read."""
    return decorate(
        command,
        click.argument(
            "paths", nargs=-1, type=click.Path(path_type=Path), metavar="[FOLDER|FILE|-]..."
        ),
        click.option(
            "--from-file",
            type=click.File("rb"),
            metavar="LIST",
            help="More paths, one a line; - is standard input.",
        ),
        of_folders,
    )


def of_folders(command: Command) -> Command:
    """Add what says which files of folders are read, which pages of them, and what opens them."""
    return decorate(
        command,
        click.option("--include", multiple=True, metavar="GLOB", help="Take only what matches."),
        click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out what matches."),
        click.option("--pages", metavar="LIST", help="Such as 1-3,7,r1 (r1 is the last page)."),
        click.option(
            "--max-pages",
            type=click.IntRange(min=1),
            metavar="N",
            help="At most N pages of each document, the first ones.",
        ),
        passwords,
    )


def passwords(command: Command) -> Command:
    """Add what opens encrypted PDFs."""
    return decorate(
        command,
        click.option("--password", multiple=True, metavar="TEXT", help="Try it on encrypted PDFs."),
        click.option(
            "--password-file", type=click.File("r"), metavar="FILE", help="Passwords, one a line."
        ),
    )
