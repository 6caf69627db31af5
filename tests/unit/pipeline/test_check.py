"""What a check returns, and what it says where nobody can be the witness."""

from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.model.page import Attempt, PageResult, Verdict
from ocrqueue.model.routing import CHECKER
from ocrqueue.pipeline import check
from ocrqueue.pipeline.attempt import Request, Tools
from ocrqueue.settings.engines import ScriptedSettings
from ocrqueue.workspace.store import Store
from tests.support.batch import make_batch
from tests.support.checks import SAID, Paper, eye, model

TRIED = Attempt(backend="scripted", seconds=1.0, at="", verdict=Verdict.GOOD)
READ = PageResult(
    page=1, markdown=SAID, backend="scripted", verdict=Verdict.GOOD, attempts=(TRIED,)
)


@pytest.fixture
def tools() -> Tools:
    """A worker of the witness that needs no picture."""
    own = ScriptedSettings(name=CHECKER)
    return Tools(renderer=Paper(), backend=eye(), own=own, limit_s=60, worker="w")


def read_by_a_model(folder: Path) -> tuple[Store, Request]:
    """Return a page that a model has read and that waits for its check."""
    batch = make_batch(folder, Redis(), count=1)
    batch.store.keep(batch.document.id, READ)
    reading = replace(batch.document.reading, witness="auto")
    document = replace(batch.document, reading=reading)
    return batch.store, Request(document=document, page=1, history=(TRIED,))


def test_the_result_that_is_returned_is_the_one_that_is_kept(tmp_path: Path, tools: Tools) -> None:
    """The queue is told by it whether the page is doubtful."""
    store, request = read_by_a_model(tmp_path)

    result = check.settle(request, TRIED, store, tools)

    assert result == store.result(request.document.id, 1)
    assert result.witness is not None
    assert (result.markdown, result.witness.by) == (SAID, CHECKER)


def test_an_engine_that_reads_no_lines_is_no_witness(tmp_path: Path, tools: Tools) -> None:
    """The page stays as it was read, and says that nobody was there."""
    _, request = read_by_a_model(tmp_path)

    told = check.check(request, READ, replace(tools, backend=model(name=CHECKER)))

    assert (told.markdown, told.verdict) == (SAID, Verdict.GOOD)
    assert told.witness is not None
    assert told.witness.unwitnessed.endswith(f"{CHECKER} is no witness")
