"""What a worker's memory may come to, judged between two tokens."""

from dataclasses import dataclass
from typing import Any, cast

import pytest

from ocrqueue.model.document import Document, Kind
from ocrqueue.model.errors.page import BackendOutOfMemory
from ocrqueue.pipeline.attempt import Progress
from tests.support.readings import a_reading
from workers import memory_limit
from workers.memory_limit import Ceiling

DOCUMENT = Document(
    id="d",
    sha256="0",
    kind=Kind.PDF,
    pages=9,
    source="/a.pdf",
    size=1,
    mtime_ns=1,
    reading=a_reading(route=()),
)
MUCH = 1 << 20  # MB: far more than this process has


@dataclass(slots=True)
class Model:
    """A backend whose model holds what a test says, beside what this process has."""

    memory_mb: float = 0.0
    is_loaded: bool = True
    load_timeout_s: float = 1.0
    broken: str = ""
    peak_memory_mb: float = 0.0

    def load(self, *, deadline: float) -> None: ...


def token(number: int, page: int = 1) -> Progress:
    return Progress(document=DOCUMENT, page=page, backend="b", tokens=number)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    monkeypatch.setattr(memory_limit, "LOOK_S", -1.0)
    return Model()


def below(limit_mb: int, model: Model | None) -> Ceiling:
    return Ceiling(limit_mb=limit_mb, model=cast("Any", model))


def test_a_page_that_takes_too_much_is_ended(model: Model) -> None:
    """What MLX holds counts; the process is renewed although the memory is free again."""
    own = below(MUCH, model)
    own.look(token(1))
    own.look(token(2))
    assert not own.is_exceeded()
    model.memory_mb = MUCH + 1.0
    with pytest.raises(BackendOutOfMemory, match=f"{MUCH + 1} MB after 3 tokens, above {MUCH} MB"):
        own.look(token(3))
    model.memory_mb = 0.0
    assert own.is_exceeded()


def test_a_model_that_is_above_from_the_start_reads(model: Model) -> None:
    """Else it would read no page at all; its process is renewed after each."""
    own = below(1, model)
    for number in range(5):
        own.look(token(number))
    assert own.is_exceeded()


def test_each_page_is_looked_at_anew(model: Model) -> None:
    """A page that began above the ceiling says nothing about the next one."""
    own = below(MUCH, model)
    model.memory_mb = MUCH + 1.0
    own.look(token(1, page=1))
    own.look(token(2, page=1))
    model.memory_mb = 0.0
    own.look(token(1, page=2))
    model.memory_mb = MUCH + 1.0
    with pytest.raises(BackendOutOfMemory):
        own.look(token(2, page=2))


def test_without_a_ceiling_nothing_is_too_much(model: Model) -> None:
    """0 is none, also for a backend that keeps no model."""
    model.memory_mb = MUCH
    for own in (below(0, model), below(0, None)):
        own.look(token(1))
        own.look(token(2))
        assert not own.is_exceeded()


def test_the_most_that_was_held_is_told(model: Model) -> None:
    """What a GPU holds for a model counts, and so does what this process had at once."""
    plain = below(0, None).peak_mb()
    model.peak_memory_mb = MUCH

    assert 20 < plain < MUCH
    assert below(0, model).peak_mb() >= MUCH
