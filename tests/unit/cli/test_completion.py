"""`completion`: what shells are told, and what they ask for afterwards."""

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from ocrqueue.cli import COMMANDS, cli, completion


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_asks_this_program(shell: str) -> None:
    """It calls `ocrqueue` with the variable that the program looks for, and completes it alone."""
    printed = CliRunner().invoke(cli, ["completion", shell]).stdout

    assert f"{completion.VARIABLE}={shell}_complete" in printed
    assert any(word in printed for word in ("complete -o", "compdef", "complete --no-files"))


def test_commands_are_named_without_importing_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tab must not take as long as importing twenty commands."""
    monkeypatch.setattr(click.Group, "get_command", None)
    monkeypatch.setattr(type(cli), "get_command", None)

    found = cli.shell_complete(click.Context(cli), "re")

    assert [one.value for one in found] == [name for name in COMMANDS if name.startswith("re")]
    assert [one.help for one in found] == [COMMANDS[one.value] for one in found]


def test_options_of_a_command_are_completed() -> None:
    """After a command its options, and after an option its values."""
    asked = ShellComplete(cli, {}, completion.PROGRAM, completion.VARIABLE)

    options = [one.value for one in asked.get_completions(["run"], "--text")]
    values = [one.value for one in asked.get_completions(["run", "--by"], "")]

    assert options == ["--text-layer"]
    assert values == ["size", "folder", "kind"]
