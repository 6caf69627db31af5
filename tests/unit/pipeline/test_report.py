"""What a collection comes to: totals, groups, charts, reasons."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ocrqueue.model.finding import Concern
from ocrqueue.pipeline.accounts import DocumentAccount, PageAccount, PageState
from ocrqueue.pipeline.report import MOST_BARS, Chart, report
from ocrqueue.workspace.ledger import State

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def a_page(number: int = 1, **said: Any) -> PageAccount:
    return PageAccount(
        **{"page": number, "state": PageState.GOOD, "backend": "b", "characters": 10, **said}
    )


def a_document(shown: str = "a.pdf", *pages: PageAccount, **said: Any) -> DocumentAccount:
    return DocumentAccount(
        **{
            "key": shown,
            "shown": shown,
            "kind": "pdf",
            "size": 50_000,
            "state": State.DONE,
            "pages": pages,
            **said,
        }
    )


def chart(title: str, *pages: PageAccount) -> Chart:
    (found,) = [c for c in report([a_document("a", *pages)]).charts if c.title == title]
    return found


FAILED = a_page(
    2, state=PageState.FAILED, doubt=Concern.FAILED, reason="took 31 s", remedy="wait", characters=0
)
DOUBTFUL = a_page(3, state=PageState.DOUBTFUL, doubt=Concern.DOUBTFUL, reason="confidence 31.5")


def test_totals_count_documents_and_pages_once() -> None:
    """A page is in one state; what nobody has read yet is neither success nor failure."""
    told = report(
        [
            a_document("a.pdf", a_page(), FAILED, DOUBTFUL, unread=1, state=None),
            a_document("b.pdf", a_page()),
            a_document("c.pdf", state=State.FAILED, problem="it is damaged"),
        ]
    )
    total = told.total

    assert (total.documents, total.pages, total.good, total.failed) == (3, 5, 2, 1)
    assert (total.doubtful, total.unread, total.characters) == (1, 1, 30)
    assert total.success == 0.75
    assert told.states == {"done": 1, "failed": 1, "unfinished": 1}
    assert told.whole == 0.5


def test_nothing_is_no_success() -> None:
    """Of an empty workspace no share can be told, and no chart is drawn."""
    told = report([])

    assert (told.total.success, told.whole, told.charts, told.reasons) == (None, None, (), ())


def test_groups_add_up_to_the_whole() -> None:
    """By size, folder and kind each document is in one group; sizes are in their order."""
    told = report(
        [
            a_document("x/a.pdf", a_page(), size=6_000_000),
            a_document("x/b.png", a_page(), FAILED, kind="png"),
            a_document("c.pdf", a_page(), size=100_000),
        ]
    )
    names = {name: [one.name for one in groups] for name, groups in told.groups.items()}

    assert names["size"] == ["below 100 kB", "100 kB to 1 MB", "above 5 MB"]
    assert names["folder"] == [".", "x"]
    assert names["kind"] == ["pdf", "png"]
    for name in ("size", "folder", "kind"):
        assert sum(one.documents for one in told.groups[name]) == 3
        assert sum(one.pages for one in told.groups[name]) == 4


def test_an_engine_has_the_pages_that_it_settled() -> None:
    """A document that two engines read counts for both, each of its pages for one."""
    told = report([a_document("a", a_page(1), a_page(2, backend="c")), a_document("b", a_page())])

    engines = {one.name: (one.documents, one.pages) for one in told.groups["engine"]}

    assert engines == {"b": (2, 2), "c": (1, 1)}


def test_agreement_is_told_by_engine_and_kind() -> None:
    """The mean of the pages that were held against a second reading; None where none was."""
    told = report(
        [
            a_document("a", a_page(agreed=0.9), a_page(2, agreed=0.7), a_page(3)),
            a_document("b", a_page(backend="c", agreed=0.5), kind="png"),
            a_document("c", a_page(), kind="png"),
        ]
    )

    found = {one.name: one.agreed for one in told.groups["engine and kind"]}

    assert found == {"b, pdf": pytest.approx(0.8), "b, png": None, "c, png": 0.5}
    assert told.total.agreed == pytest.approx(0.7)


def test_reasons_are_grouped_with_the_documents_behind_them() -> None:
    """Figures do not tell reasons apart; failures come first, then what is most frequent."""
    other = a_page(9, state=PageState.DOUBTFUL, doubt=Concern.DOUBTFUL, reason="confidence 7")
    told = report(
        [a_document("a", DOUBTFUL, other), a_document("b", FAILED), a_document("c", DOUBTFUL)]
    )

    shown = [(one.state, one.words, one.count, one.documents) for one in told.reasons]

    assert shown == [
        ("failed", "took N s", 1, ("b",)),
        ("doubtful", "confidence N", 3, ("a", "c")),
    ]
    assert told.reasons[0].remedy == "wait"


def test_a_document_of_which_there_is_nothing_is_a_reason() -> None:
    """So is one that cannot be written; what was overcome is none."""
    told = report(
        [
            a_document("a", state=State.FAILED, problem="it is damaged", remedy="mend it"),
            a_document("b", a_page(), problem="long gone"),
        ]
    )

    assert [(one.words, one.documents, one.remedy) for one in told.reasons] == [
        ("it is damaged", ("a",), "mend it")
    ]


def test_a_chart_counts_every_page_once() -> None:
    """What is beyond the end of an axis is in the last bar; failed pages have no seconds."""
    slow = [a_page(seconds=1.0 + n / 100) for n in range(200)] + [a_page(seconds=900.0)]

    drawn = chart("Seconds a page", *slow, FAILED)

    assert sum(bar.height for bar in drawn.bars) == 201
    assert drawn.most.endswith(" s and more")
    assert drawn.bars[-1].height >= 1
    assert sum(bar.height > 0 for bar in drawn.bars) > 5


def test_confidence_and_agreement_go_from_nothing_to_all() -> None:
    """A page that agrees wholly, and one of full confidence, are in the last bar."""
    pages = [a_page(confidence=100.0, agreed=1.0), a_page(confidence=0.0, agreed=0.0)]

    for title in ("Confidence of the engine", "Words that a second reading has too"):
        drawn = chart(title, *pages)
        assert [bar.height for bar in drawn.bars if bar.height] == [1, 1]
        assert drawn.bars[0].height == drawn.bars[-1].height == 1


def test_pace_is_told_in_pages_a_minute() -> None:
    """Six pages in one minute are six a minute, however wide a bar is."""
    drawn = chart(
        "Pages a minute", *[a_page(ended=NOON + timedelta(seconds=10 * n)) for n in range(7)]
    )

    assert "7 from the first page" in drawn.note
    assert max(bar.height for bar in drawn.bars) == 12.0  # one page in 5 s
    assert (drawn.least, drawn.most) == ("12:00:00", "12:01:00 UTC")


def test_any_time_has_as_many_bars_as_can_be_seen() -> None:
    """Somebody may have written instants that are centuries apart."""
    for last in (NOON, NOON + timedelta(minutes=9), NOON.replace(year=9000)):
        drawn = chart("Pages a minute", a_page(ended=NOON), a_page(ended=last))
        assert 1 <= len(drawn.bars) <= MOST_BARS


def test_a_document_is_told_in_one_row() -> None:
    """Seconds of all its pages, the most memory, each engine once, the first error."""
    pages = [a_page(1, seconds=1.25, memory_mb=90), a_page(2, backend="c", memory_mb=80), FAILED]
    (row,) = report([a_document("a", *pages, state=State.PARTIAL)]).rows

    assert (row.seconds, row.memory_mb, row.engines, row.error) == (1.25, 90, "b, c", "took 31 s")
    assert (row.state, row.pages, row.failed, row.characters) == ("partial", 3, 1, 20)
