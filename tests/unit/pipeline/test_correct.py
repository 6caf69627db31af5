"""What a person makes of a page wins over what was read, and stays."""

import hashlib
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ocrqueue.model.document import Document
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.model.page import PERSON, Figure, Margin, PageResult, Place, Verdict
from ocrqueue.pipeline import collect, correct, retry
from ocrqueue.pipeline.entry import Action
from ocrqueue.workspace import corrections, ledger, outputs
from ocrqueue.workspace.store import Store
from tests.support.desk import Desk, make_desk, readable
from tests.support.readings import a_reading

NOON = "2026-11-28T12:00:00+00:00"
OTHER = a_reading(engines={"scripted": "scripted-2"})


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with a converted document of three pages, the second of which failed."""
    desk = make_desk(tmp_path)
    desk.put("a.pdf", "1\n2\n3\n")
    desk.feed.failing = {2}
    desk.convert()
    desk.feed.failing = set()
    return desk


def document(desk: Desk) -> Document:
    (output,) = retry.named(desk.store, ["a.pdf"])
    found = desk.store.document(output.document or "")
    assert found is not None
    return found


def corrected(desk: Desk, page: int, text: str) -> None:
    correct.correct(desk.store, document(desk).id, page, text, at=NOON)


def page_of(desk: Desk, number: int) -> dict[str, Any]:
    book = ledger.read(desk.folder / "out" / "a.json", below=desk.folder / "out")
    return dict(book.results[number - 1])


def picturing(desk: Desk, text: str) -> PageResult:
    """Return a reading with a picture that the workspace keeps; all call theirs the same."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    figure = Figure(name="p0001-1.png", box=(0, 0, 9, 9), sha256=sha256)
    read = PageResult(
        page=1,
        markdown=f"![](p0001-1.png)\n\n{text}",
        backend=text,
        verdict=Verdict.GOOD,
        rotation=90 if text == "two" else 0,
        figures=(figure,),
    )
    desk.store.keep_source(document(desk).id, read, {sha256: text.encode()}, raw=None)
    return read


def test_a_corrected_page_is_in_the_document_at_once(desk: Desk) -> None:
    """The Markdown says what the person wrote; the ledger says who, when, and what was before."""
    (written,) = correct.correct(desk.store, document(desk).id, 1, "# By hand\r\n", at=NOON)

    assert written.name == "a"
    assert desk.text("a").startswith("# By hand\n")
    told = page_of(desk, 1)
    assert (told["backend"], told["verdict"]) == (PERSON, Verdict.GOOD)
    assert told["attempts"][-1] == {
        "backend": PERSON,
        "seconds": 0.0,
        "at": NOON,
        "verdict": Verdict.GOOD,
    }
    kept = corrections.find(desk.store, document(desk), 1)
    assert kept is not None
    assert kept.replaced is not None
    assert kept.replaced.markdown == "text 1"


def test_a_page_that_failed_can_be_written_by_hand(desk: Desk) -> None:
    """Then nothing has failed any more, and there is nothing to read again."""
    corrected(desk, 2, "typed")

    assert "could not be read" not in desk.text("a")
    assert page_of(desk, 2)["state"] == "done"
    chosen = list(retry.named(desk.store, ()))
    assert retry.worth_it(chosen, desk.store) == []


@pytest.mark.parametrize("changes", [{}, {"reading": OTHER}], ids=["same", "other options"])
def test_whoever_reads_the_file_again_finds_the_correction(
    desk: Desk, changes: dict[str, Any]
) -> None:
    """It is of the file's content: another reading of it shows it too, and reads other pages."""
    corrected(desk, 1, "by hand")

    entry = desk.enqueue(**changes)["a.pdf"]
    queued = [missing for _, missing in desk.feed.fed]
    desk.feed.read()

    assert "by hand" in desk.text("a")
    assert "text 1" not in desk.text("a")
    assert queued == ([[2, 3]] if changes else [])
    assert entry.action is (Action.QUEUED if changes else Action.UNCHANGED)


def test_force_reads_all_but_what_people_wrote(desk: Desk) -> None:
    """`--force` leaves a correction alone; `--discard-corrections` reads that page too."""
    corrected(desk, 1, "by hand")

    forced = desk.preview(force=True)["a.pdf"]
    desk.convert(force=True)
    kept = desk.text("a")
    everything = desk.preview(force=True, discard_corrections=True)["a.pdf"]
    desk.convert(force=True, discard_corrections=True)

    assert (forced.queued, everything.queued) == (2, 3)
    assert "by hand" in kept
    assert desk.text("a").startswith("text 1\n")


