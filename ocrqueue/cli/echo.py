"""The one way out: every line that a command prints, made harmless for the terminal."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import click

from ocrqueue.text.terminal import printable, told


def say(*lines: str, err: bool = False) -> None:
    """Print lines; nothing that stands in one can end it or steer the terminal."""
    for line in lines:
        click.echo(printable(line), err=err)


def say_text(text: str) -> None:
    """Print a text of many lines: as it is into a file or a pipe, harmless on a terminal."""
    if sys.stdout.isatty():
        say(*text.split("\n"))
    else:
        click.echo(text.encode("utf-8", "replace"))


def say_every(seconds: float) -> Callable[[str], None]:
    """Return what prints a line on standard error, so long after the last one at the earliest."""
    last = time.monotonic()

    def tell(line: str) -> None:
        nonlocal last
        if time.monotonic() - last >= seconds:
            last = time.monotonic()
            say(line, err=True)

    return tell


def say_error(error: Exception) -> None:
    """Print what ends a command; an error may list what it is about, a line each."""
    click.echo(f"error: {told(error)}", err=True)


def say_json(wire: Any, *, indent: int | None = None) -> None:
    """Print JSON for scripts; all that is not plain ASCII is escaped in it."""
    click.echo(json.dumps(wire, indent=indent))
