"""What a check returns, and what it says where nobody can be the witness."""

from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from ocrqueue.broker.job_ends import PutBack
from ocrqueue.model import page
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
    batch = make_batch(folder, Redis(), count=1, route=(("scripted", 1), ("other", 1)))
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


def test_a_page_that_its_witness_doubts_goes_on(tmp_path: Path, tools: Tools) -> None:
    """Another backend of its route reads it; what was read is kept, in case nobody does better."""
    store, request = read_by_a_model(tmp_path)

    with pytest.raises(PutBack) as caught:
        check.settle(request, TRIED, store, replace(tools, backend=eye("*: doubtful")))

    read, looked = caught.value.history
    assert (caught.value.queue, read.error, looked.checks) == ("other", "doubtful", True)
    assert store.result(request.document.id, 1) is None
    (kept,) = store.kept(request.document.id, 1).but("other")
    assert (kept.markdown, kept.verdict) == (SAID, Verdict.DOUBTFUL)


def test_an_engine_that_reads_no_lines_is_no_witness(tmp_path: Path, tools: Tools) -> None:
    """The page stays as it was read, and says that nobody was there."""
    _, request = read_by_a_model(tmp_path)

    told = check.check(request, READ, replace(tools, backend=model(name=CHECKER)))

    assert (told.markdown, told.verdict) == (SAID, Verdict.GOOD)
    assert told.witness is not None
    assert told.witness.unwitnessed.endswith(f"{CHECKER} is no witness")
    assert told.attempts[-1].message == told.witness.unwitnessed


def test_a_check_is_due_where_nobody_here_is_the_witness(tmp_path: Path, tools: Tools) -> None:
    """Who has a witness has checked; where nobody comes, a page waits only if it must."""
    _, request = read_by_a_model(tmp_path)
    unseen = replace(READ, witness=page.Testimony(unwitnessed="nobody has looked"))
    alone = replace(tools, finds_checker=lambda: False)
    reading = replace(request.document.reading, witness="require")
    required = replace(request, document=replace(request.document, reading=reading))

    assert check.is_due(unseen, request, tools)
    assert not check.is_due(READ, request, tools)
    assert not check.is_due(unseen, request, replace(tools, witness=eye()))
    assert not check.is_due(unseen, request, alone)
    assert check.is_due(unseen, required, alone)


def test_what_was_read_and_lost_is_no_try_the_first_time() -> None:
    """Whoever has checked it meanwhile; from the second time on it is one."""
    looked = replace(TRIED, backend=CHECKER, checks=True)

    once = check.lost([TRIED, looked])
    twice = check.lost([*once, TRIED])

    assert once == [replace(once[0], error="result-missing", counts=False), looked]
    assert [one.counts for one in twice] == [False, True, True]
    assert twice[-1].error == "result-missing"