def test_a_reading_that_comes_later_does_not_win(desk: Desk) -> None:
    """A worker that read the page meanwhile has its result kept, and not shown."""
    corrected(desk, 2, "by hand")
    desk.store.accept(document(desk).id, readable(2))

    correct.assemble(desk.store, document(desk))

    assert "by hand" in desk.text("a")
    assert "text 2" not in desk.text("a")


def test_a_correction_is_withdrawn(desk: Desk) -> None:
    """What was read counts again; what nobody corrected cannot be withdrawn."""
    corrected(desk, 1, "by hand")
    correct.withdraw(desk.store, document(desk).id, 1)

    assert desk.text("a").startswith("text 1\n")
    with pytest.raises(UsageError, match="nobody corrected"):
        correct.withdraw(desk.store, document(desk).id, 1)


def test_a_doubtful_page_is_accepted(desk: Desk) -> None:
    """It stays the engine's text, without the doubt; the ledger says that a person looked."""
    doubted = replace(readable(2), verdict=Verdict.DOUBTFUL, reason="few words")
    desk.store.accept(document(desk).id, doubted)

    correct.accept(desk.store, document(desk).id, 2, at=NOON)

    told = page_of(desk, 2)
    assert "text 2" in desk.text("a")
    assert (told["verdict"], told.get("reason")) == (Verdict.GOOD, None)
    assert told["attempts"][-1]["message"] == correct.ACCEPTED


def test_a_page_without_text_cannot_be_accepted(desk: Desk) -> None:
    """There is nothing that could be right."""
    with pytest.raises(UsageError, match="no text"):
        correct.accept(desk.store, document(desk).id, 2, at=NOON)


def test_an_empty_text_makes_a_blank_page(desk: Desk) -> None:
    """A person who writes nothing says that nothing is there."""
    corrected(desk, 1, " \n")

    assert page_of(desk, 1)["verdict"] == Verdict.BLANK
    assert "text 1" not in desk.text("a")


@pytest.mark.parametrize("page", [0, 4])
def test_pages_that_there_are_not(desk: Desk, page: int) -> None:
    """A page outside the document is told as that."""
    with pytest.raises(UsageError, match=f"none of them is page {page}"):
        corrected(desk, page, "x")


def test_a_text_longer_than_any_page(desk: Desk) -> None:
    """It is refused, and nothing is kept of it."""
    with pytest.raises(UsageError, match="at most"):
        corrected(desk, 1, "x" * (correct.LONGEST + 1))
    assert corrections.pages(desk.store, document(desk)) == set()


def test_a_document_that_is_still_read_is_not_written_yet(desk: Desk) -> None:
    """Nobody is told that its other pages failed; the collector writes all of it later."""
    desk.put("b.pdf", "x\ny\n")
    desk.enqueue()
    (output,) = retry.named(desk.store, ["b.pdf"])

    written = correct.correct(desk.store, output.document or "", 1, "by hand", at=NOON)

    assert written == []
    assert not Path(output.markdown).exists()
    desk.feed.read()
    assert desk.text("b") == "by hand\n\ntext 2\n"


def test_a_killed_correction_is_written_by_the_next_run(desk: Desk) -> None:
    """The correction was kept, the document not yet written: the next command sees that."""
    result = replace(readable(1), markdown="by hand")
    corrections.keep(desk.store, document(desk), corrections.Correction(result=result), {})

    assert desk.convert()["a.pdf"].action is Action.ASSEMBLE
    assert "by hand" in desk.text("a")


