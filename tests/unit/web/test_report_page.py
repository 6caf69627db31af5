"""The report as a page: whole by itself, whatever names are, and honest about what it omits."""

import re
from html.parser import HTMLParser

from ocrqueue.model.finding import Concern
from ocrqueue.pipeline.accounts import DocumentAccount, PageAccount, PageState
from ocrqueue.pipeline.report import report
from ocrqueue.web import report_page
from ocrqueue.workspace.ledger import State

HOSTILE = (
    "x\u202e<script>alert(1)</script>\"'><img src=//evil.example onerror=x>{{ 7*7 }}\x1b[31m\n"
)


class Tags(HTMLParser):
    """Collects each element and its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def a_page(shown: str = "a.pdf", count: int = 1) -> str:
    page = PageAccount(
        page=1,
        state=PageState.DOUBTFUL,
        backend=shown,
        doubt=Concern.DOUBTFUL,
        reason=shown,
        seconds=1.0,
        confidence=50.0,
    )
    told = report(
        DocumentAccount(
            key=str(n), shown=f"{n} {shown}", kind=shown, state=State.DONE, pages=(page,)
        )
        for n in range(count)
    )
    return report_page.html(told, folder=shown, made=shown)


def test_a_hostile_name_is_text() -> None:
    """No name or reason adds an element, an attribute or a sign that turns letters round."""
    usual, odd = Tags(a_page()), Tags(a_page(HOSTILE))

    assert [tag for tag, _ in odd.found] == [tag for tag, _ in usual.found]
    assert [sorted(own) for _, own in odd.found] == [sorted(own) for _, own in usual.found]
    assert not re.search("[\u202e\x1b]", a_page(HOSTILE))
    assert "{{ 7*7 }}" in a_page(HOSTILE)


def test_the_file_needs_nothing_else() -> None:
    """It loads and links nothing, runs no script, and says so to the browser."""
    tags = Tags(a_page())

    assert {tag for tag, _ in tags.found}.isdisjoint({"script", "img", "link", "a", "iframe"})
    assert not any({"src", "href"} & own.keys() for _, own in tags.found)
    assert "default-src 'none'; style-src 'unsafe-inline'" in a_page()


def test_a_large_collection_is_cut_and_says_so() -> None:
    """A page for ten thousand documents can still be opened."""
    page = a_page(count=report_page.MOST_ROWS + 1)

    assert f"Shown are 2000 of {report_page.MOST_ROWS + 1} documents" in page
    assert "Shown are" not in a_page()


def test_almost_all_is_not_all() -> None:
    """One failed page of ten thousand is not told as 100 %."""
    assert [report_page.share(v) for v in (1.0, 0.99999, 0.5, 0, None)] == [
        "100 %", "99.9 %", "50.0 %", "0 %", "",
    ]  # fmt: skip
