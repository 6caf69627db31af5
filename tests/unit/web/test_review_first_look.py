"""The first answer of the review of a large workspace, which nobody has looked at yet."""

import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ocrqueue.model.page import PageResult
from ocrqueue.pipeline import retry
from ocrqueue.web import review_index
from ocrqueue.workspace import paths
from ocrqueue.workspace.store import Store
from tests.support.desk import Desk, make_desk
from tests.support.reviewing import make_reviewer
from tests.support.servers import wait_until

DOCUMENTS, PAGES = 1000, 10
FAILED = 3  # the page of each document that could not be read


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A workspace of many documents that are all like one that was really converted."""
    desk = make_desk(tmp_path)
    desk.put("0.pdf", "words\n" * PAGES)
    desk.feed.failing = {FAILED}
    desk.convert()
    store, (output,) = desk.store, retry.named(desk.store, [])
    document, written = store.document(output.document or ""), store.written(output.key)
    assert document is not None
    assert written is not None
    for number in range(1, DOCUMENTS):
        own = f"{number:0{len(document.id)}x}"
        folder = paths.document(store.root, own)
        shutil.copytree(paths.document(store.root, document.id), folder)
        store.save_document(replace(document, id=own, sha256=f"{number:064x}"))
        copy = replace(output, name=str(number), document=own, shown=f"{number}.pdf")
        store.save_output(copy.key, copy.to_wire(), own)
        store.save_written(copy.key, written)
    assert sum(1 for _ in store.outputs()) == DOCUMENTS
    return desk


@pytest.mark.slow
def test_the_first_answer_needs_a_part_of_ten_thousand_pages(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lists pages that are known so far and says how much is not; then the rest is there."""
    opened: list[int] = []
    find = Store.result

    def counted(store: Store, document_id: str, page: int) -> PageResult | None:
        opened.append(page)
        return find(store, document_id, page)

    monkeypatch.setattr(Store, "result", counted)
    reviewer = make_reviewer(desk)
    index = reviewer.reviewed.index
    index.patience_s = review_index.PATIENCE_S
    began, spent = time.monotonic(), time.process_time()

    first = reviewer.text("/review/")

    spent, waited, before = time.process_time() - spent, time.monotonic() - began, len(opened)
    print(f"first answer: {spent:.2f} s of CPU, {waited:.2f} s, {before} page files opened")  # noqa: T201
    assert "documents still to be looked at" in first
    assert 0 < first.count("<tr><td>") <= before / PAGES
    assert before < DOCUMENTS * PAGES / 2
    wait_until(lambda: index.look() is None and not index.unseen, "all was looked at", 120)
    assert f"{DOCUMENTS} pages to look at" in reviewer.text("/review/")
    assert len(opened) == DOCUMENTS * PAGES
