"""`report` as a command: what it writes, and what it prints for scripts."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from ocrqueue.cli import cli
from ocrqueue.cli.report import NAME
from ocrqueue.model.errors.operator import UsageError
from tests.support.desk import Desk, make_desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = make_desk(tmp_path)
    desk.put("=cmd.pdf", "1\n2\n")
    desk.put("b.pdf", "damaged")
    desk.convert()
    return desk


def printed(desk: Desk, *more: str) -> str:
    done = CliRunner().invoke(cli, ["report", "-o", str(desk.folder / "out"), *more])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_it_writes_one_file_and_says_where(desk: Desk) -> None:
    """No text of a page is in it."""
    told = printed(desk)

    page = (desk.folder / "out" / NAME).read_text()
    assert told.splitlines()[-1] == f"Report: {desk.folder / 'out' / NAME}"
    assert "Documents: 1 done, 1 failed" in told
    assert "=cmd.pdf" in page
    assert "text 1" not in page


def test_no_cell_is_a_formula(desk: Desk) -> None:
    """The table has a line a document, and a spreadsheet computes nothing of it."""
    heads, *rows = csv.reader(printed(desk, "--csv").splitlines())

    assert [row[0] for row in rows] == ["'=cmd.pdf", "b.pdf"]
    assert dict(zip(heads, rows[1], strict=True))["error"] == "it is damaged"
    assert not (desk.folder / "out" / NAME).exists()


def test_no_full_width_sign_makes_a_cell_a_formula(tmp_path: Path) -> None:
    """Nor does one after a sign at which another spreadsheet parts its cells: all are quoted."""
    desk = make_desk(tmp_path)
    desk.put("\uff1dcmd;=1.pdf", "1\n")
    desk.convert()

    heads, row = printed(desk, "--csv").splitlines()

    assert heads.startswith('"document","')
    assert row.startswith('"\'\uff1dcmd;=1.pdf","')


def test_scripts_get_all_figures(desk: Desk) -> None:
    """The JSON has what the page shows."""
    told = json.loads(printed(desk, "--json"))

    assert told["total"]["pages"] == 2
    assert [row["document"] for row in told["rows"]] == ["=cmd.pdf", "b.pdf"]


def test_a_link_is_not_followed(desk: Desk) -> None:
    """Whoever left a link where the report goes steers nothing: it is replaced."""
    elsewhere = desk.folder / "precious"
    elsewhere.write_text("mine")
    (desk.folder / "out" / NAME).symlink_to(elsewhere)

    printed(desk)

    assert elsewhere.read_text() == "mine"
    assert not (desk.folder / "out" / NAME).is_symlink()


def test_a_file_of_somebody_else_is_not_replaced(desk: Desk) -> None:
    """A file of this name that is no report stays, and it is said; a report is replaced."""
    path = desk.folder / "out" / NAME
    path.write_text("<h1>mine</h1>")

    refused = CliRunner().invoke(cli, ["report", "-o", str(desk.folder / "out")])

    assert path.read_text() == "<h1>mine</h1>"
    assert isinstance(refused.exception, UsageError)
    assert "move it away" in str(refused.exception)
    path.unlink()
    printed(desk)
    first = path.read_text()
    desk.put("c.pdf", "1\n")
    desk.convert()
    printed(desk)
    assert path.read_text() != first
