"""What our command line would take, without running it."""

import click

from ocrqueue import cli


def accepted(words: list[str]) -> str:
    """Return the path of the command that takes these words; click raises where none does."""
    command: click.Command = cli.cli
    context = click.Context(command, info_name="ocrqueue")
    while isinstance(command, click.Group):
        _, chosen, words = command.resolve_command(context, words)
        assert chosen is not None
        command, context = chosen, click.Context(chosen, parent=context, info_name=chosen.name)
    command.parse_args(context, words)
    return context.command_path
