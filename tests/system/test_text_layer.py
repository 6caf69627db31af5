"""`ocrqueue run` on PDFs that hold their own text: who has read each page, and why."""

from pathlib import Path

import pytest

from tests.support.folders import ledgers, markdown
from tests.support.pdfs import drawing, pdf_bytes
from tests.support.processes import Stage

PROSE = (
    "The committee met on Tuesday and decided to postpone\n"
    "the vote until the next session, which will be held\n"
    "in the spring. Another matter was the budget of the\n"
    "library: its head explained what is needed for books\n"
    "and for the reading room, and the members agreed."
)
HONEST, HIDDEN = drawing(PROSE), f"3 Tr {drawing(PROSE)} 0 Tr {drawing('A stamp', top=400)}"
TESSERACT = {"OCRQUEUE_READING__ROUTE": "tesseract"}


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """A PDF whose first page is honest, and whose second one has a text that nobody sees."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "minutes.pdf").write_bytes(pdf_bytes([HONEST, HIDDEN]))
    return folder


def test_a_page_with_its_own_text_needs_no_engine(
    stage: Stage, inputs: Path, tmp_path: Path
) -> None:
    """By default it is taken, and the ledger says so; of the other page it says why not."""
    ended = stage.run("run", str(inputs), "-o", str(tmp_path / "out"), given=TESSERACT)

    assert ended.code == 0, ended.err
    honest, hidden = ledgers(tmp_path / "out")["minutes.json"]["pages"]
    assert honest["backend"] == "text-layer"
    assert hidden["backend"] == "tesseract"
    assert hidden["attempts"][-1]["message"] == "its own text was not taken: invisible text"
    text = markdown(tmp_path / "out")["minutes.md"]
    assert text.startswith(PROSE.replace("\n", " "))
    assert text.count("committee") == 1


def test_nothing_but_the_text_of_the_page(stage: Stage, inputs: Path, tmp_path: Path) -> None:
    """With `only` a page whose text is not to be trusted fails, or is marked, with the reason."""
    out = tmp_path / "out"

    stage.run("run", str(inputs), "-o", str(out), "--text-layer", "only", given=TESSERACT)

    honest, hidden = ledgers(out)["minutes.json"]["pages"]
    assert (honest["backend"], honest["verdict"]) == ("text-layer", "good")
    assert (hidden["verdict"], hidden["reason"]) == ("doubtful", "invisible text")


def test_the_picture_alone(stage: Stage, inputs: Path, tmp_path: Path) -> None:
    """With `never` the page is read as if it held no text."""
    out = tmp_path / "out"

    stage.run("run", str(inputs), "-o", str(out), "--text-layer", "never", given=TESSERACT)

    pages = ledgers(out)["minutes.json"]["pages"]
    assert {page["backend"] for page in pages} == {"tesseract"}
    assert not any(page["attempts"][-1].get("message") for page in pages)
