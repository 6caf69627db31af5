"""What became of each page, from the workspace alone."""

import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ocrqueue.model import page as model
from ocrqueue.model.document import MOST_PAGES
from ocrqueue.model.finding import Concern
from ocrqueue.model.page import Attempt, PageResult, Verdict
from ocrqueue.pipeline import retry
from ocrqueue.pipeline.accounts import PageState, account, accounts, page_account
from ocrqueue.workspace.ledger import State
from tests.support.desk import make_desk

BEGAN = "2026-01-02T03:04:05+02:00"


def a_result(**said: Any) -> PageResult:
    return PageResult(**{"page": 1, "markdown": "text", "verdict": Verdict.GOOD, **said})


def an_attempt(**said: Any) -> Attempt:
    return Attempt(**{"backend": "b", "seconds": 1.5, "at": BEGAN, **said})


def test_every_input_and_page_is_in_the_accounts(tmp_path: Path) -> None:
    """What was refused, failed, is not read yet or was left alone: each chosen page has a state."""
    desk = make_desk(tmp_path)
    desk.put("sub/partial.pdf", "1\n2\n3\n")
    desk.put("broken.pdf", "damaged")
    desk.feed.failing = {2}
    desk.convert()
    desk.put("waiting.pdf", "1\n2\n3\n4\n")
    desk.enqueue()

    found = {one.shown: one for one in accounts(desk.store)}
    states = {name: [page.state for page in one.pages] for name, one in found.items()}

    good, failed = PageState.GOOD, PageState.FAILED
    assert states == {
        "broken.pdf": [],
        "sub/partial.pdf": [good, failed, good],
        "waiting.pdf": [],
    }
    assert [found[name].state for name in sorted(found)] == [State.FAILED, State.PARTIAL, None]
    assert (found["broken.pdf"].problem, found["sub/partial.pdf"].folder) == (
        "it is damaged",
        "sub",
    )
    assert found["sub/partial.pdf"].size == 6
    assert (found["waiting.pdf"].unread, found["waiting.pdf"].tally["unread"]) == (4, 4)
    assert found["sub/partial.pdf"].unread == 0


def test_a_record_that_claims_many_pages_costs_no_more_for_it(tmp_path: Path) -> None:
    """Whoever prepared the workspace: what nobody has read is counted, not listed."""
    desk = make_desk(tmp_path)
    desk.put("a.pdf", "1\n2\n")
    desk.convert()
    (output,) = retry.named(desk.store, ["a.pdf"])
    document = desk.store.document(output.document or "")
    assert document is not None
    desk.store.save_document(replace(document, pages=MOST_PAGES))

    tracemalloc.start()
    told = account(desk.store, replace(output, pages=f"1-{MOST_PAGES}"))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (len(told.pages), told.unread) == (2, MOST_PAGES - 2)
    assert most < 1 << 20


@pytest.mark.parametrize(
    ("said", "doubt", "reason"),
    [
        ({}, None, ""),
        ({"markdown": None, "verdict": None, "message": "no"}, Concern.FAILED, "no"),
        ({"verdict": Verdict.DOUBTFUL, "reason": "few"}, Concern.DOUBTFUL, "few"),
        (
            {
                "verdict": Verdict.DOUBTFUL,
                "reason": "9 words are missing",
                "witness": model.Testimony(by="x", doubt="9 words are missing", words="secret"),
            },
            Concern.DISAGREED,
            "9 words are missing",
        ),
        ({"witness": model.Testimony(unwitnessed="no text")}, Concern.UNWITNESSED, "no text"),
        ({"witness": model.Testimony(by="text-layer", agreed=1.0)}, None, ""),
    ],
)
def test_a_page_says_why_it_is_to_be_looked_at(
    said: dict[str, Any], doubt: Concern | None, reason: str
) -> None:
    """Failed, disagreed, doubtful, unwitnessed: each with its reason, and no text of the page."""
    told = page_account(a_result(**said))

    assert (told.doubt, told.reason) == (doubt, reason)
    assert "secret" not in repr(told)


def test_a_page_tells_what_it_took() -> None:
    """Seconds and cost of all attempts, the most memory, the end of the last one, its letters."""
    tried = (an_attempt(memory_mb=90, cost_usd=0.5), an_attempt(memory_mb=70))

    told = page_account(a_result(attempts=tried, markdown="four"))

    assert (told.seconds, told.cost_usd, told.memory_mb, told.characters) == (3.0, 0.5, 90, 4)
    assert told.ended == datetime(2026, 1, 2, 1, 4, 6, 500_000, tzinfo=UTC)


@pytest.mark.parametrize("at", ["", "now", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59"])
def test_an_instant_that_is_none_is_left_out(at: str) -> None:
    """Whoever wrote it: no account fails for it."""
    assert page_account(a_result(attempts=(an_attempt(at=at, seconds=1e9),))).ended is None
