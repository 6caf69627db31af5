"""`run FILE -o -`: one document in, its Markdown on standard output, and nothing left behind."""

import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from ocrqueue.cli import arguments, conversion, output
from ocrqueue.cli.arguments import STANDARD_INPUT, Batch
from ocrqueue.cli.echo import say, say_text
from ocrqueue.cli.manner import Manner
from ocrqueue.cli.summary import problem_lines
from ocrqueue.inputs import sniff
from ocrqueue.model.errors.document import FileUnreadable
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.model.finding import Concern
from ocrqueue.model.place import Place
from ocrqueue.pipeline.summary import of_run, written_paths
from ocrqueue.settings.schema import Settings
from ocrqueue.settings.schema_storage import WorkspaceSettings
from ocrqueue.workspace import sources
from ocrqueue.workspace.store import Store


def convert(settings: Settings, asked: Mapping[str, Any], manner: Manner) -> None:
    """Read one document in a folder that is removed at the end, and print its Markdown.

    Raises:
        UsageError: there is not one document, or JSON is wanted beside it.
    """
    if manner.as_json:
        raise UsageError("-o - prints Markdown, --json something else: name a folder")
    with tempfile.TemporaryDirectory(prefix="ocrqueue-") as made:
        folder = Path(made)
        asked = {**asked, "paths": (_document(asked["paths"], folder),)}
        settings = replace(settings, workspace=WorkspaceSettings(output=folder / "out"))
        batch = Batch.asked_for(settings, asked)
        store = Store.create(settings.workspace.folder)
        with batch.producing(store) as produce:
            conversion.convert(settings, store, produce, manner=manner, end=_end)


def _document(paths: Sequence[Place], folder: Path) -> Path:
    """Return the one document that is named; what is no file here is fetched.

    Raises:
        UsageError: there is none, or more than one.
        StorageAway: its bucket cannot be asked.
    """
    if len(paths) != 1 or (isinstance(paths[0], Path) and paths[0].is_dir()):
        raise UsageError("-o - prints one document: name one file, or - for standard input")
    if paths[0] != STANDARD_INPUT:
        try:
            return sources.local(paths[0])
        except FileUnreadable as error:
            message = f"{paths[0]} is no file (-o - prints one document): {error}"
            raise UsageError(message) from error
    head = arguments.head_of_input()
    kind = sniff.sniff(head)
    if kind is None:
        raise UsageError("standard input is no PDF and no image that can be read")
    place = folder / f"stdin.{kind}"
    with place.open("wb") as stream:
        shutil.copyfileobj(sys.stdin.buffer, stream)
    return place


def _end(
    store: Store, run: str, settings: Settings, manner: Manner, *, seconds: float | None = None
) -> NoReturn:
    """Print the Markdown, and on standard error what is wrong with it."""
    del settings, seconds
    summary = of_run(store, run)
    for path in written_paths(store, run):
        say_text(Path(path).read_text("utf-8").rstrip("\n"))
    told = [Concern.FAILED] if manner.quiet else [Concern.FAILED, Concern.DOUBTFUL]
    lines = problem_lines(summary.problems, told, out="")
    # There is no workspace to retry in when this has ended.
    say(*(line.replace("`ocrqueue retry", "`ocrqueue run FILE -o -") for line in lines), err=True)
    raise SystemExit(output.exit_code(summary, manner))
