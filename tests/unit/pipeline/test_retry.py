"""Reading failed pages again, by the names that people give to documents."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from ocrqueue.inputs.page_selection import parse_pages
from ocrqueue.model.document import Document, RouteStep
from ocrqueue.model.errors.base import ExitCode
from ocrqueue.model.errors.document import OutputNotWritten
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.model.page import Attempt, Verdict
from ocrqueue.pipeline import collect, correct, privacy, retry, tally
from ocrqueue.pipeline.entry import Action, Entry
from ocrqueue.pipeline.feeder import Feeder
from ocrqueue.workspace import confirmation
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store
from tests.support.desk import Desk, Feed, make_desk, readable
from tests.support.readings import a_reading


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def retried(desk: Desk, *names: str) -> list[Entry]:
    chosen = list(retry.named(desk.store, names))
    return list(retry.retry(chosen, store=desk.store, feeder=cast("Feeder", desk.feed)))


def test_retry_reads_only_what_failed(desk: Desk) -> None:
    """The failed pages are queued again; documents without any are left alone."""
    desk.put("a.pdf", "1\n2\n3\n")
    desk.put("b.pdf", "only\n")
    desk.feed.failing = {2}
    desk.convert()
    (entry,) = retried(desk)
    assert (entry.queued, entry.reused) == (1, 2)
    assert desk.feed.fed[0][1] == [2]
    told = tally.of_workspace(desk.store)
    assert (told.waiting, told.partial, told.pages_failed) == (1, 0, 0)  # it is read again
    desk.feed.failing = set()
    desk.feed.read()
    assert tally.of_workspace(desk.store).exit_code is ExitCode.OK
    assert retried(desk) == []


@pytest.fixture
def doubted(desk: Desk) -> Desk:
    """A desk with a document whose first page is doubtful and whose second is good."""
    desk.put("a.pdf", "1\n2\n")
    desk.enqueue()
    ((document, _),) = desk.feed.fed
    doubtful = replace(readable(1), verdict=Verdict.DOUBTFUL, reason="few words")
    desk.store.accept(document.id, doubtful)
    desk.feed.read()
    return desk


def again(desk: Desk, **options: Any) -> list[Entry]:
    """Retry doubtful pages as well."""
    kinds = retry.DOUBTFUL_TOO
    chosen = retry.worth_it(list(retry.named(desk.store, ())), desk.store, kinds)
    feeder = cast("Feeder", desk.feed)
    return list(retry.retry(chosen, store=desk.store, feeder=feeder, of=kinds, **options))


def test_doubtful_pages_are_read_again_where_that_is_wanted(doubted: Desk) -> None:
    """Only then, and only they; what a person accepted is left alone."""
    assert retry.worth_it(list(retry.named(doubted.store, ())), doubted.store) == []
    (entry,) = again(doubted)
    assert (entry.queued, entry.reused) == (1, 1)
    ((document, missing),) = doubted.feed.fed
    assert missing == [1]
    doubted.store.accept(document.id, replace(readable(1), markdown="better"))
    doubted.feed.read()
    assert doubted.text("a") == "better\n\ntext 2\n"
    assert again(doubted) == []


def test_a_doubtful_text_stays_until_there_is_a_better_one(doubted: Desk) -> None:
    """Whatever becomes of the retry, nothing is lost by it."""
    again(doubted)
    ((document, _),) = doubted.feed.fed
    doubted.store.settle_failed(document.id, 1, [Attempt(backend="b", seconds=1, at="now")])
    collect.collect(doubted.store, document)
    assert "text 1" in doubted.text("a")


def test_a_page_that_was_accepted_is_doubtful_no_more(doubted: Desk) -> None:
    """A person's word counts: it is not read again."""
    (output,) = retry.named(doubted.store, ())
    correct.accept(doubted.store, output.document or "", 1, at="now")
    assert again(doubted) == []


def test_another_backend_reads_what_is_read_again(doubted: Desk) -> None:
    """The document stays the same one: its good pages are kept, the next run finds it done."""
    other = a_reading(route=(RouteStep(backend="other", tries=1),), engines={"other": "m"})
    again(doubted, reading=other)
    ((document, missing),) = doubted.feed.fed
    assert ([step.backend for step in document.reading.route], missing) == (["other"], [1])
    known = doubted.store.document(document.id)
    assert known == document
    doubted.feed.read()
    assert doubted.convert()["a.pdf"].action is Action.UNCHANGED


