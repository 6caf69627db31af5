"""What enqueueing does with each input, without a server and without PDFium."""

import os
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from ocrqueue.inputs.page_selection import parse_pages
from ocrqueue.inputs.walk import Found
from ocrqueue.model.document import RouteStep
from ocrqueue.model.errors.document import NoPages, TooManyPages
from ocrqueue.pipeline import enqueue, privacy
from ocrqueue.pipeline.enqueue import choose
from ocrqueue.pipeline.entry import Action
from ocrqueue.pipeline.feeder import Feeder
from ocrqueue.pipeline.order import Order
from ocrqueue.settings.schema import OutputSettings
from ocrqueue.workspace import outputs
from tests.support.desk import READING, Desk, make_desk
from tests.support.readings import a_reading


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def test_all_pages_of_a_new_file_are_queued(desk: Desk) -> None:
    """A file seen for the first time is counted, remembered and queued whole."""
    desk.put("a.pdf", "one\ntwo\nthree\n")
    entry = desk.enqueue()["a.pdf"]
    assert (entry.action, entry.pages, entry.queued) == (Action.QUEUED, 3, 3)
    ((document, missing),) = desk.feed.fed
    assert missing == [1, 2, 3]
    assert desk.store.document(document.id) == document


def test_an_unchanged_file_is_not_even_opened(desk: Desk) -> None:
    """A file that was done before is neither counted nor fed."""
    desk.put("a.pdf")
    desk.convert()
    desk.counter.asked.clear()
    entry = desk.enqueue()["a.pdf"]
    assert (entry.action, entry.reused) == (Action.UNCHANGED, 2)
    assert desk.counter.asked == []
    assert desk.feed.fed == []


def test_a_file_whose_time_alone_has_changed_is_not_read_again(desk: Desk) -> None:
    """The content says whether a file has changed, not its time."""
    found = desk.put("a.pdf")
    desk.convert()
    os.utime(found.source, (1, 1))
    assert desk.enqueue()["a.pdf"].action is Action.UNCHANGED


