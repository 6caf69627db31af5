"""What there is to look at: kept in memory, never out of date for long."""

from pathlib import Path

import pytest

from ocrqueue.pipeline.accounts import DocumentAccount, account
from ocrqueue.web import review_index
from ocrqueue.web.review_index import ReviewIndex
from ocrqueue.workspace.outputs import Output
from ocrqueue.workspace.store import Store
from tests.support.desk import Desk, make_desk, unreadable


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
    index = ReviewIndex(desk.store)
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
    index = ReviewIndex(desk.store)
    first = index.documents()[0]
    desk.put("c.pdf", "5\n")
    desk.convert()
    desk.store.output_path(first.key).unlink()

    assert [one.shown for one in index.documents()] == ["b.pdf", "c.pdf"]
    desk.store.output_path(index.documents()[0].key).write_text("{torn")
    assert [one.shown for one in index.documents()] == ["c.pdf"]
    assert index.document(first.key) is None
