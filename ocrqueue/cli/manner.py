"""How a command tells what came of it: the options for that, and what they mean."""

from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, cast

import click

from ocrqueue.cli.options import Command, decorate


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How much is printed, and whether doubtful pages fail the command."""

    quiet: bool = False
    as_json: bool = False
    fail_on_doubtful: bool = False

    @property
    def silent(self) -> bool:
        """Whether nothing is said meanwhile."""
        return self.quiet or self.as_json


def how_to_tell(command: Command) -> Command:
    """Add what says how much is printed, and how a command ends; it gets its `manner`."""

    @wraps(command)
    def wrapped(*, manner: Manner, fail_on_doubtful: bool, **asked: Any) -> Any:
        return command(manner=replace(manner, fail_on_doubtful=fail_on_doubtful), **asked)

    fails = "Exit code 3 where a page is doubtful, too."
    return decorate(
        cast("Command", wrapped),
        click.option("--fail-on-doubtful", is_flag=True, help=fails),
        how_much,
    )


def how_much(command: Command) -> Command:
    """Add what says how much is printed; the command gets its `manner`."""

    @wraps(command)
    def wrapped(*, quiet: bool, as_json: bool, **asked: Any) -> Any:
        return command(manner=Manner(quiet=quiet, as_json=as_json), **asked)

    return decorate(
        cast("Command", wrapped),
        click.option("-q", "--quiet", is_flag=True, help="Print only the paths of the Markdown."),
        click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts."),
    )
