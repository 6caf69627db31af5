"""`--sample` as an option: what it says, and that the same command without it goes on."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from ocrqueue.cli import cli
from tests.support.pdfs import write_pdf


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a/1.pdf", "a/2.pdf", "a/3.pdf", "b/4.pdf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_pdf(tmp_path / name, name)
    return tmp_path


def asked(folder: Path, *more: str) -> tuple[int, str]:
    done = CliRunner().invoke(
        cli,
        [
            "run",
            str(folder),
            "-o",
            str(folder / "out"),
            "--dry-run",
            "--backend",
            "tesseract",
            *more,
        ],
    )
    return done.exit_code, done.output


def test_a_sample_says_which_it_is(folder: Path) -> None:
    """The groups, how many of each, and the names; only these would be read."""
    code, told = asked(folder, "--sample", "2", "--by", "folder")

    assert code == 0
    assert "A sample of 2 of 4 documents:" in told
    assert "  a: 1 of 3" in told
    assert "  b: 1 of 1" in told
    assert told.count("1 page:") == 2
    assert asked(folder)[1].count("1 page:") == 4


def test_how_to_sample_needs_how_many(folder: Path) -> None:
    """Else all would be read, against what was meant."""
    assert asked(folder, "--by", "size")[0] != 0
    assert asked(folder, "--seed", "1")[0] != 0
