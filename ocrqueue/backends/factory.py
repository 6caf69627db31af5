"""From a candidate of the settings to its backend; each module is imported only when it is used.

What answers by script is for tests and demos: it lies beside our packages, in a checkout only.
"""

import importlib
import importlib.util
from typing import Any, Protocol, cast

from ocrqueue.backends.base import Backend, ReadsLines, Spends
from ocrqueue.model.errors.page import BackendUnavailable
from ocrqueue.settings.engines import Candidate, OpenRouterSettings
from ocrqueue.settings.schema import Settings

ENGINE = "tesseract"
MODULES = {
    "deepseek-mlx": "ocrqueue.backends.deepseek_mlx.backend",
    "openrouter": "ocrqueue.backends.openrouter.backend",
    "tesseract": "ocrqueue.backends.tesseract",
    "replay": "ocrqueue.backends.replay",
    "scripted": "demo.scripted",
}


class _Module(Protocol):
    # Each takes the settings of its own: the candidate has the name of its backend.
    def create(self, candidate: Candidate) -> Backend: ...

    def check(self, candidate: Candidate) -> list[str]: ...


def create(candidate: Candidate) -> Backend:
    """Return the backend of this name, not loaded yet.

    Raises:
        BackendUnavailable: there is no backend of this name, or it was not installed along.
    """
    return _module(candidate.kind).create(candidate)


def witness(settings: Settings, name: str) -> ReadsLines | None:
    """Return the embedded engine as a witness of what a backend says; None: it is that, or none."""
    if name == ENGINE or ENGINE not in settings.candidates:
        return None
    return cast("ReadsLines", create(settings.candidate(ENGINE)))


def check(candidate: Candidate) -> list[str]:
    """Return what keeps the candidate from working, in words; reads no page."""
    try:
        return _module(candidate.kind).check(candidate)
    except BackendUnavailable as error:
        return [str(error)]


def ask(candidate: Candidate) -> list[str]:
    """Return what a service elsewhere says against the candidate, in words; sends it no page."""
    if not isinstance(candidate, OpenRouterSettings):
        return []
    module: Any = importlib.import_module(MODULES[candidate.kind])
    found: list[str] = module.ask(candidate)
    return found


def reserves(candidate: Candidate) -> int:
    """Return the most that one page may cost in one request, in micro-USD; reads and asks nothing.

    Raises:
        BackendUnavailable: the candidate's settings make no sense.
    """
    backend = create(candidate)
    return backend.reserves() if isinstance(backend, Spends) else 0


def require(name: str) -> str:
    """Return the module of the backend of this name, which is not imported for that.

    Raises:
        BackendUnavailable: there is no backend of this name, or it was not installed along.
    """
    if name not in MODULES:
        raise BackendUnavailable(f"there is no backend {name!r}; there are: {', '.join(MODULES)}")
    if importlib.util.find_spec(MODULES[name].partition(".")[0]) is None:
        message = f"{name} is for tests and demos: only a checkout of ocrqueue has it"
        raise BackendUnavailable(message)
    return MODULES[name]


def _module(name: str) -> _Module:
    # A module is what the protocol asks for, but its type is only known after the import.
    return cast("_Module", importlib.import_module(require(name)))
