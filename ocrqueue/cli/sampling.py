"""`--sample`: a few inputs of each group, before all of them are read."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from ocrqueue.cli.echo import say
from ocrqueue.cli.options import Command, decorate
from ocrqueue.inputs import sample as use_case
from ocrqueue.inputs.sample import Trait
from ocrqueue.inputs.walk import Found
from ocrqueue.model.errors.operator import UsageError


def how_many(command: Command) -> Command:
    """Add what says that only a sample of the inputs is read."""
    return decorate(
        command,
        click.option(
            "--sample", type=click.IntRange(min=1), metavar="N", help="Only N of the documents."
        ),
        click.option(
            "--by",
            type=click.Choice([trait.value for trait in Trait]),
            help="With --sample: some of each of these groups.",
        ),
        click.option("--seed", type=int, metavar="N", help="Another sample for another N.  [0]"),
    )


def sampled(found: Iterator[Found], asked: Mapping[str, Any]) -> Iterator[Found]:
    """Return the inputs, or the sample of them that is asked for; say which these are.

    Raises:
        UsageError: it is said how to sample, and not how many.
    """
    count, by, seed = asked.get("sample"), asked.get("by"), asked.get("seed")
    if count is None:
        if by is not None or seed is not None:
            raise UsageError("--by and --seed go with --sample N")
        return found
    groups = use_case.groups(found, Trait(by) if by else None)
    chosen = use_case.sample(groups, count, seed or 0)
    total = sum(map(len, groups.values()))
    taken = [one for own in chosen.values() for one in own]
    say(f"A sample of {len(taken)} of {total} documents:", err=True)
    for name, own in chosen.items():
        if by is not None:
            say(f"  {name}: {len(own)} of {len(groups[name])}", err=True)
        say(*(f"    {one.relative}" for one in own), err=True)
    return iter(taken)
