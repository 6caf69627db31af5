"""What `status` and the end of a run print, for a screen and for a spreadsheet."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from ocrqueue.cli.retry import ELSEWHERE
from ocrqueue.cli.status import fitting, status
from ocrqueue.cli.summary import SHOWN, problem_lines, summary_lines
from ocrqueue.model.finding import Concern
from ocrqueue.pipeline import correct, retry
from ocrqueue.pipeline.summary import Problem, Summary
from ocrqueue.settings.schema import Settings
from ocrqueue.settings.schema_storage import WorkspaceSettings
from tests.support.desk import Desk, make_desk


def failed(document: str, page: int | None, message: str = "cut off") -> Problem:
    return Problem(document=document, page=page, message=message, remedy="Try again.")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(workspace=WorkspaceSettings(output=tmp_path / "my out"))


def test_failures_are_grouped_by_document_and_reason() -> None:
    """Pages of one reason share a line; failures come first, what helps stands below them."""
    told = [
        replace(failed("b.pdf", 9, "few words"), concern=Concern.DOUBTFUL, remedy=""),
        *(failed("a.pdf", page) for page in (1, 2, 3, 7)),
        failed("a.pdf", 5, "too large"),
        replace(failed("broken.pdf", None, "a password"), remedy="Give it: `ocrqueue retry --p`."),
        failed("c.pdf", None, "it is damaged"),
    ]

    assert problem_lines(told, [*Concern], "-o out") == [
        "Failed:",
        "  a.pdf pages 1-3,7: cut off",
        "  a.pdf page 5: too large",
        "  c.pdf: it is damaged",
        "  -> Try again.",
        "  broken.pdf: a password",
        "  -> Give it: `ocrqueue retry -o out --p`.",
        "Doubtful, to be looked at:",
        "  b.pdf page 9: few words",
        "  -> See each beside its page, and correct it: `ocrqueue review -o out`.",
    ]


def test_what_helps_what_is_not_listed_is_told_all_the_same() -> None:
    """The lines that are left out stand together; nothing is kept, so that no folder is named."""
    other = replace(failed("z.pdf", 1), remedy="See `ocrqueue check`.")
    told = [*(failed("a.pdf", 1, f"reason {number}") for number in range(3)), other]

    assert problem_lines(told, [Concern.FAILED], "", 2, "EVERY") == [
        "Failed:",
        "  a.pdf page 1: reason 0",
        "  a.pdf page 1: reason 1",
        "  -> Try again.",
        "  ... 2 more: EVERY",
        "  -> See `ocrqueue check`.",
    ]


def test_what_a_summary_leaves_out_is_found_by_another_command(settings: Settings) -> None:
    """It names the command and the option that list the rest; what helps is told all the same."""
    many = [failed(f"{number:03d}.pdf", 1) for number in range(SHOWN + 5)]

    lines = summary_lines(Summary(inputs=25, failed=25, problems=many), settings)

    (more,) = [line for line in lines if "more:" in line]
    assert lines[lines.index(more) - 1] == "  -> Try again."
    assert more == f"  ... 5 more: ocrqueue status --failed -o '{settings.workspace.output}'"


def test_no_command_names_itself_as_the_remedy(settings: Settings) -> None:
    """After a run it is `retry`; after a retry that failed as well, one with another engine."""
    summary = Summary(inputs=1, partial=1, pages_failed=1, problems=[failed("a.pdf", 1)])
    out = f"-o '{settings.workspace.output}'"

    after_run = summary_lines(summary, settings)
    after_retry = summary_lines(summary, settings, ELSEWHERE)

    assert after_run[-1] == f"Try what failed again: ocrqueue retry {out}"
    locked = Summary(inputs=1, failed=1, problems=[failed("b.pdf", None, "a password")])
    assert "again:" not in "".join(summary_lines(locked, settings))  # its own remedy is told
    assert after_retry[-1] == f"Try what failed again: ocrqueue retry --backend NAME {out}"


@pytest.mark.parametrize("size", [(50, 10), (80, 24), (120, 3), (1, 1)])
def test_a_watched_screen_is_never_overfull(size: tuple[int, int]) -> None:
    """No line is broken at the edge, and the counts on top stay in sight."""
    lines = ["Documents: 3", *("x" * 200 for _ in range(40))]

    shown = fitting(lines, size)

    assert len(shown) <= max(size[1] - 1, 1)
    assert max(map(len, shown[:-1]), default=0) < max(size[0], 2)
    assert size == (1, 1) or size[1] < 5 or shown[0] == lines[0]
    assert fitting(["a", "b"], (80, 24)) == ["a", "b"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A workspace with a failed page, a refused document, and one that is not finished."""
    desk = make_desk(tmp_path)
    desk.put("a.pdf", "1\n2\n3\n")
    desk.put("=cmd.pdf", "damaged")
    desk.feed.failing = {2, 3}
    desk.convert()
    desk.put("late.pdf")
    desk.enqueue()
    return desk


def printed(desk: Desk, *words: str) -> str:
    ended = CliRunner().invoke(status, ["-o", str(desk.folder / "out"), *words])
    assert ended.exit_code == 0, ended.output
    return str(ended.stdout)


def test_a_table_for_spreadsheets(desk: Desk) -> None:
    """A row for each page and document to be looked at; no name is computed by a spreadsheet."""
    rows = list(csv.DictReader(io.StringIO(printed(desk, "--csv"))))

    told = sorted((row["document"], row["page"], row["state"], row["reason"]) for row in rows)
    assert told == [
        ("'=cmd.pdf", "", "failed", "it is damaged"),
        ("a.pdf", "2", "failed", "no"),
        ("a.pdf", "3", "failed", "no"),
        ("late.pdf", "", "not finished", ""),
    ]
    assert {row["markdown"] for row in rows} == {"", str(desk.folder / "out" / "a.md")}


def test_only_what_was_asked_for_is_listed(desk: Desk) -> None:
    """`--failed` lists failures and nothing else; `--all` names each document with its state."""
    only, everything = printed(desk, "--failed"), printed(desk, "--all")

    failed = [line for line in only.splitlines() if "->" not in line]
    assert failed == ["Failed:", "  =cmd.pdf: it is damaged", "  a.pdf pages 2-3: no"]
    assert "late.pdf" not in only
    assert printed(desk, "--doubtful") == "Nothing of the kind.\n"
    for line in ("failed       =cmd.pdf", "partial      a.pdf", "not finished late.pdf"):
        assert f"\n  {line}" in everything


def test_status_names_no_command_that_was_just_given(desk: Desk) -> None:
    """Whoever asks `status` is not sent to `status`."""
    assert "ocrqueue status" not in printed(desk)


def test_corrected_pages_are_listed_no_more(desk: Desk) -> None:
    """What a person has typed has not failed."""
    (output,) = retry.named(desk.store, ["a.pdf"])
    correct.correct(desk.store, output.document or "", 2, "typed", at="now")

    assert "a.pdf page 3: no" in printed(desk, "--failed")
