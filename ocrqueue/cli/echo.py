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


def say_less_and_less(first_s: float, most_s: float) -> Callable[..., None]:
    """Return what prints a line on standard error, and waits twice as long before the next one.

    Where what it is `about` is another matter than before, it is printed at once.
    """
    last, wait_s, matter = time.monotonic(), first_s, ""

    def tell(line: str, about: str = "") -> None:
        nonlocal last, wait_s, matter
        is_news = about != matter
        if is_news or time.monotonic() - last >= wait_s:
            last, matter = time.monotonic(), about
            wait_s = first_s if is_news else min(2 * wait_s, most_s)
            say(line, err=True)

    return tell


def say_error(error: Exception) -> None:
    """Print what ends a command; an error may list what it is about, a line each."""
    click.echo(f"error: {told(error)}", err=True)


def say_json(wire: Any, *, indent: int | None = None) -> None:
    """Print JSON for scripts; all that is not plain ASCII is escaped in it."""
    click.echo(json.dumps(wire, indent=indent))
