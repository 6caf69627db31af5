"""What every backend promises, asked of each of them."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath

import pytest

from ocrqueue.backends import factory
from ocrqueue.backends.base import NO_IMAGE, Backend, KnowsByName
from ocrqueue.model.errors.page import PageError
from ocrqueue.model.page import PageImage, Reply
from ocrqueue.settings.engines import Candidate, OpenRouterSettings, ReplaySettings
from ocrqueue.settings.schema import Settings
from tests.support import fault_server, tiny_model
from tests.support.fault_server import FaultServer
from tests.support.page_images import drawn

NAMES = sorted(factory.MODULES)
PARAMETERS = [
    pytest.param(name, marks=tiny_model.needs_tiny if name == tiny_model.BACKEND else ())
    for name in NAMES
]


@pytest.fixture(scope="module", params=PARAMETERS)
def candidate(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Candidate]:
    """Each backend as the settings would name it; some need a model, a server or a folder."""
    folder = tmp_path_factory.mktemp("backend")
    if request.param == tiny_model.BACKEND:
        yield tiny_model.candidate(lease_file=folder / "lease", max_tokens=300)
    elif request.param == "openrouter":
        with FaultServer([fault_server.page(cost=None)]) as server:
            yield OpenRouterSettings(model="a-model", base_url=server.url)
    elif request.param == "replay":
        for page in (1, 3):
            (folder / f"{page:04d}.md").write_text("# A page\n\nof text.")
        yield ReplaySettings(model="a-model", replies=folder)
    else:
        yield replace(Settings().candidate(request.param), model="a-model")


@pytest.fixture(scope="module")
def backend(candidate: Candidate) -> Iterator[Backend]:
    """Each backend, as the settings would make it."""
    made = factory.create(candidate)
    if isinstance(made, KnowsByName):
        made.of_document(PurePath("/"), 3)
    yield made
    made.close()


@pytest.fixture(scope="module")
def image(backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> PageImage:
    """A page image if the backend wants one."""
    if backend.name == tiny_model.BACKEND:
        return tiny_model.images("umlaut")["umlaut"]
    is_wanted = backend.image_mode is not None
    return drawn(tmp_path_factory.mktemp("drawn")) if is_wanted else NO_IMAGE


@pytest.fixture(scope="module")
def first(backend: Backend, image: PageImage) -> Reply:
    """What each of them reads at first."""
    return backend.page_to_markdown(image, deadline=soon(), page=1)


def soon(seconds: float = 60.0) -> float:
    return time.monotonic() + seconds


def test_a_backend_says_who_it_is(backend: Backend, candidate: Candidate) -> None:
    """Name and model come from the candidate."""
    assert backend.name in NAMES
    assert (backend.name, backend.model) == (candidate.name, candidate.model)


def test_a_page_becomes_text(backend: Backend, first: Reply) -> None:
    """The reply has text and says who wrote it."""
    assert first.text.strip()
    assert (first.backend, first.model) == (backend.name, backend.model)
    assert first.words > 0


def test_the_same_page_has_the_same_text(backend: Backend, image: PageImage, first: Reply) -> None:
    """Reading twice gives one text: results can be compared."""
    assert backend.page_to_markdown(image, deadline=soon(), page=1).text == first.text


@pytest.mark.parametrize("task", ["table_to_markdown", "formula_to_latex"])
def test_other_tasks_are_done_or_refused(backend: Backend, image: PageImage, task: str) -> None:
    """Each task ends in a reply or in an error of a page."""
    with contextlib.suppress(PageError):
        assert isinstance(getattr(backend, task)(image, deadline=soon(), page=1), Reply)


def test_a_closed_backend_reads_again(backend: Backend, image: PageImage, first: Reply) -> None:
    """Closing lets go of things; asking again loads them again."""
    backend.close()
    backend.close()

    assert backend.page_to_markdown(image, deadline=soon(), page=1).text == first.text


def test_the_candidate_can_be_checked_without_reading(candidate: Candidate) -> None:
    """What works has no problems."""
    assert factory.check(candidate) == []


def test_a_backend_obeys_its_own_settings(
    backend: Backend, candidate: Candidate, image: PageImage, first: Reply
) -> None:
    """Told to read as it would by itself, it reads the same."""
    backend.obey(candidate)

    assert backend.page_to_markdown(image, deadline=soon(), page=1).text == first.text
