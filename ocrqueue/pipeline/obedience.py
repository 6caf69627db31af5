"""A worker obeys the document: it reads with what the document says, or says why it cannot."""

from pathlib import Path

from ocrqueue.backends import prompts
from ocrqueue.backends.base import Backend
from ocrqueue.model.document import Reading, Task
from ocrqueue.model.errors.page import ReadingUnusable
from ocrqueue.settings import engine_text
from ocrqueue.settings.engines import Candidate
from ocrqueue.settings.keys import Source, convert, keys_of
from ocrqueue.settings.schema import RenderSettings

PROMPTED = frozenset({"openrouter"})  # backends that are asked with our prompts
_DRAWING = keys_of(RenderSettings)


def spell(candidate: Candidate, task: Task) -> str:
    """Return what a backend reads a task with, as a document's reading says it."""
    return engine_text.spell(candidate, _wording(candidate, task))


def obey(backend: Backend, own: Candidate, reading: Reading) -> None:
    """Let a backend read as the document asks from now on; `own` are the worker's settings of it.

    Raises:
        NotEquipped: it cannot, but another worker may.
        ReadingUnusable: nobody can.
    """
    _check_drawing(reading)
    text = reading.engine(own.name)
    backend.obey(engine_text.fit(own, text, _wording(own, reading.task)))


def _wording(candidate: Candidate, task: Task) -> str:
    return prompts.prompt(task).version if candidate.kind in PROMPTED else ""


def _check_drawing(reading: Reading) -> None:
    for name, value in (("dpi", reading.dpi), ("max_side_px", reading.max_side_px)):
        try:
            convert(value, _DRAWING[name], Source(origin="a document", base=Path()))
        except ValueError as error:
            raise ReadingUnusable(f"{name}: {error}") from error
