"""`completion`: what a shell needs in order to complete commands, options and their values."""

import click
from click.shell_completion import ShellComplete, get_completion_class

from ocrqueue.cli.echo import say_text

PROGRAM, VARIABLE = "ocrqueue", "_OCRQUEUE_COMPLETE"  # the variable has the name that click derives


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what lets a shell complete `ocrqueue` with the tab key.

    For bash (4.4 or newer) and zsh, in ~/.bashrc or ~/.zshrc (there, after compinit):

        eval "$(ocrqueue completion zsh)"

    For fish:

        ocrqueue completion fish > ~/.config/fish/completions/ocrqueue.fish
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise LookupError(shell)
    command = click.get_current_context().find_root().command
    # Not the kind's own `source`: that of bash starts the first bash on PATH, to ask its version.
    say_text(ShellComplete.source(kind(command, {}, PROGRAM, VARIABLE)).strip())
