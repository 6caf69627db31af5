"""`config`: each setting, its value, and who set it."""

import click

from ocrqueue.cli import auto_route, options
from ocrqueue.cli.echo import say, say_json
from ocrqueue.settings.describe import describe
from ocrqueue.settings.schema import Settings


@click.command()
@options.as_json
@options.common
def config(settings: Settings, *, as_json: bool) -> None:
    """Print each setting, its value and where it came from."""
    rows = describe(auto_route.settle(settings)[0])
    if as_json:
        told = {row.key: {"value": row.value, "origin": row.origin} for row in rows}
        say_json(told, indent=1)
        return
    width = max(len(f"{row.key} = {row.value}") for row in rows if len(row.value) < 40)  # noqa: PLR2004 - long values stand out anyway
    for row in rows:
        say(f"{f'{row.key} = {row.value}':<{width}}  # {row.origin}")
