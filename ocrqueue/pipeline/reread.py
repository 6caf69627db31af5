"""One page once more with another backend, in this process: for a person who is to choose."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from ocrqueue.backends import factory
from ocrqueue.model.document import Document
from ocrqueue.model.errors.document import NotNamed
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.model.page import PageResult, failed_result
from ocrqueue.pipeline import attempt, in_process
from ocrqueue.pipeline.attempt import Accepted, Request
from ocrqueue.pipeline.drawing import Draws
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace import sources
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store

# Local ones that need no model: this process is for people who wait.
HERE = ("tesseract", "replay", "scripted")


def backends(settings: Settings) -> list[str]:
    """Return the backends that are ready to read in this process."""
    known = [name for name in HERE if name in settings.candidates]
    return [name for name in known if not factory.check(settings.candidate(name))]


def source_of(output: Output) -> Path:
    """Return the file of an output, to be opened.

    Raises:
        NotNamed: no command of this user named it; the workspace alone does not say so.
    """
    if not output.is_confirmed:
        raise NotNamed(f"no command of yours named {output.source}, only the workspace does")
    return sources.opened(output.source, output.sha256, output.stamp)[0]


def require(output: Output, backend: str, settings: Settings) -> Path:
    """Return the file of an output that this backend can read here.

    Raises:
        NotNamed: no command of this user named the file.
        UsageError: the backend is none that reads in this process.
    """
    source = source_of(output)
    if backend not in backends(settings):
        raise UsageError(f"{backend} does not read in this process")
    return source


def reread(
    store: Store,
    document: Document,
    page: int,
    *,
    source: Path,
    backend: str,
    settings: Settings,
    renderer: Draws,
) -> PageResult:
    """Return what a backend reads of a page's picture, as `require` allows; nothing is kept."""
    reading = replace(document.reading, text_layer="never", witness="off")
    tools = in_process.tools_of(settings, backend, renderer)
    with closing(tools.backend):
        request = Request(
            document=replace(document, source=str(source), reading=reading),
            page=page,
            password=store.password(document.id),
        )
        outcome = attempt.run(request, tools)
    return (
        outcome.result if isinstance(outcome, Accepted) else failed_result(page, [outcome.attempt])
    )
