"""What is counted from the disk: for people, for scripts, for the exit code."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocrqueue.model.errors.base import ExitCode
from ocrqueue.model.errors.page import PageDamaged
from ocrqueue.model.finding import Concern
from ocrqueue.model.page import PageResult, Verdict
from ocrqueue.pipeline import collect, summary, tally
from ocrqueue.pipeline.entry import Action, Entry
from ocrqueue.pipeline.summary import Summary
from ocrqueue.settings.schema import OutputSettings
from tests.support.desk import Desk, make_desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def summary_of(desk: Desk) -> summary.Summary:
    return tally.of_workspace(desk.store)


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


def test_a_document_that_is_read_again_is_waiting(desk: Desk) -> None:
    """What was written of it before makes it neither done nor failed, until it is written anew."""
    desk.put("a.pdf")
    desk.convert()

    desk.enqueue(force=True)
    told = summary_of(desk)
    desk.feed.read()
    after = summary_of(desk)

    assert (told.waiting, told.done, told.pages_done) == (1, 0, 0)
    assert (after.waiting, after.done, after.pages_done) == (0, 1, 2)


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


def test_pages_to_be_looked_at_are_told_with_their_reasons(desk: Desk) -> None:
    """Doubtful and blank pages each say why; they change no exit code."""
    desk.put("a.pdf", "1\n2\n3\n")
    desk.enqueue()
    ((document, _),) = desk.feed.fed
    for page, verdict, reason in (
        (1, Verdict.DOUBTFUL, "mean confidence 31"),
        (2, Verdict.BLANK, "nothing is printed on it"),
        (3, Verdict.GOOD, ""),
    ):
        read = PageResult(page=page, markdown="x", verdict=verdict, reason=reason)
        desk.store.accept(document.id, read)
    collect.collect(desk.store, document)
    told = summary_of(desk)
    assert (told.pages_doubtful, told.exit_code) == (1, ExitCode.OK)
    assert [(problem.page, problem.concern, problem.message) for problem in told.problems] == [
        (1, Concern.DOUBTFUL, "mean confidence 31"),
        (2, Concern.BLANK, "nothing is printed on it"),
    ]


def test_a_failed_page_is_told_with_a_remedy(desk: Desk) -> None:
    """It is that of its error."""
    desk.put("a.pdf", "1\n2\n")
    desk.feed.failing = {2}
    desk.convert()
    (problem,) = summary_of(desk).problems
    assert (problem.page, problem.remedy) == (2, PageDamaged.remedy)


def test_what_is_not_finished_is_no_failure(desk: Desk) -> None:
    """It is counted; no page and no document of it is listed as failed."""
    desk.put("a.pdf", "1\n2\n")
    desk.enqueue()
    told = summary_of(desk)
    assert (told.waiting, told.failed, told.problems) == (1, 0, [])


def test_a_file_that_was_changed_by_hand_is_told(desk: Desk) -> None:
    """The summary names it, and where the new text is."""
    desk.put("a.pdf")
    desk.convert()
    (desk.folder / "out" / "a.md").write_text("mine")
    desk.convert(style=OutputSettings(page_marker="-").to_wire())
    (problem,) = summary_of(desk).problems
    assert (problem.concern, problem.document) == (Concern.KEPT, "a.pdf")
    assert problem.message == "a.md was changed by hand and stays; the new text is in a.new.md"


def test_a_document_of_placeholders_only_has_no_markdown_to_name(desk: Desk) -> None:
    """`-q` names files in which something was read."""
    desk.put("a.pdf", "1\n")
    desk.put("b.pdf", "1\n2\n")
    desk.feed.failing = {1}
    noted = summary.record(desk.store, "run", desk.enqueue().values())
    assert len(list(noted)) == 2
    desk.feed.read()
    written = [Path(path).name for path in summary.written_paths(desk.store, "run")]
    assert written == ["b.md"]


def test_pace_is_of_what_the_command_has_read() -> None:
    """Pages that were read before do not make it faster."""
    told = Summary(pages_done=90, pages_queued=30, seconds=20)
    assert told.pages_per_minute == 90
    assert Summary(seconds=20).pages_per_minute is None


def test_a_run_of_nothing_is_nothing_to_do(desk: Desk) -> None:
    """A run without any input ends with its own exit code."""
    list(summary.record(desk.store, "run", []))
    assert summary.of_run(desk.store, "run").exit_code is ExitCode.NOTHING_TO_DO
