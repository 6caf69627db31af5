"""Which backends read where nobody said so: on Apple silicon the model first, if it is there."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ocrqueue.backends import factory
from ocrqueue.cli.echo import say
from ocrqueue.settings.schema import ReadingSettings, Settings

MODEL = "deepseek-mlx"
PLAIN = ReadingSettings().route
APPLE = ("Darwin", "arm64")  # what Python calls the system and the machine
CURED_BY_A_PULL = ("is not on this disk", "is incomplete")  # what is said of a model
ROUTE = "reading.route"
ORIGIN = "Apple silicon, and its model is here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The route where none was asked for, and how to get a better one."""

    route: tuple[str, ...]
    hint: str = ""  # "": there is none


def choose(*, system: str, machine: str, problems: Sequence[str]) -> Choice:
    """Return the route for a machine; `problems` keep the model from being used on it."""
    if (system, machine) != APPLE:
        return Choice(route=PLAIN)
    if not problems:
        return Choice(route=(MODEL, *PLAIN))
    hint = f"{', '.join(PLAIN)} reads meanwhile: {problems[0]}"
    if any(what in problems[0] for what in CURED_BY_A_PULL):
        hint += ". Remedy: ocrqueue models pull"
    return Choice(route=PLAIN, hint=hint)


def settle(settings: Settings) -> tuple[Settings, str]:
    """Return the settings with the route for this machine, and the hint.

    A route that anybody asked for, by flag, variable or file, stays as it is.
    """
    if settings.is_given(ROUTE):
        return settings, ""
    system, machine = platform.system(), platform.machine()
    is_worth_a_look = (system, machine) == APPLE
    problems = factory.check(settings.candidate(MODEL)) if is_worth_a_look else []
    choice = choose(system=system, machine=machine, problems=problems)
    if choice.route == settings.reading.route:
        return settings, choice.hint
    reading = replace(settings.reading, route=choice.route)
    return replace(
        settings, reading=reading, origins={**settings.origins, ROUTE: ORIGIN}
    ), choice.hint


def settle_and_tell(settings: Settings, *, quiet: bool = False) -> Settings:
    """Return the settings with the route for this machine; say how a better one could be had."""
    settled, hint = settle(settings)
    if hint and not quiet:
        say(hint, err=True)
    return settled
