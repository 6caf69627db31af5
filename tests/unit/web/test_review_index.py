"""What there is to look at: kept in memory, never out of date for long."""

import threading
from pathlib import Path

import pytest

from ocrqueue.pipeline import retry
from ocrqueue.pipeline.accounts import DocumentAccount, account
from ocrqueue.web import review_index
from ocrqueue.web.review_index import ReviewIndex
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store
from tests.support.desk import Desk, make_desk, unreadable
from tests.support.servers import wait_until


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(review_index, "FRESH_S", -1.0)
    desk = make_desk(tmp_path)
    desk.put("a.pdf", "1\n2\n")
    desk.put("b.pdf", "3\n4\n")
    desk.convert()
    return desk


def test_only_what_changed_is_read_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that fails in one document costs the reading of that document alone."""
    index = ReviewIndex(desk.store, patience_s=60)
    before = {one.shown: one for one in index.documents()}
    read: list[str] = []

    def noted(store: Store, output: Output) -> DocumentAccount:
        read.append(output.shown)
        return account(store, output)

    monkeypatch.setattr(review_index, "account", noted)

    assert index.doubts() == []
    assert read == []
    desk.store.forget_page(before["b.pdf"].document, 1)
    desk.store.reject(before["b.pdf"].document, unreadable(1))

    assert [(one.shown, page.page) for one, page in index.doubts()] == [("b.pdf", 1)]
    assert read == ["b.pdf"]


def test_documents_come_and_go(desk: Desk) -> None:
    """A new document appears, one whose record is gone disappears, a torn record hides no other."""
    index = ReviewIndex(desk.store, patience_s=60)
    first = index.documents()[0]
    desk.put("c.pdf", "5\n")
    desk.convert()
    Path(desk.store.output_path(first.key)).unlink()

    assert [one.shown for one in index.documents()] == ["b.pdf", "c.pdf"]
    Path(desk.store.output_path(index.documents()[0].key)).write_text("{torn")
    assert [one.shown for one in index.documents()] == ["c.pdf"]
    assert index.document(first.key) is None


def test_what_is_known_so_far_is_shown_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a large workspace: nobody waits for the whole before he sees the first of it."""
    monkeypatch.setattr(review_index, "SHOWN_S", -1.0)
    index, goes_on = ReviewIndex(desk.store, patience_s=0), threading.Event()
    began: list[str] = []

    def slow(store: Store, output: Output) -> DocumentAccount:
        began.append(output.shown)
        assert len(began) < 2 or goes_on.wait(60)
        return account(store, output)

    monkeypatch.setattr(review_index, "account", slow)
    index.look()
    wait_until(lambda: len(index.documents()) == 1, "the first document is shown")

    assert [one.shown for one in index.documents()] == began[:1]
    assert index.unseen == 1
    goes_on.set()
    wait_until(lambda: len(index.documents()) == 2, "both documents are shown")
    wait_until(lambda: index.unseen == 0, "nothing is left to look at")


def test_a_document_that_is_asked_for_is_waited_for(desk: Desk) -> None:
    """An address that somebody kept leads to its page, however much there is besides."""
    (output, _) = retry.named(desk.store, [])

    found = ReviewIndex(desk.store, patience_s=0).document(output.key)

    assert found is not None
    assert found.key == output.key


def test_what_keeps_it_from_looking_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error in the background reaches whoever asks, and the next one asks anew."""
    index = ReviewIndex(desk.store, patience_s=60)
    with monkeypatch.context() as broken:
        broken.setattr(review_index, "account", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            index.documents()

    assert len(index.documents()) == 2