def test_pictures_stay_that_the_text_names(desk: Desk) -> None:
    """Also where other options read the page, and never saw the picture."""
    content = b"png"
    figure = Figure(
        name="p0001-1.png", box=(0, 0, 9, 9), sha256=hashlib.sha256(content).hexdigest()
    )
    other = replace(figure, name="p0001-2.png")
    shown = PageResult(page=1, markdown="x", verdict=Verdict.GOOD, figures=(figure, other))
    store, known = desk.store, document(desk)
    store.forget_page(known.id, 1)
    store.keep_source(known.id, shown, {figure.sha256: content}, raw=None)
    store.accept(known.id, shown)

    corrected(desk, 1, "![](p0001-1.png)\n\nby hand")
    desk.convert(reading=OTHER)

    assert desk.text("a").startswith("![](a.assets/p0001-1.png)\n\nby hand\n")
    assert [path.name for path in (desk.folder / "out" / "a.assets").iterdir()] == ["p0001-1.png"]


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "in a process"])
def test_a_text_keeps_the_pictures_of_its_own_reading(desk: Desk, *, is_kept: bool) -> None:
    """Another engine's picture of the same name is not put under it."""
    store, known = desk.store, document(desk)
    store.forget_page(known.id, 1)
    shown, other = (picturing(desk, text) for text in ("one", "two"))
    store.accept(known.id, shown)
    if is_kept:
        store.keep(known.id, other)

    text = (other.markdown or "").replace("\n", "\r\n")
    others = () if is_kept else (other,)
    correct.correct(store, known.id, 1, text, at=NOON, others=others)

    kept = corrections.find(store, known, 1)
    assert kept is not None
    assert (kept.result.figures, kept.result.rotation) == (other.figures, other.rotation)
    assert (desk.folder / "out" / "a.assets" / "p0001-1.png").read_bytes() == b"two"


def test_a_text_that_was_taken_and_edited_keeps_its_pictures(desk: Desk) -> None:
    """They are those of the reading whose lines it has, not of the one that counted before."""
    store, known = desk.store, document(desk)
    store.forget_page(known.id, 1)
    shown, other = (picturing(desk, text) for text in ("one", "two"))
    store.accept(known.id, shown)

    text = f"{other.markdown}\nand a line of mine"
    correct.correct(store, known.id, 1, text, at=NOON, others=[other])

    kept = corrections.find(store, known, 1)
    assert kept is not None
    assert kept.result.figures == other.figures


def test_running_heads_stay_what_they_were(desk: Desk) -> None:
    """A head and a foot that the person left alone are left out as before; a changed one stays."""
    store, known = desk.store, document(desk)
    store.forget_page(known.id, 1)
    margins = (
        Margin(block=0, place=Place.HEAD, sure=True),
        Margin(block=3, place=Place.FOOT, sure=True),
    )
    read = PageResult(
        page=1, markdown="head\n\none\n\ntwo\n\nfoot", verdict=Verdict.GOOD, margins=margins
    )
    store.accept(known.id, read)

    corrected(desk, 1, "head\n\none\n\nmore\n\ntwo\n\nfoot")
    assert desk.text("a").startswith("one\n\nmore\n\ntwo\n\n>")
    corrected(desk, 1, "head, changed\n\none\n\nfoot")
    assert desk.text("a").startswith("head, changed\n\none\n\n>")


def test_a_torn_correction_is_none(desk: Desk) -> None:
    """What was read is shown instead."""
    corrected(desk, 1, "by hand")
    (kept,) = (desk.store.root / "corrections").rglob("000001.json")
    kept.write_bytes(kept.read_bytes()[:40])

    correct.assemble(desk.store, document(desk))

    assert desk.text("a").startswith("text 1\n")


def test_a_torn_correction_settles_no_page(desk: Desk) -> None:
    """A page that nobody has read is read, whatever lies where its correction would."""
    corrected(desk, 1, "by hand")
    (kept,) = (desk.store.root / "corrections").rglob("000001.json")
    desk.store.forget_page(document(desk).id, 1)
    for name in ("000001.json", "000000.json", "0000003.json"):
        (kept.parent / name).write_text("{")

    assert corrections.pages(desk.store, document(desk)) == set()
    desk.convert()
    assert desk.text("a").startswith("text 1\n")
    corrections.discard_all(desk.store, document(desk))
    assert not kept.exists()


def test_a_correction_that_comes_while_an_output_is_written_is_in_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pages are read under the output's lock: older ones never count as up to date."""
    (output,) = outputs.showing(desk.store, document(desk).id)
    lock = Store.output_lock

    def taken_late(store: Store, key: str) -> AbstractContextManager[None]:
        monkeypatch.undo()  # another process corrects the page before the lock is had
        corrected(desk, 1, "by hand")
        return lock(store, key)

    monkeypatch.setattr(Store, "output_lock", taken_late)
    collect.write(desk.store, document(desk), [output])

    assert desk.text("a").startswith("by hand\n")
    assert outputs.is_written(desk.store, output)
