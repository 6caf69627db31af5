"""Ledger: every page accounted for, readable by people and by programs."""

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from ocrqueue.model import page as model
from ocrqueue.model.document import Document, Kind, RouteStep
from ocrqueue.model.errors.document import PasswordNeeded
from ocrqueue.model.errors.operator import LedgerUnreadable
from ocrqueue.model.errors.page import RenderTimedOut
from ocrqueue.model.page import Attempt, Figure, PageResult, Verdict
from ocrqueue.workspace import ledger, ledger_page
from ocrqueue.workspace.ledger import Counts, DocumentProblem, Ledger, State
from ocrqueue.workspace.ledger_page import LedgerAttempt, LedgerPage, LedgerWitness
from tests.support.readings import a_reading

DOCUMENT = Document(
    id="ab12",
    sha256="cd" * 32,
    kind=Kind.PDF,
    pages=9,
    source="/in/a.pdf",
    size=100,
    mtime_ns=1,
    reading=a_reading(route=(RouteStep(backend="tesseract", tries=2),)),
)
FIRST_TRY = Attempt(backend="tesseract", seconds=1.23456, at="2026-01-01T00:00:00Z", error="x")
SECOND_TRY = replace(FIRST_TRY, seconds=2.0, error=None, verdict=Verdict.GOOD)


def page(number: int, **fields: Any) -> PageResult:
    return PageResult(**{"page": number, "markdown": "text", "verdict": Verdict.GOOD, **fields})


GOOD = page(1, attempts=(FIRST_TRY, SECOND_TRY), backend="tesseract", confidence=91.5)
BLANK = page(2, markdown="", verdict=Verdict.BLANK)
DOUBTFUL = page(3, verdict=Verdict.DOUBTFUL, reason="mean confidence 31")
FAILED = page(7, markdown=None, verdict=None, error=RenderTimedOut.code, message="took 31 s")


def test_files_inside_a_document_are_named() -> None:
    """The ledger lists what is attached to a PDF: nobody has read it."""
    book = ledger.of_document(replace(DOCUMENT, attached=("a.xlsx",)), [GOOD], selected=[1])
    assert book.to_wire()["attached"] == ["a.xlsx"]


def test_ledger_counts_and_lists_every_page() -> None:
    """Counts add up, and each page has its entry with its state, attempts and remedy."""
    book = ledger.of_document(DOCUMENT, [GOOD, BLANK, DOUBTFUL, FAILED], selected=[1, 2, 3, 7])
    wire = book.to_wire()

    assert wire["counts"] == {"done": 3, "failed": 1, "doubtful": 1, "blank": 1}
    assert (wire["state"], wire["pages_in_file"], wire["selected"]) == ("partial", 9, "1-3,7")
    first, _, doubtful, failed = wire["pages"]
    assert first["seconds"] == 3.235
    assert [attempt["seconds"] for attempt in first["attempts"]] == [1.23456, 2.0]
    assert doubtful["reason"] == "mean confidence 31"
    assert failed == {
        "page": 7,
        "state": "failed",
        "rotation": 0,
        "seconds": 0,
        "error": "render-timed-out",
        "message": "took 31 s",
        "remedy": RenderTimedOut.remedy,
        "attempts": [],
    }


def test_ledger_tells_what_left_and_what_it_cost() -> None:
    """A page that was sent away says so, also where another backend read it in the end."""
    sent = Attempt(
        backend="openrouter", model="maker/m", seconds=1, at="", left=True, cost_usd=0.0012
    )
    unread = replace(sent, error="remote-failed", cost_usd=0.0003)
    unpaid = replace(sent, error="out-of-money", cost_usd=None, counts=False, model="maker/n")
    pages = [
        page(1, attempts=(FIRST_TRY, unread, sent)),
        page(2, attempts=(unpaid, SECOND_TRY)),
        page(3, attempts=(SECOND_TRY,)),
    ]
    wire = ledger.of_document(DOCUMENT, pages, selected=[1, 2, 3]).to_wire()

    assert wire["remote"] == {
        "pages": 2,
        "cost_usd": 0.0015,
        "models": {"maker/m": 1, "maker/n": 1},
    }
    told = [(one.get("left"), one.get("cost_usd")) for one in wire["pages"]]
    assert told == [(True, 0.0015), (True, None), (None, None)]
    assert Ledger.from_wire(json.loads(json.dumps(wire))).to_wire() == wire
    assert ledger.of_document(DOCUMENT, [GOOD], selected=[1]).to_wire()["remote"] is None


def test_ledger_holds_no_text() -> None:
    """The text of the pages is in the Markdown only."""
    secret = page(1, markdown="4711 secret")
    assert "4711" not in json.dumps(ledger.of_document(DOCUMENT, [secret], selected=[1]).to_wire())


