"""Facts about the library: one file in this process, a folder into the queue, a ledger."""

import json
from collections import Counter
from pathlib import Path

import pytest

from ocrqueue import api
from ocrqueue.model.errors.document import FileUnreadable, NoPages, NotSupported, PasswordNeeded
from ocrqueue.model.errors.operator import LedgerUnreadable, ServerUnreachable
from ocrqueue.pipeline.entry import Action
from ocrqueue.settings.load import load
from ocrqueue.settings.schema import Settings
from ocrqueue.workspace.ledger import State
from tests.support.corpus import CORPUS, needs_corpus
from tests.support.pdfs import write_pdf
from tests.support.servers import Server

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def chosen(folder: Path, **flags: object) -> Settings:
    """Return settings that know no environment; `__` stands for the dot in a key."""
    asked = {name.replace("__", "."): value for name, value in flags.items()}
    return load(None, {}, {"workspace.output": folder / "out", **asked})


def by_script(folder: Path, script: str, **flags: object) -> Settings:
    """Return settings under which pages are answered by script instead of read."""
    return chosen(
        folder, **{"reading__route": "scripted", "backends__scripted__script": script, **flags}
    )


def test_a_file_is_converted_without_a_queue(tmp_path: Path) -> None:
    """A sample is read by the real Tesseract; nothing is written anywhere."""
    converted = api.convert(str(SAMPLES / "letter.pdf"), settings=chosen(tmp_path))

    assert "Repair of the parish registers" in (converted.markdown or "")
    assert converted.ledger.state is State.DONE
    assert [page["verdict"] for page in converted.ledger.results] == ["good"]
    assert list(tmp_path.iterdir()) == []


def test_how_far_it_is_is_told(tmp_path: Path) -> None:
    """Each attempt at each page, by the backend that makes it."""
    told: list[api.Progress] = []
    settings = by_script(tmp_path, "2: reject", reading__route="scripted,tesseract")
    api.convert(
        write_pdf(tmp_path / "a.pdf", "One", "Two"), settings=settings, on_progress=told.append
    )

    assert [(one.page, one.backend, one.tokens) for one in told] == [
        *((1, "scripted", 0), (2, "scripted", 0)),
        *((2, "scripted", 0), (2, "tesseract", 0)),
    ]
    assert {one.document.pages for one in told} == {2}