def test_a_changed_file_is_read_anew(desk: Desk) -> None:
    """New content is a new document, even where size and time are the old ones."""
    found = desk.put("a.pdf", "one\ntwo\n")
    before = Path(found.source).stat()
    desk.convert()
    desk.put("a.pdf", "eno\nowt\n")
    os.utime(found.source, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert desk.enqueue()["a.pdf"].queued == 2


def test_a_renamed_file_is_only_assembled(desk: Desk) -> None:
    """A known content under a new name needs no reading; it is written under that name."""
    found = desk.put("a.pdf")
    desk.convert()
    Path(found.source).rename(Path(found.source).with_name("b.pdf"))
    entry = desk.convert()["b.pdf"]
    assert (entry.action, entry.queued, entry.reused) == (Action.ASSEMBLE, 0, 2)
    assert desk.text("b") == desk.text("a")


def test_a_renamed_file_can_still_be_read(desk: Desk) -> None:
    """The document remembers where its file is now: pages that are missing are read there."""
    found = desk.put("a.pdf")
    desk.enqueue()
    desk.feed.fed.clear()
    Path(found.source).rename(Path(found.source).with_name("b.pdf"))
    desk.enqueue()
    ((document, missing),) = desk.feed.fed
    assert Path(document.source).name == "b.pdf"
    assert missing == [1, 2]


@pytest.mark.parametrize("name", ["a.pdf", "b.pdf"])
def test_pages_that_failed_for_want_of_their_file_are_read_where_it_is(
    desk: Desk, name: str
) -> None:
    """A file that was away for a while, or renamed, loses no page: it was there for no attempt."""
    found = desk.put("a.pdf")
    desk.feed.failing, desk.feed.why = {2}, "source-changed"
    desk.convert()
    Path(found.source).rename(Path(found.source).with_name(name))
    entry = desk.enqueue()[name]
    assert (entry.action, entry.queued, entry.reused) == (Action.QUEUED, 1, 1)


def test_only_missing_pages_are_queued(desk: Desk) -> None:
    """A page whose result is gone is queued; the others are kept."""
    desk.put("a.pdf", "1\n2\n3\n")
    desk.convert()
    (lost,) = desk.store.root.rglob("pages/000002.json")
    lost.unlink()
    entry = desk.enqueue()["a.pdf"]
    assert (entry.action, entry.queued, entry.reused) == (Action.QUEUED, 1, 2)
    assert desk.feed.fed[0][1] == [2]


def test_failed_pages_are_left_to_retry(desk: Desk) -> None:
    """A page that failed is not queued again by enqueueing."""
    desk.put("a.pdf")
    desk.feed.failing = {2}
    desk.convert()
    entry = desk.enqueue()["a.pdf"]
    assert (entry.action, entry.failed_before, entry.reused) == (Action.UNCHANGED, 1, 1)


def test_force_forgets_what_was_read(desk: Desk) -> None:
    """--force queues every chosen page, read or failed before."""
    desk.put("a.pdf")
    desk.feed.failing = {2}
    desk.convert()
    entry = desk.enqueue(force=True)["a.pdf"]
    assert (entry.action, entry.queued, entry.reused) == (Action.QUEUED, 2, 0)


def test_another_reading_is_another_document(desk: Desk) -> None:
    """What changes a result reads anew; how often a page may be tried does not."""
    desk.put("a.pdf")
    desk.convert()
    more_tries = replace(READING, route=(RouteStep(backend="scripted", tries=9),))
    assert desk.enqueue(reading=more_tries)["a.pdf"].queued == 0
    assert desk.enqueue(reading=replace(READING, dpi=300))["a.pdf"].queued == 2


def test_another_style_is_only_assembled(desk: Desk) -> None:
    """A changed page separator needs no reading."""
    desk.put("a.pdf")
    desk.convert()
    style = replace(OutputSettings(), page_separator="\n\n---\n\n").to_wire()
    assert desk.convert(style=style)["a.pdf"].action is Action.ASSEMBLE
    assert "---" in desk.text("a")


def test_files_with_the_same_content_are_read_once(desk: Desk) -> None:
    """The second of two equal files has nothing left to read."""
    desk.put("a.pdf")
    desk.put("b.pdf")
    desk.enqueue()
    assert len({document.id for document, _ in desk.feed.fed}) == 1
    desk.feed.read()
    assert desk.text("a") == desk.text("b")


def test_a_file_that_cannot_be_read_costs_nobody_else(desk: Desk) -> None:
    """Each document error is an entry and a ledger; the batch goes on."""
    desk.put("a.pdf", "damaged")
    desk.put("b.pdf")
    entries = desk.convert()
    assert (entries["a.pdf"].action, entries["a.pdf"].error) == (Action.FAILED, "damaged")
    assert entries["b.pdf"].queued == 2
    assert '"damaged"' in (desk.folder / "out" / "a.json").read_text()


def test_a_repaired_file_is_read(desk: Desk) -> None:
    """A file that was damaged and is not any more is read, and its ledger is a new one."""
    desk.put("a.pdf", "damaged")
    desk.convert()
    desk.put("a.pdf")
    assert desk.convert()["a.pdf"].queued == 2
    assert "damaged" not in (desk.folder / "out" / "a.json").read_text()
    assert desk.text("a")


def test_a_file_that_got_damaged_keeps_no_old_text(desk: Desk) -> None:
    """What a file said before it was damaged is not shown as what it says now."""
    desk.put("a.pdf")
    desk.convert()
    desk.put("a.pdf", "damaged")
    desk.convert()
    assert not (desk.folder / "out" / "a.md").exists()


def test_a_password_is_kept_for_the_workers(desk: Desk) -> None:
    """The password that opened a document is there when its pages are read."""
    desk.put("a.pdf", "locked\n")
    assert desk.enqueue()["a.pdf"].error == "password-needed"
    assert desk.enqueue(passwords=("wrong", "key"))["a.pdf"].queued == 1
    ((document, _),) = desk.feed.fed
    assert desk.store.password(document.id) == "key"


@pytest.mark.parametrize("make", ["missing", "folder", "fifo"])
def test_what_is_no_file_is_an_entry(desk: Desk, make: str) -> None:
    """A file that is gone by now, a folder and a FIFO are told, and block nobody."""
    found = desk.put("a.pdf")
    Path(found.source).unlink()
    if make == "folder":
        Path(found.source).mkdir()
    if make == "fifo":
        os.mkfifo(found.source)
    (entry,) = enqueue.enqueue(
        [found],
        desk.order,
        store=desk.store,
        counter=desk.counter,
        feeder=cast("Feeder", desk.feed),
    )
    assert (entry.action, entry.error) == (Action.FAILED, "file-unreadable")


def test_chosen_pages(desk: Desk) -> None:
    """--pages and --max-pages together choose; more pages can be read later."""
    desk.put("a.pdf", "1\n2\n3\n4\n")
    chosen = {"selection": parse_pages("2-4"), "first": 2}
    assert desk.convert(**chosen)["a.pdf"].queued == 2
    assert desk.enqueue()["a.pdf"].queued == 2
    assert desk.feed.fed[0][1] == [1, 4]


def test_what_cannot_be_chosen(desk: Desk) -> None:
    """No page at all, and more than the limit, are errors of the document."""
    with pytest.raises(NoPages, match="none of the pages"):
        choose(3, replace(desk.order, selection=parse_pages("7")))
    with pytest.raises(TooManyPages, match="the limit is 2"):
        choose(3, replace(desk.order, max_pages=2))
    assert choose(3, replace(desk.order, max_pages=2, first=2)) == [1, 2]


def test_a_preview_says_what_enqueueing_then_does(desk: Desk) -> None:
    """The dry run and the real one agree on each input, in every state of it."""
    for name in ("kept.pdf", "changed.pdf", "kept.png", "broken.pdf", "lost.pdf"):
        desk.put(name, f"{name}\ntwo\n")
    desk.put("broken.pdf", "damaged")
    desk.convert()
    desk.put("changed.pdf", "new\n")
    desk.put("new.pdf", "quite\nnew\n")
    (desk.folder / "out" / "lost.md").unlink()
    files = sorted(desk.folder.rglob("*"))
    said = desk.preview()
    assert sorted(desk.folder.rglob("*")) == files
    assert desk.feed.fed == []
    done = desk.enqueue()
    told = ("action", "pages", "queued", "reused", "error")
    assert {name: [getattr(entry, one) for one in told] for name, entry in said.items()} == {
        name: [getattr(entry, one) for one in told] for name, entry in done.items()
    }
    assert [entry.action for _, entry in sorted(done.items())] == [
        Action.FAILED,
        Action.QUEUED,
        Action.UNCHANGED,
        Action.UNCHANGED,
        Action.ASSEMBLE,
        Action.QUEUED,
    ]


FAR = RouteStep(backend="far", tries=1, remote=True)
BOTH = replace(READING, route=(*READING.route, FAR), engines={"far": "1", "scripted": "1"})


def test_the_permission_is_kept_with_each_input_and_changes_are_logged(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """The last command that names an input decides; the document stays the same one."""
    caplog.set_level("INFO", logger="ocrqueue")
    desk.put("a.pdf")
    said = []
    for may in (False, True, True, False):
        entry = desk.enqueue(reading=BOTH, allow_remote=may)["a.pdf"]
        output = outputs.find(desk.store, entry.key)
        assert output is not None
        said.append((output.allow_remote, privacy.may_leave(desk.store, output.document or "")))
    assert said == [(False, False), (True, True), (True, True), (False, False)]
    assert len({document.id for document, _ in desk.feed.fed}) == 1
    events = [record.msg["event"] for record in caplog.records if isinstance(record.msg, dict)]
    assert [event for event in events if "remote" in event] == [
        "remote.allowed",
        "remote.forbidden",
    ]


def test_what_nobody_may_read_is_refused_and_keeps_what_it_has(desk: Desk) -> None:
    """A route of remote backends only: the input is named, its Markdown of before stays."""
    desk.put("a.pdf")
    desk.convert()
    before = desk.text("a")
    away = a_reading(route=(FAR,), engines={"far": "1"})
    for ask in (desk.enqueue, desk.preview):
        entry = ask(reading=away)["a.pdf"]
        assert (entry.action, entry.error) == (Action.FAILED, "may-not-leave")
        assert "a.pdf may not leave this machine" in entry.message
    assert desk.text("a") == before


def test_rules_change_what_is_wanted_of_an_input(desk: Desk) -> None:
    """What adapts an order to an input decides who reads it, and whether it may leave."""
    desk.put("private/a.pdf")
    desk.put("b.pdf", "another\n")

    def adapt(order: Order, found: Found) -> Order:
        return replace(order, reading=READING if "private" in found.relative.parts else BOTH)

    desk.enqueue(adapt=adapt, allow_remote=True)
    routes = {Path(document.source).name: document.reading.route for document, _ in desk.feed.fed}
    assert routes == {"a.pdf": READING.route, "b.pdf": BOTH.route}


# An earlier command for the same output


def test_what_waits_for_an_output_with_other_options_is_taken_back(desk: Desk) -> None:
    """Nobody would ever see these pages; the entry says how many they were."""
    desk.put("a.pdf", "1\n2\n3\n")
    desk.enqueue()
    other = a_reading(engines={"scripted": "scripted-2"})
    entry = desk.enqueue(reading=other)["a.pdf"]
    assert (entry.queued, entry.withdrawn) == (3, 3)
    assert [document.reading for document, _ in desk.feed.fed] == [other]


def test_what_another_output_waits_for_is_left_alone(desk: Desk) -> None:
    """A copy of the file still wants the first reading."""
    desk.put("a.pdf", "1\n2\n3\n")
    desk.put("b.pdf", "1\n2\n3\n")
    desk.enqueue()
    (desk.folder / "in" / "b.pdf").rename(desk.folder / "b.pdf")
    entry = desk.enqueue(reading=a_reading(engines={"scripted": "scripted-2"}))["a.pdf"]
    assert entry.withdrawn == 0
