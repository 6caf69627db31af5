"""The options that say which files and pages are read, and what opens them."""

import os
from typing import Any

import click

from ocrqueue.cli.options import Command, decorate
from ocrqueue.model.place import Place, place_of


class _Place(click.ParamType[Place]):
    """A path, or the address of objects in a bucket."""

    name = "path"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Place:
        """Return the place."""
        try:
            return place_of(os.fsdecode(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


PLACE = _Place()


def which_files(command: Command) -> Command:
    """Add what says which files and pages are read."""
    return decorate(
        command,
        click.argument("paths", nargs=-1, type=PLACE, metavar="[FOLDER|FILE|s3://...|-]..."),
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
