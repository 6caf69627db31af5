"""Model: what crosses a process or lies on disk comes back as it was."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrqueue.model.document import (
    MOST_PAGES,
    Document,
    Kind,
    Reading,
    RouteStep,
    Task,
    spell_pages,
)
from ocrqueue.model.page import Attempt, Figure, PageResult, Verdict

texts = st.text(max_size=20)
numbers = st.floats(0, 1e9)
attempts = st.builds(
    Attempt,
    backend=texts,
    seconds=numbers,
    at=texts,
    worker=texts,
    model=texts,
    confidence=st.none() | numbers,
    verdict=st.none() | st.sampled_from(Verdict),
    error=st.none() | texts,
    message=texts,
    again=st.booleans(),
    hand_over=st.booleans(),
)
results = st.builds(
    PageResult,
    page=st.integers(1, 999_999),
    markdown=st.none() | texts,
    attempts=st.lists(attempts, max_size=3).map(tuple),
    backend=texts,
    model=texts,
    verdict=st.none() | st.sampled_from(Verdict),
    confidence=st.none() | numbers,
    rotation=st.sampled_from([0, 90, 180, 270]),
    reason=texts,
    error=st.none() | texts,
    message=texts,
    figures=st.lists(
        st.builds(Figure, name=texts, box=st.tuples(*[st.integers(0, 99)] * 4), sha256=texts),
        max_size=2,
    ).map(tuple),
)
readings = st.builds(
    Reading,
    route=st.lists(
        st.builds(RouteStep, backend=texts, tries=st.integers(1, 9), remote=st.booleans()),
        min_size=1,
        max_size=3,
    ).map(tuple),
    engines=st.dictionaries(texts, texts, max_size=3),
    task=st.sampled_from(Task),
    dpi=st.integers(1, 9999),
    max_side_px=st.integers(1, 99_999),
    text_layer=st.sampled_from(["never", "auto", "only", "prefer"]),
    tables=st.sampled_from(["markdown", "html"]),
    keep_headers=st.booleans(),
)
documents = st.builds(
    Document,
    id=texts,
    sha256=texts,
    kind=st.sampled_from(Kind),
    pages=st.integers(1, 999_999),
    source=texts,
    size=st.integers(0, 2**63),
    mtime_ns=st.integers(-(2**63), 2**63),
    reading=readings,
)


def through_json(wire: dict[str, Any]) -> dict[str, Any]:
    back: dict[str, Any] = json.loads(json.dumps(wire))
    return back


@settings(deadline=None)
@given(attempts)
def test_attempt_survives_json(attempt: Attempt) -> None:
    """An attempt comes back equal, with zeros and empty texts as they were."""
    assert Attempt.from_wire(through_json(attempt.to_wire())) == attempt


@settings(deadline=None)
@given(results)
def test_page_result_survives_json(result: PageResult) -> None:
    """A page result comes back equal, its attempts in order."""
    assert PageResult.from_wire(through_json(result.to_wire())) == result


@settings(deadline=None)
@given(documents)
def test_document_survives_json(document: Document) -> None:
    """A document comes back equal, its reading included."""
    assert Document.from_wire(through_json(document.to_wire())) == document


@settings(deadline=None)
@given(readings)
def test_tries_do_not_change_the_identity(reading: Reading) -> None:
    """How often a backend may try is no part of what a result says."""
    wire = reading.to_wire()
    more = Reading.from_wire({**wire, "route": [[b, t + 1, *r] for b, t, *r in wire["route"]]})
    assert more.identity() == reading.identity()


@pytest.mark.parametrize("kind", [PageResult, Document])
@pytest.mark.parametrize("wire", [{}, {"version": 2}, {"version": 1}, [], "x"])
def test_foreign_wire_is_refused(kind: type[PageResult] | type[Document], wire: Any) -> None:
    """Another version, no object at all, or a missing field, is a ValueError and nothing else."""
    with pytest.raises(ValueError, match=r"version|not a "):
        kind.from_wire(wire)


@pytest.mark.parametrize("pages", [0, MOST_PAGES + 1, 2**63])
def test_a_document_of_impossible_pages_is_refused(pages: int) -> None:
    """Whoever forges a record makes nobody count to a number of his."""
    step = RouteStep(backend="b", tries=1)
    reading = Reading(
        route=(step,), engines={}, task=Task.PAGE, dpi=1, max_side_px=1, text_layer="never"
    )
    document = Document(
        id="x",
        sha256="x",
        kind=Kind.PDF,
        pages=MOST_PAGES,
        source="/x",
        size=1,
        mtime_ns=1,
        reading=reading,
    )

    assert Document.from_wire(document.to_wire()) == document
    with pytest.raises(ValueError, match="999,999 pages"):
        Document.from_wire({**document.to_wire(), "pages": pages})


@settings(deadline=None)
@given(st.sets(st.integers(1, 60)))
def test_spelled_pages_mean_the_same_pages(pages: set[int]) -> None:
    """`1-3,7` stands for exactly the pages it was made from."""
    read: set[int] = set()
    for part in filter(None, spell_pages(sorted(pages)).split(",")):
        first, _, last = part.partition("-")
        read.update(range(int(first), int(last or first) + 1))
    assert read == pages