@pytest.mark.parametrize(
    ("results", "state"),
    [
        ([GOOD, DOUBTFUL, BLANK], State.DONE),
        ([GOOD, FAILED], State.PARTIAL),
        ([FAILED], State.FAILED),
    ],
)
def test_state_follows_from_the_pages(results: list[PageResult], state: State) -> None:
    """Some failed pages make a partial document, only failed ones a failed one."""
    assert ledger.of_document(DOCUMENT, results, selected=[1]).state is state


def test_one_failed_page_may_fail_the_document() -> None:
    """Where there is no Markdown for want of one page, the document failed."""
    book = ledger.of_document(DOCUMENT, [GOOD, FAILED], selected=[1, 7], all_or_nothing=True)
    assert book.state is State.FAILED


def test_document_that_cannot_be_opened_has_a_ledger() -> None:
    """The error of a whole document stands with its code and its remedy."""
    book = ledger.of_failure("/in/locked.pdf", DocumentProblem.of(PasswordNeeded("encrypted")))
    assert (book.state, book.counts) == (State.FAILED, Counts())
    assert book.error == DocumentProblem(
        code="password-needed", message="encrypted", remedy=PasswordNeeded.remedy
    )


@pytest.mark.parametrize(
    "book",
    [
        ledger.of_document(DOCUMENT, [GOOD, BLANK, DOUBTFUL, FAILED], selected=[1, 2, 3, 7]),
        ledger.of_failure("/in/l\udce9.pdf", DocumentProblem.of(PasswordNeeded("encrypted"))),
    ],
)
def test_ledger_survives_its_file(tmp_path: Path, book: Ledger) -> None:
    """What is written as JSON is read back the same."""
    file = tmp_path / "a.json"
    file.write_text(json.dumps(book.to_wire()), encoding="utf-8")
    read = ledger.read(file, below=file.parent)
    assert read == replace(book, results=tuple(json.loads(json.dumps(book.results))))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"", "Expecting value"),
        (b"\xff", "decode"),
        (b"[]", "attribute"),
        (b'{"version": 99}', "another version"),
        (b'{"version": 1}', "not a ledger"),
        (b'{"version": 1, "source": "", "sha256": "", "kind": "", "state": "odd"}', "odd"),
    ],
)
def test_what_is_no_ledger_is_one_clear_error(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    """A missing, broken or foreign file is named in the error."""
    file = tmp_path / "a.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(LedgerUnreadable, match=said) as caught:
        ledger.read(file, below=file.parent)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"page": "1"},
        {"state": None},
        {"seconds": "2"},
        {"attempts": [{"backend": "b", "seconds": 1.0}]},
        {"attempts": {}},
        {"figures": [{"name": "a.png", "box": [1, "2"]}]},
        {"witness": {"agreed": "all"}},
    ],
)
def test_a_page_that_is_no_page_makes_no_ledger(tmp_path: Path, wrong: dict[str, Any]) -> None:
    """Whoever reads a ledger finds in each page what its type promises."""
    wire = ledger.of_document(DOCUMENT, [GOOD], selected=[1]).to_wire()
    file = tmp_path / "a.json"
    file.write_text(json.dumps({**wire, "pages": [{**wire["pages"][0], **wrong}]}))

    with pytest.raises(LedgerUnreadable, match="results"):
        ledger.read(file, below=tmp_path)


def test_the_types_of_a_page_know_all_that_is_told() -> None:
    """What a page, an attempt or a second reading may say has its key, and no key is without."""
    full = {
        "witness": model.Testimony(by="x"),
        "figures": (Figure(name="p0001-1.png", sha256="ab" * 32, box=(0, 0, 1, 1)),),
        "attempts": (replace(FIRST_TRY, left=True, cost_usd=0.5),),
        "model": "m",
        "reason": "few words",
        "backend": "b",
        "confidence": 1.0,
    }
    told = ledger_page.of(page(1, **full)) | ledger_page.of(FAILED)

    assert told.keys() == LedgerPage.__annotations__.keys()
    assert [*LedgerAttempt.__annotations__] == [one.name for one in fields(Attempt)]
    assert [*LedgerWitness.__annotations__] == [one.name for one in fields(model.Testimony)]


def test_remedies_are_those_of_the_errors() -> None:
    """Every page error's code leads to its remedy, an unknown code to nothing."""
    assert ledger_page.remedy_of("render-timed-out") == RenderTimedOut.remedy
    assert ledger_page.remedy_of("no-such-code") == ""
    assert ledger_page.remedy_of(None) == ""
