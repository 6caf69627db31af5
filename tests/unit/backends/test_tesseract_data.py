"""Facts about which languages the machine has data for, and where it is."""

from pathlib import Path

import pytest

from ocrqueue.backends import tesseract_data
from ocrqueue.backends.tesseract_program import Program
from ocrqueue.model.errors.page import BackendTimedOut
from ocrqueue.text import languages


def folder(path: Path, *languages: str) -> str:
    path.mkdir(parents=True)
    for language in languages:
        (path / f"{language}.traineddata").touch()
    return str(path)


@pytest.fixture
def found(tmp_path: Path) -> list[tesseract_data.LanguageData]:
    """English along with the program, more in two versions of the system's packages."""
    own = folder(tmp_path / "own", "eng", "deu")
    folder(tmp_path / "system/4.00/tessdata", "spa")
    folder(tmp_path / "system/5/tessdata", "spa", "eng", "osd")
    folder(tmp_path / "system/6/tessdata")
    program = Program(path="tesseract", tessdata_dir=own)

    return tesseract_data.find(program, system=[f"{tmp_path}/system/*/tessdata"])


def name(program: Program | None) -> str:
    return Path(program.tessdata_dir).parent.name if program else ""


def test_what_comes_along_is_read_with_first(
    tmp_path: Path, found: list[tesseract_data.LanguageData]
) -> None:
    """The system's data is for what is missing, in its newest version."""
    own, spanish = (tesseract_data.that_reads(lang, found) for lang in ("eng", "spa"))

    assert own == Program(path="tesseract", tessdata_dir=str(tmp_path / "own"))
    assert name(spanish) == "5"


def test_languages_together_have_to_lie_together(
    found: list[tesseract_data.LanguageData],
) -> None:
    """The program takes one folder."""
    assert name(tesseract_data.that_reads("eng+spa", found)) == "5"
    assert tesseract_data.that_reads("deu+spa", found) is None
    (problem,) = tesseract_data.missing("deu+spa", found)
    assert problem.startswith("no folder has data for all of deu+spa: deu, eng in ")


def test_what_is_missing_is_told(found: list[tesseract_data.LanguageData]) -> None:
    """With what there is; `auto` needs one language."""
    (problem,) = tesseract_data.missing("eng+tlh", found)

    assert problem == "tesseract has no data for language 'tlh'; it has: deu, eng, osd, spa"
    (problem,) = tesseract_data.missing("fra", found)
    assert "install tesseract-ocr-fra (Debian, Ubuntu)" in problem
    assert tesseract_data.missing("auto", found) == []
    assert tesseract_data.missing("auto", found[:0] + found[1:2]) == []


def test_data_for_scripts_is_no_language(tmp_path: Path) -> None:
    """Nothing can be read with it."""
    only = Program(path="t", tessdata_dir=folder(tmp_path / "only", "osd"))
    here = tesseract_data.find(only, system=[])

    assert tesseract_data.missing("auto", here) == [
        "t has no data for language 'eng'; it has: osd; " + languages.remedy("eng")
    ]
    assert tesseract_data.listed(here).startswith("none in ")


def test_a_page_is_read_first_in_what_there_is(
    tmp_path: Path, found: list[tesseract_data.LanguageData]
) -> None:
    """In English where it can be, else in any language."""
    other = Program(path="t", tessdata_dir=folder(tmp_path / "other", "osd", "spa", "por"))

    assert tesseract_data.first_language(found) == "eng"
    assert tesseract_data.first_language(tesseract_data.find(other, system=[])) == "por"


def test_a_person_is_told_where_it_is(
    tmp_path: Path, found: list[tesseract_data.LanguageData]
) -> None:
    """Languages, and their folder."""
    assert tesseract_data.listed(found).startswith(f"deu, eng in {tmp_path}/own; eng, spa in ")


def test_a_program_that_knows_its_data_alone_is_asked(tmp_path: Path) -> None:
    """And has no longer to answer than the page has time."""
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\necho 'List of available languages (2):\neng\nfra'\n")
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 600\n")
    for file in (program, slow):
        file.chmod(0o755)

    (own,) = tesseract_data.find(Program(path=str(program)), system=[])

    assert own.languages == {"eng", "fra"}
    with pytest.raises(BackendTimedOut):
        tesseract_data.find(Program(path=str(slow)), 0.0, system=[])


def test_the_remedy_names_what_is_lacking(found: list[tesseract_data.LanguageData]) -> None:
    """Of two languages of a page the one that there is data for is not to be installed."""
    told = tesseract_data.remedy("eng+fra", found)

    assert "tesseract-ocr-fra " in told
    assert "tesseract-ocr-eng" not in told
