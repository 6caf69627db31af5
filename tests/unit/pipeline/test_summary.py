"""What is counted from the disk: for people, for scripts, for the exit code."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocrqueue.model.errors.base import ExitCode
from ocrqueue.model.page import PageResult, Verdict
from ocrqueue.pipeline import collect, summary
from ocrqueue.pipeline.entry import Action, Entry
from ocrqueue.text import stand_in
from tests.support.desk import Desk, make_desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def summary_of(desk: Desk) -> summary.Summary:
    return summary.of_workspace(desk.store)


def test_a_summary_counts_documents_and_pages(desk: Desk) -> None:
    """Every document is in one state, and the exit code follows from the worst."""
    desk.put("good.pdf")
    desk.convert()
    assert summary_of(desk).exit_code is ExitCode.OK
    desk.put("broken.pdf", "damaged")
    desk.put("partial.pdf", "1\n2\n3\n")
    desk.feed.failing = {2}
    desk.convert()
    told = summary_of(desk)
    assert (told.inputs, told.done, told.partial, told.failed) == (3, 1, 1, 1)
    assert (told.pages_done, told.pages_failed) == (4, 1)
    assert told.exit_code is ExitCode.PAGES_FAILED
    assert {(problem.document, problem.page) for problem in told.problems} == {
        ("broken.pdf", None),
        ("partial.pdf", 2),
    }


def test_a_document_that_is_not_collected_is_waiting(desk: Desk) -> None:
    """What was queued and not written yet is neither done nor failed, and no success."""
    desk.put("a.pdf")
    desk.enqueue()
    told = summary_of(desk)
    assert (told.waiting, told.done) == (1, 0)
    assert told.exit_code is ExitCode.PAGES_FAILED


def test_a_run_is_noted_as_it_goes(desk: Desk) -> None:
    """Each entry is on disk before the next input is looked at, and can be read again."""
    entries = [
        Entry(source="/a", key="k", action=Action.QUEUED, queued=1),
        Entry(source=os.fsdecode(b"/\xe9"), key="l", action=Action.FAILED, error="x"),
    ]
    noted = summary.record(desk.store, "run-1", entries)
    assert next(noted) == entries[0]
    assert list(summary.entries(desk.store, "run-1")) == entries[:1]
    assert list(noted) == entries[1:]
    assert list(summary.entries(desk.store, "run-1")) == entries


def test_what_was_left_out_is_noted_with_the_run(desk: Desk) -> None:
    """It is in the summary of the run, and of the workspace until a command looks anew."""
    counts: Counter[str] = Counter()

    def produced() -> Iterator[Entry]:
        yield Entry(source="/a", key="k", action=Action.QUEUED, queued=1)
        counts.update({"HEIC": 42, "DOCX": 3})  # known only when the folder was walked

    assert len(list(summary.record(desk.store, "run-1", produced(), counts))) == 1
    assert summary.of_run(desk.store, "run-1").left_out == {"HEIC": 42, "DOCX": 3}
    list(summary.record(desk.store, "run-2", []))  # a retry looks through no folder
    assert summary_of(desk).left_out == {"HEIC": 42, "DOCX": 3}
    list(summary.record(desk.store, "run-3", [], {}))
    assert summary_of(desk).left_out == {}


@pytest.mark.parametrize(
    "line",
    [
        b'{"left_out": {"HEIC": "many"}}',
        b'{"left_out": [1]}',
        b'{"left_out": ' + b"[" * 9000,
        b'{"left_out": {' + b",".join(b'"e%d": 1' % n for n in range(500)) + b"}}",
    ],
)
def test_a_forged_count_is_passed_over(desk: Desk, line: bytes) -> None:
    """What no run of ours notes is not shown."""
    list(summary.record(desk.store, "run", []))
    desk.store.run_list("run").write_bytes(line + b"\n")
    assert summary.of_run(desk.store, "run").left_out == {}


def test_only_the_last_runs_are_kept(desk: Desk) -> None:
    """The lists of old runs do not pile up."""
    for number in range(summary.KEPT_RUNS + 5):
        list(summary.record(desk.store, f"run-{number:03d}", []))
    kept = sorted(path.stem for path in desk.store.run_list("x").parent.iterdir())
    assert len(kept) == summary.KEPT_RUNS + 1
    assert kept[-1] == f"run-{summary.KEPT_RUNS + 4:03d}"


def test_a_notice_in_place_of_a_document_is_a_problem(desk: Desk) -> None:
    """A doubtful page is only counted; one that is not the document is told with what to do."""
    desk.put("a.pdf", "1\n2\n")
    desk.enqueue()
    ((document, _),) = desk.feed.fed
    notice = stand_in.BEGINS + "a portfolio"
    for page, reason in ((1, "mean confidence 31"), (2, notice)):
        doubtful = PageResult(page=page, markdown="x", verdict=Verdict.DOUBTFUL, reason=reason)
        desk.store.accept(document.id, doubtful)
    collect.collect(desk.store, document)
    told = summary_of(desk)
    assert (told.pages_doubtful, told.exit_code) == (2, ExitCode.OK)
    assert [(problem.page, problem.message) for problem in told.problems] == [(2, notice)]


def test_a_run_of_nothing_is_nothing_to_do(desk: Desk) -> None:
    """A run without any input ends with its own exit code."""
    list(summary.record(desk.store, "run", []))
    assert summary.of_run(desk.store, "run").exit_code is ExitCode.NOTHING_TO_DO
