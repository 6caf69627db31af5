"""Options that commands share: below which heading they stand, and how much is logged."""

import re

import click
import pytest
from click.testing import CliRunner

from ocrqueue import logs
from ocrqueue.cli import cli, options, sections
from ocrqueue.settings.schema import Settings

LONG = ["run", "enqueue", "watch", "retry"]  # commands with headings


def command_named(name: str) -> click.Command:
    command = cli.get_command(click.Context(cli), name)
    assert command
    return command


def names_of(name: str) -> set[str]:
    return {str(one.name) for one in command_named(name).params if isinstance(one, click.Option)}


@pytest.mark.parametrize("name", LONG)
def test_an_option_of_its_own_stands_below_a_heading(name: str) -> None:
    """What not every command has is in one section; what every command has is in none."""
    listed = [option for section in sections.SECTIONS.values() for option in section]
    common = names_of("check") & names_of("server")

    assert len(listed) == len(set(listed))
    assert names_of(name) - common <= set(listed)
    assert common.isdisjoint(listed)


@pytest.mark.parametrize("name", LONG)
def test_help_shows_each_option_once(name: str) -> None:
    """Headings leave no option out, and no argument is taken for one."""
    shown = CliRunner().invoke(cli, [name, "--help"]).stdout
    command = command_named(name)

    for option in [one for one in command.params if isinstance(one, click.Option)]:
        spelled = re.escape(", ".join(option.opts))
        assert len(re.findall(rf"^  {spelled}(?=[ \n])", shown, re.MULTILINE)) == 1, option.opts
    assert shown.count(sections.REST) == 1
    assert "\n  [FOLDER" not in shown.split("Which files and pages")[1]


def test_no_option_is_listed_that_no_command_has() -> None:
    """A name in a section is one of an option that there is."""
    there = set().union(*map(names_of, LONG))

    assert {option for section in sections.SECTIONS.values() for option in section} <= there


@pytest.mark.parametrize(
    ("given", "level"),
    [
        ([], "warning"),
        (["-v"], "info"),
        (["-vv"], "debug"),
        (["-vv", "--log-level", "error"], "error"),
    ],
)
def test_a_letter_for_more_logs(
    monkeypatch: pytest.MonkeyPatch, given: list[str], level: str
) -> None:
    """-v logs what is done, -vv all of it; a level that is named wins."""
    told: list[str] = []
    monkeypatch.setattr(logs, "configure", lambda *, level, **_: told.append(level))

    @click.command()
    @options.common
    def command(settings: Settings) -> None:
        assert settings.config_file is None

    result = CliRunner().invoke(command, given)

    assert (result.exit_code, told) == (0, [level])
