"""`bench`: how fast this machine reads, beside the targets, or beside an earlier measurement."""

import json
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import click

from ocrqueue.cli import arguments, auto_route, bench_tables, file_options, options
from ocrqueue.cli.echo import say, say_json
from ocrqueue.evaluation.bench_report import BenchRun, PageTime
from ocrqueue.model.errors.base import ExitCode
from ocrqueue.model.errors.operator import BenchFailed, UsageError
from ocrqueue.model.place import Place, absolute
from ocrqueue.settings import programs
from ocrqueue.settings.load import child_environ
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace import atomic
from ocrqueue.workspace.files import json_in
from ocrqueue.workspace.folder_files import FolderFiles

END_S = 10.0


@click.command()
@click.argument("paths", nargs=-1, type=file_options.PLACE, metavar="[FOLDER|FILE|s3://...]...")
@click.option(
    "--pages",
    type=click.IntRange(min=1),
    default=10,
    metavar="N",
    help="Read so many pages; fewer are read again.  [10]",
)
@click.option("--backend", metavar="NAME", help="Measure this one.  [the first of the route]")
@options.model
@options.trust
@options.lang
@options.dpi
@click.option("--json", "kept", metavar="FILE", help="Write what was measured there; -: print it.")
@click.option(
    "--compare",
    nargs=2,
    type=click.Path(path_type=Path),
    metavar="A B",
    help="Measure nothing: tell how B differs from A, two files of --json.",
)
@options.common
def bench(
    settings: Settings,
    *,
    paths: tuple[Place, ...],
    pages: int,
    kept: str | None,
    compare: tuple[Path, Path] | None,
) -> None:
    """Measure how fast this machine reads pages, and print it beside the targets.

    One worker's work without the queue: draw, read, judge, in a process of its own. Without FOLDER
    or FILE it reads sample pages of ours. Targets are settings, section [targets]. Nothing that is
    printed or written holds text of a page or the name of a file. Example:

        ocrqueue bench scans/typical.pdf --pages 20 --json today.json
    """
    if compare:
        before, after = (_load(path) for path in compare)
        say(*bench_tables.compared(before, after))
        return
    arguments.require_there(path for path in paths if isinstance(path, Path))
    settings = auto_route.settle_and_tell(settings)
    run = _measure(settings, paths, pages)
    if kept == "-":
        say_json(run.to_wire(), indent=1)
    else:
        say(*bench_tables.measured(run, settings))
    if kept and kept != "-":
        file = Path(kept)
        told = json.dumps(run.to_wire(), indent=1).encode() + b"\n"
        atomic.write_whole(file, told, below=file.parent)
    if any(page.error for page in run.pages):
        raise SystemExit(ExitCode.PAGES_FAILED)


def _load(path: Path) -> BenchRun:
    real = path.resolve()  # the user named it, so that it may be a link
    wire = json_in(FolderFiles(below=real.parent), real)
    if wire is None:
        raise UsageError(f"{path} cannot be read, or is no JSON")
    try:
        return BenchRun.from_wire(wire)
    except ValueError as error:
        raise UsageError(f"{path} is no whole measurement ({error})") from error


def _measure(settings: Settings, paths: Sequence[Place], pages: int) -> BenchRun:
    """Return what the measuring process tells; its pages are told as they come."""
    asked = [f"--pages={pages}", "--", *(str(absolute(path)) for path in paths)]
    told = 0
    with _process(settings, asked) as process:
        for line in map(json.loads, process.stdout or ()):
            if "page" in line:
                told += 1
                say(bench_tables.page_line(PageTime(**line["page"]), told, pages), err=True)
            elif "run" in line:
                return BenchRun.from_wire(line["run"])
            elif "failed" in line:
                say(f"error: {line['failed']}", line["remedy"], err=True)
                raise SystemExit(process.wait())
        code = process.wait()
    raise BenchFailed(f"the measuring process {_ended(code)} after {told} of {pages} pages")


@contextmanager
def _process(settings: Settings, asked: Sequence[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `workers.bench`; it ends with us, however we end."""
    quiet = replace(settings, logging=replace(settings.logging, level="warning"))
    process = programs.start(
        programs.python("workers.bench", "--supervised", *asked),
        stdin=subprocess.PIPE,  # its lifeline
        stdout=subprocess.PIPE,
        env=child_environ(quiet),
        start_new_session=True,  # a Ctrl-C in the terminal is for us alone
    )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_S)
        process.kill()


def _ended(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
