"""Which pages of a document are meant by a text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrqueue.inputs.page_selection import PageSelection, Span, parse_pages
from ocrqueue.model.errors.operator import UsageError


@pytest.mark.parametrize(
    ("spec", "total", "pages"),
    [
        ("1-3,7", 9, [1, 2, 3, 7]),
        ("1-3,7", 2, [1, 2]),
        ("r1", 9, [9]),
        ("r3-r1", 9, [7, 8, 9]),
        ("r3-r1", 2, [1, 2]),
        ("5-", 7, [5, 6, 7]),
        ("5-", 4, []),
        ("3-r2", 6, [3, 4, 5]),
        ("r2-2", 2, [1, 2]),
        ("2,1,2, 1-2", 9, [1, 2]),
        ("1-999999999", 3, [1, 2, 3]),
    ],
)
def test_page_selection(spec: str, total: int, pages: list[int]) -> None:
    """Pages are chosen as documented, sorted, each once, within the document."""
    assert list(parse_pages(spec).resolve(total)) == pages


@pytest.mark.parametrize(
    "spec", ["", "0", "1,,2", "a", "3-1", "r1-r3", "-5", "1-2-3", "1.5", "r", "r0", "1;2", "٣"]
)
def test_bad_page_selection_names_the_part(spec: str) -> None:
    """What cannot be understood is a usage error that shows the text."""
    with pytest.raises(UsageError) as caught:
        parse_pages(spec)
    assert repr(spec) in str(caught.value)


bounds = st.integers(1, 999_999_999) | st.integers(-999_999_999, -1)


def _is_forward(span: Span) -> bool:
    first, last = span
    return (first < 0) != (last < 0) or first <= last


spans = st.tuples(bounds, bounds).filter(_is_forward)


@settings(deadline=None)
@given(st.lists(spans, min_size=1, max_size=5))
def test_page_selection_round_trips(given_spans: list[Span]) -> None:
    """The text of a selection is read back as the same selection."""
    selection = PageSelection(spans=tuple(given_spans))
    assert parse_pages(str(selection)) == selection


@settings(deadline=None)
@given(st.lists(spans, min_size=1, max_size=5), st.integers(0, 50))
def test_page_selection_stays_in_the_document(given_spans: list[Span], total: int) -> None:
    """Whatever is chosen lies in the document, sorted, each page once."""
    pages = list(PageSelection(spans=tuple(given_spans)).resolve(total))
    assert pages == sorted(set(pages))
    assert all(1 <= page <= total for page in pages)