@pytest.mark.parametrize("name", ["sub/a.pdf", "sub/a", "out/sub/a.md", "out/sub/a.json", "id"])
def test_documents_are_named_as_a_person_does(
    desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An input, an output, or the beginning of an id means its document."""
    desk.put("sub/a.pdf", "1\n")
    desk.put("b.pdf", "2\n")
    desk.convert()
    monkeypatch.chdir(desk.folder)
    if name == "id":
        ((_, record),) = [
            (key, record) for key, record in desk.store.outputs() if record["name"] == "sub/a"
        ]
        name = record["document"][:8]
    (meant,) = retry.named(desk.store, [name])
    assert meant.name == "sub/a"


def test_a_name_that_means_nothing(desk: Desk) -> None:
    """An unknown name is an error that names it."""
    desk.put("a.pdf")
    desk.convert()
    with pytest.raises(UsageError, match=r"c\.pdf"):
        list(retry.named(desk.store, ["a.pdf", "c.pdf"]))


def test_documents_that_could_not_be_read_are_looked_at_again(desk: Desk) -> None:
    """Retrying a document that was refused means enqueueing its file anew."""
    desk.put("a.pdf", "damaged")
    desk.put("b.pdf")
    desk.convert()
    (again,) = retry.refused(list(retry.named(desk.store, [])))
    assert again.source.name == "a.pdf"
    assert str(again.relative) == "a.pdf"


def opened(desk: Desk, **plain: Any) -> Document:
    """Retry a locked file with its password and else a plain command; return what it became."""
    chosen = list(retry.named(desk.store, []))
    order = replace(desk.order, passwords=("key",))
    first = retry.as_first_asked(order, chosen, plain.get("reading"))
    desk.enqueue(adapt=first.adapt, passwords=("key",))
    ((document, missing),) = desk.feed.fed
    assert missing == [2, 3]
    return document


def test_what_could_not_be_opened_is_read_as_it_was_asked_for(desk: Desk) -> None:
    """The command that opens it knows nothing of its pages, its size, or its style."""
    desk.put("a.pdf", "locked\n2\n3\n4\n")
    reading = replace(desk.order.reading, dpi=150)
    style = {**desk.order.style, "page_separator": "* * *"}
    desk.convert(reading=reading, selection=parse_pages("2-"), first=2, style=style)

    assert retry.backends(list(retry.named(desk.store, [])), desk.store) == ["scripted"]
    assert opened(desk).reading == reading
    (output,) = retry.named(desk.store, [])
    assert (output.style, output.asked) == (style, None)


def test_what_could_not_be_opened_is_read_by_whom_the_retry_names(desk: Desk) -> None:
    """Its size stays what it was."""
    desk.put("a.pdf", "locked\n2\n3\n")
    reading = replace(desk.order.reading, dpi=150)
    desk.convert(reading=reading, selection=parse_pages("2-3"))
    other = replace(a_reading(engines={"other": "o-1"}), route=(RouteStep(backend="o", tries=1),))

    told = opened(desk, reading=other).reading

    assert (told.dpi, told.route, told.engines) == (150, other.route, other.engines)


@pytest.mark.parametrize("asked", [{"reading": 1}, {}, {"reading": None, "pages": "no"}])
def test_a_record_that_asks_for_nonsense_is_read_as_now(desk: Desk, asked: dict[str, Any]) -> None:
    """Somebody may have written it."""
    desk.put("a.pdf", "locked\n2\n3\n")
    desk.convert()
    (output,) = retry.named(desk.store, [])
    desk.store.save_output(output.key, {**output.to_wire(), "asked": asked}, None)
    chosen = list(retry.named(desk.store, []))

    first = retry.as_first_asked(desk.order, chosen, None)

    assert first.of_input(*retry.refused(chosen)).reading == desk.order.reading
    assert retry.backends(chosen, desk.store) == []


# A folder that was moved


def moved(desk: Desk, name: str = "moved") -> Desk:
    """Move or copy the output folder with its workspace; return the desk that works there."""
    out = desk.folder / name
    store = Store.open(out / ".ocrqueue")
    order = replace(desk.order, folder=out)
    return replace(desk, store=store, order=order, feed=Feed(store))


@pytest.fixture
def half(desk: Desk) -> Desk:
    """A desk with a document of which a page failed."""
    desk.put("a.pdf", "1\n2\n")
    desk.feed.failing = {2}
    desk.convert()
    return desk


@pytest.mark.parametrize("is_copy", [True, False], ids=["copied", "moved"])
def test_a_folder_that_was_moved_is_written_where_it_is(half: Desk, *, is_copy: bool) -> None:
    """`retry` there writes Markdown and ledger there, and leaves a copy elsewhere as it was."""
    before = half.text("a")
    take = shutil.copytree if is_copy else shutil.move
    take(half.folder / "out", half.folder / "moved")
    there = moved(half)
    assert [entry.queued for entry in retried(there)] == [1]
    there.feed.read()
    assert "text 2" in (Path(there.order.folder) / "a.md").read_text()
    assert tally.of_workspace(there.store).exit_code is ExitCode.OK
    assert (half.folder / "out").exists() == is_copy
    assert not is_copy or half.text("a") == before


def test_an_output_that_lies_elsewhere_stays_there(half: Desk) -> None:
    """Where its folder is still there and nothing of it is here, it was not moved."""
    (output,) = retry.named(half.store, ())
    (half.folder / "other").mkdir()
    save(half, replace(output, folder=str(half.folder / "other")))
    for left in (half.folder / "out").glob("a.*"):
        left.unlink()
    (found,) = retry.named(half.store, ())
    assert found.folder == str(half.folder / "other")


def test_what_goes_nowhere_is_told(half: Desk) -> None:
    """An output for whose folder nobody has asked is not written, and counts as not finished."""
    (output,) = retry.named(half.store, ())
    (half.folder / "other").mkdir()
    save(half, replace(output, folder=str(half.folder / "other")))
    document = half.store.document(output.document or "")
    assert document is not None
    with pytest.raises(OutputNotWritten):
        collect.collect(half.store, document)
    told = tally.of_workspace(half.store)
    assert told.exit_code is ExitCode.PAGES_FAILED
    assert "no output folder that a command named" in told.problems[0].message


# What only the workspace says


@pytest.fixture
def failed(desk: Desk) -> Output:
    """A document with a page that failed, which a command named."""
    desk.put("a.pdf", "1\n2\n")
    desk.feed.failing = {2}
    desk.convert()
    return next(retry.named(desk.store, ()))


def save(desk: Desk, output: Output) -> None:
    desk.store.save_output(output.key, output.to_wire(), output.document)


def test_a_manifest_leads_nowhere_else(desk: Desk, failed: Output) -> None:
    """Whatever file a manifest names, the page is read from the one that a command named."""
    document = desk.store.document(failed.document or "")
    assert document is not None
    desk.store.save_document(replace(document, source="/home/user/secret.pdf"))
    retried(desk)
    assert [fed.source for fed, _ in desk.feed.fed] == [failed.source]
    assert desk.store.document(document.id) == document


@pytest.mark.usefixtures("failed")
def test_a_content_that_lies_twice_is_read_where_it_is(desk: Desk) -> None:
    """A manifest that names another input of the same content, which was named too, stays."""
    desk.put("b.pdf", "1\n2\n")
    desk.convert()
    retried(desk, "a.pdf")
    assert {Path(fed.source).name for fed, _ in desk.feed.fed} == {"b.pdf"}


@pytest.mark.parametrize(
    "forged",
    [{"source": "/home/user/secret.pdf"}, {"allow_remote": True}, {"confirmed": "0" * 64}],
    ids=str,
)
def test_a_record_that_was_changed_is_not_read(
    desk: Desk, failed: Output, forged: dict[str, object]
) -> None:
    """The mark is of this file, and of whether its pages may leave; it cannot be taken along."""
    save(desk, replace(failed, **forged))  # type: ignore[arg-type]
    (entry,) = retried(desk)
    assert (entry.error, entry.queued) == ("not-named", 0)
    assert desk.feed.fed == []


def test_allowing_does_not_confirm(desk: Desk, failed: Output) -> None:
    """`--allow-remote` keeps a mark that was right, and makes none where none was."""
    (allowed,) = privacy.permit(desk.store, [failed], may_leave=True)
    assert allowed.is_confirmed
    forged = replace(failed, source="/home/user/secret.pdf")
    (still,) = privacy.permit(desk.store, [forged], may_leave=True)
    assert not still.is_confirmed


@pytest.mark.usefixtures("failed")
def test_another_user_has_other_marks(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that was confirmed with another key has to be named once more, and then is."""
    monkeypatch.setattr(confirmation, "STATE", tmp_path / "of another")
    assert [entry.error for entry in retried(desk)] == ["not-named"]
    desk.enqueue()
    (entry,) = retried(desk)
    assert (entry.error, entry.queued) == (None, 1)


def test_without_a_place_for_the_key(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`run` works all the same; only `retry` asks to name the inputs."""
    (tmp_path / "file").touch()
    monkeypatch.setattr(confirmation, "STATE", tmp_path / "file" / "state")
    desk.put("a.pdf", "1\n2\n")
    desk.feed.failing = {2}
    assert desk.convert()["a.pdf"].error is None
    assert [entry.error for entry in retried(desk)] == ["not-named"]