def test_a_folder_is_converted_to_its_end(tmp_path: Path) -> None:
    """Each input is told when it is done; a second call goes on where the first one ended."""
    (tmp_path / "in").mkdir()
    write_pdf(tmp_path / "in" / "a.pdf", "One", "Two")
    (tmp_path / "in" / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    settings = by_script(tmp_path, "2: reject")
    pages: list[int] = []
    told: list[api.Entry] = []

    summary = api.convert_folder(
        str(tmp_path / "in"),
        settings=settings,
        on_document=told.append,
        on_progress=lambda progress: pages.append(progress.page),
    )

    assert [(Path(one.source).name, one.action, one.queued) for one in told] == [
        ("a.pdf", Action.QUEUED, 2),
        ("broken.pdf", Action.FAILED, 0),
    ]
    assert (summary.partial, summary.failed, summary.pages_done) == (1, 1, 1)
    assert {one.document for one in summary.problems} == {"a.pdf", "broken.pdf"}
    assert set(pages) == {1, 2}
    assert "Page 1" in (tmp_path / "out" / "a.md").read_text()

    write_pdf(tmp_path / "in" / "b.pdf", "Three")
    pages.clear()
    again = api.convert_folder(tmp_path / "in", settings=settings)
    assert (again.done, again.unchanged, again.pages_queued) == (1, 1, 1)


def test_whatever_the_library_promises_is_there() -> None:
    """Each name of `__all__` can be imported, and nothing else of it is meant to stay."""
    assert [name for name in api.__all__ if not hasattr(api, name)] == []
    assert api.__all__ == sorted(api.__all__)


def test_settings_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without settings, what OCRQUEUE_* says counts."""
    monkeypatch.setenv("OCRQUEUE_READING__ROUTE", "scripted")

    converted = api.convert(write_pdf(tmp_path / "a.pdf", "One"))

    assert converted.ledger.results[0]["backend"] == "scripted"


def test_chosen_pages_alone_are_read(tmp_path: Path) -> None:
    """Pages are chosen as on the command line, from the end as well."""
    source = write_pdf(tmp_path / "a.pdf", "One", "Two", "Three")

    converted = api.convert(source, settings=by_script(tmp_path, ""), pages="1,r1")

    assert converted.ledger.selected == "1,3"
    assert converted.ledger.pages == 3


def test_a_failed_page_is_told_and_raises_nothing(tmp_path: Path) -> None:
    """A page that nobody could read leaves a placeholder and a line in the ledger."""
    source = write_pdf(tmp_path / "a.pdf", "One", "Two")

    converted = api.convert(source, settings=by_script(tmp_path, "2: refuse"))

    assert converted.ledger.state is State.PARTIAL
    assert converted.ledger.results[1]["error"] == "page-damaged"
    assert "page 2 could not be read" in (converted.markdown or "")


def test_a_failed_page_may_fail_the_document(tmp_path: Path) -> None:
    """Where the style says so, one failed page leaves no Markdown at all."""
    strict = by_script(tmp_path, "2: refuse", output__on_page_error="fail-document")

    converted = api.convert(write_pdf(tmp_path / "a.pdf", "One", "Two"), settings=strict)

    assert converted.markdown is None
    assert converted.ledger.state is State.FAILED


def test_a_page_is_tried_as_often_as_its_backend_may(tmp_path: Path) -> None:
    """A failure that may pass is tried again; the ledger keeps both attempts."""
    converted = api.convert(
        write_pdf(tmp_path / "a.pdf", "One"), settings=by_script(tmp_path, "1: fail 1")
    )

    attempts = converted.ledger.results[0]["attempts"]
    assert [attempt.get("error") for attempt in attempts] == ["backend-crashed", None]


def test_a_rejected_page_goes_to_the_next_backend(tmp_path: Path) -> None:
    """What the first backend of the route cannot read, the second one reads."""
    both = by_script(tmp_path, "1: reject", reading__route="scripted,tesseract")

    converted = api.convert(SAMPLES / "letter.pdf", settings=both)

    assert converted.ledger.results[0]["backend"] == "tesseract"
    (page,) = api.Ledger.from_wire(json.loads(json.dumps(converted.ledger.to_wire()))).results
    assert page.keys() <= api.LedgerPage.__annotations__.keys()
    assert "Repair of the parish registers" in (converted.markdown or "")


def test_a_doubtful_reading_stands_in_when_nobody_does_better(tmp_path: Path) -> None:
    """A doubtful text is kept while the rest of the route tries in vain."""
    broken = by_script(
        tmp_path,
        "1: doubtful",
        reading__route="scripted,tesseract",
        backends__tesseract__tesseract_cmd=str(tmp_path / "none"),
    )

    converted = api.convert(write_pdf(tmp_path / "a.pdf", "One"), settings=broken)

    (page,) = converted.ledger.results
    assert (page["verdict"], page["backend"]) == ("doubtful", "scripted")
    assert [attempt["error"] for attempt in page["attempts"]] == ["doubtful", "backend-unavailable"]
    assert "scripted text of page 1" in (converted.markdown or "")


def test_a_doubtful_last_reading_is_kept(tmp_path: Path) -> None:
    """Without another backend a doubtful page keeps its text and its verdict."""
    converted = api.convert(
        write_pdf(tmp_path / "a.pdf", "One"), settings=by_script(tmp_path, "1: doubtful")
    )

    assert converted.ledger.counts.doubtful == 1
    assert converted.ledger.state is State.DONE


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """What cannot be opened is named."""
    with pytest.raises(FileUnreadable, match=r"gone\.pdf"):
        api.convert(tmp_path / "gone.pdf", settings=chosen(tmp_path))


def test_a_file_of_another_kind_is_an_error(tmp_path: Path) -> None:
    """A text that calls itself a PDF is none."""
    source = tmp_path / "letter.pdf"
    source.write_text("Dear Sir or Madam")

    with pytest.raises(NotSupported):
        api.convert(source, settings=chosen(tmp_path))


def test_pages_that_are_not_there_are_an_error(tmp_path: Path) -> None:
    """A choice that leaves no page is told, not answered with an empty text."""
    with pytest.raises(NoPages):
        api.convert(
            write_pdf(tmp_path / "a.pdf", "One"), settings=by_script(tmp_path, ""), pages="7"
        )


@needs_corpus
def test_an_encrypted_file_needs_its_password(tmp_path: Path) -> None:
    """Without the password the file is refused; with it its pages are read."""
    source = CORPUS / "hostile" / "encrypted" / "aes-256.pdf"

    with pytest.raises(PasswordNeeded):
        api.convert(source, settings=chosen(tmp_path))

    converted = api.convert(source, settings=chosen(tmp_path), password="foo")
    assert converted.ledger.state is State.DONE


def test_a_folder_is_enqueued_for_workers_elsewhere(tmp_path: Path, server: Server) -> None:
    """Each input is queued once, what is no input is counted; enqueueing again changes nothing."""
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    write_pdf(folder / "a.pdf", "One", "Two")
    write_pdf(folder / "sub" / "b.pdf", "Three")
    (folder / "notes.docx").write_bytes(b"PK\3\4word/")
    there = by_script(tmp_path, "", redis__url=server.url)
    left_out = Counter[str]()

    first = api.enqueue_folder(folder, settings=there, left_out=left_out)
    second = api.enqueue_folder(folder, settings=there)

    assert [(entry.action, entry.queued) for entry in first] == [
        (Action.QUEUED, 2),
        (Action.QUEUED, 1),
    ]
    assert [entry.queued for entry in second] == [0, 0]
    assert left_out == {"DOCX": 1}


def test_a_folder_needs_a_server(tmp_path: Path) -> None:
    """Without a queue server nothing is enqueued, and no workspace is made."""
    nowhere = by_script(tmp_path, "", redis__url=f"unix://{tmp_path}/none.sock")

    with pytest.raises(ServerUnreachable, match=r"none\.sock"):
        api.enqueue_folder(tmp_path, settings=nowhere)

    assert list(tmp_path.iterdir()) == []


def test_a_ledger_is_read_back(tmp_path: Path) -> None:
    """What lies beside the Markdown comes back as a ledger; anything else is refused."""
    converted = api.convert(write_pdf(tmp_path / "a.pdf", "One"), settings=by_script(tmp_path, ""))
    path = tmp_path / "a.json"
    path.write_text(json.dumps(converted.ledger.to_wire()))

    assert api.read_ledger(path).counts == converted.ledger.counts
    with pytest.raises(LedgerUnreadable):
        api.read_ledger(tmp_path / "none.json")
