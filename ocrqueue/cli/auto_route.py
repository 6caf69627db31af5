"""Which backends read where nobody said so: on Apple silicon the model first, if it is there."""

import platform
from collections.abc import Sequence
from dataclasses import replace

from ocrqueue.backends import factory
from ocrqueue.cli.echo import say
from ocrqueue.settings.schema import ReadingSettings, Settings

MODEL = "deepseek-mlx"
PLAIN = ReadingSettings().route
APPLE = ("Darwin", "arm64")  # what Python calls the system and the machine
ROUTE = "reading.route"
ORIGIN = "Apple silicon, and its model is here"


def choose(*, system: str, machine: str, problems: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Return the route for a machine and how to get a better one; "" if there is none.

    `problems` keep the model from being used on it.
    """
    if (system, machine) != APPLE:
        return PLAIN, ""
    if not problems:
        return (MODEL, *PLAIN), ""
    return PLAIN, f"{', '.join(PLAIN)} reads meanwhile: {problems[0]}"


def settle(settings: Settings) -> tuple[Settings, str]:
    """Return the settings with the route for this machine, and the hint.

    A route that anybody asked for, by flag, variable or file, stays as it is.
    """
    if settings.is_given(ROUTE):
        return settings, ""
    system, machine = platform.system(), platform.machine()
    is_worth_a_look = (system, machine) == APPLE
    problems = factory.check(settings.candidate(MODEL)) if is_worth_a_look else []
    route, hint = choose(system=system, machine=machine, problems=problems)
    if route != settings.reading.route:
        origins = {**settings.origins, ROUTE: ORIGIN}
        reading = replace(settings.reading, route=route)
        settings = replace(settings, reading=reading, origins=origins)
    return settings, hint


def settle_and_tell(settings: Settings, *, quiet: bool = False) -> Settings:
    """Return the settings with the route for this machine; say how a better one could be had."""
    settled, hint = settle(settings)
    if hint and not quiet:
        say(hint, err=True)
    return settled
