"""A comparison: which pages, which truths, which figures, and the page that shows them."""

import json
import time
from dataclasses import replace
from pathlib import Path, PurePath

import pytest

from ocrqueue.evaluation.compare import Input, OnePage, sample, truth_of, without_those_that_stay
from ocrqueue.evaluation.compare_figures import Witnessed, of_backends, to_wire
from ocrqueue.evaluation.compare_html import html, plots
from ocrqueue.evaluation.compare_read import PageRead
from ocrqueue.inputs.walk import Found
from ocrqueue.model.document import Document, Kind
from ocrqueue.model.errors.operator import UsageError
from ocrqueue.model.gate import Lease, LocalGate, Refused, Why
from ocrqueue.model.page import Testimony as Told  # pytest takes "Testimony" for a test
from ocrqueue.model.page import Verdict
from ocrqueue.workspace.outputs import Output
from tests.support.desk import READING


def an_input(name: str, pages: int, *, content: str = "", may_leave: bool = True) -> Input:
    found = Found(source=Path("/in") / name, relative=PurePath(name))
    document = Document(
        id=name,
        sha256=content,
        kind=Kind.PDF,
        pages=pages,
        source=str(found.source),
        size=1,
        mtime_ns=1,
        reading=READING,
    )
    return Input(
        found=found,
        document=document,
        sha256=content,
        may_leave=may_leave,
        pages=range(1, pages + 1),
    )


def an_output(source: str, content: str, *, may_leave: bool) -> Output:
    return Output(
        name="x", folder="/out", source=source, shown="x", sha256=content, allow_remote=may_leave
    )


def untried(page: OnePage, at: int, why: str = "the budget is spent") -> OnePage:
    """Return the page as if nothing could be sent when it was the turn of one backend."""
    reads = list(page.reads)
    reads[at] = replace(reads[at], markdown=None, verdict=None, tried=False, reason=why)
    return replace(page, reads=tuple(reads))


def a_read(backend: str, markdown: str | None, seconds: float = 1.0) -> PageRead:
    verdict = None if markdown is None else Verdict.GOOD
    return PageRead(
        backend=backend,
        model="m",
        markdown=markdown,
        verdict=verdict,
        seconds=seconds,
        cost_usd=0.002 if backend == "backend-1" else None,
    )


def a_page(*texts: str | None, truth: str | None = None, number: int = 1) -> OnePage:
    reads = tuple(a_read(f"backend-{at}", text, at + 1.0) for at, text in enumerate(texts))
    return OnePage(source="a.pdf", page=number, kind="pdf", reads=reads, truth=truth)


def witnessed(page: OnePage, told: Told) -> OnePage:
    """Return the page with what a witness says of its last reading."""
    return replace(page, reads=(*page.reads[:-1], replace(page.reads[-1], witness=told)))


def test_a_sample_is_spread_over_all_pages_and_always_the_same() -> None:
    """Four of 100 pages come from all quarters; twice the same; more than there are means all."""
    inputs = [an_input("a.pdf", 50), an_input("b.pdf", 50)]

    chosen = [(one.found.relative.name, page) for one, page in sample(inputs, 4)]

    assert chosen == [("a.pdf", 1), ("a.pdf", 26), ("b.pdf", 1), ("b.pdf", 26)]
    assert len(sample(inputs, 500)) == len(sample(inputs, None)) == 100


def test_a_content_leaves_only_if_each_of_its_files_may() -> None:
    """Of two that are the same one stays, so both do, and each says why; no other file is held."""
    inputs = [
        an_input("public/a.pdf", 1, content="same"),
        an_input("private/a.pdf", 1, content="same", may_leave=False),
        an_input("public/b.pdf", 1, content="other"),
    ]

    public, private, other = without_those_that_stay(inputs)

    assert ([*public.pages], [*private.pages]) == ([], [])
    assert public.problem.startswith("a file with the same content may not leave")
    assert private.problem.startswith("it may not leave")
    assert not public.may_leave
    assert other == inputs[2]


def test_a_content_stays_that_the_workspace_keeps_here() -> None:
    """A file elsewhere counts; what is said of the input itself now counts instead of records."""
    inputs = [an_input("a.pdf", 1, content="a"), an_input("b.pdf", 1, content="b")]
    known = [
        an_output("/elsewhere/copy.pdf", "a", may_leave=False),
        an_output("/in/b.pdf", "b", may_leave=False),
        an_output("/elsewhere/b.pdf", "b", may_leave=True),
    ]

    first, second = without_those_that_stay(inputs, known)

    assert first.problem
    assert second == inputs[1]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("sub/a.p2.md", "second"),
        ("sub/a.p2.txt", "second"),
        ("sub/a.jsonl", '{"page": 1, "text": "first"}\n\n{"page": 2, "text": "second"}\n'),
    ],
)
def test_a_truth_is_found_by_the_name_of_its_document(
    tmp_path: Path, file: str, content: str
) -> None:
    """Each of the documented places is looked at; other pages and documents are not taken."""
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(content)
    assert truth_of(tmp_path, PurePath("sub/a.pdf"), 2, pages=3) == "second"
    assert truth_of(tmp_path, PurePath("sub/a.pdf"), 3, pages=3) is None
    assert truth_of(tmp_path, PurePath("sub/b.pdf"), 2, pages=3) is None


def test_a_truth_of_the_whole_document_is_for_one_page_only(tmp_path: Path) -> None:
    """NAME.md says what the only page says; of several pages it says nothing."""
    (tmp_path / "a.md").write_text("all of it")

    assert truth_of(tmp_path, PurePath("a.png"), 1, pages=1) == "all of it"
    assert truth_of(tmp_path, PurePath("a.png"), 1, pages=2) is None


@pytest.mark.parametrize("line", ["no json", '{"page": 1}', "[1]"])
def test_a_broken_truth_is_an_error_that_names_it(tmp_path: Path, line: str) -> None:
    """A line that is no page of text stops the comparison: a wrong truth would be worse."""
    (tmp_path / "a.jsonl").write_text(line)

    with pytest.raises(UsageError, match=r"a\.pdf page 1"):
        truth_of(tmp_path, PurePath("a.pdf"), 1, pages=1)


def test_figures_count_a_failed_page_as_nothing_read() -> None:
    """A backend that failed on one page of two has half the recall and is named as failed."""
    pages = [a_page("one two", "one two", truth="one two"), a_page("x y", None, truth="x y")]

    first, second = of_backends(pages)

    assert (first.recall, second.recall, second.verdicts["failed"]) == (1.0, 0.5, 1)
    assert first.similarity == second.similarity == 0.5
    assert (first.seconds_median, second.seconds_total) == (1.0, 4.0)
    assert (first.cost_usd, second.cost_usd) == (None, 0.004)


def test_a_page_that_was_not_tried_says_nothing_of_its_backend() -> None:
    """It is counted apart and with its reason; no likeness, recall or second comes from it."""
    pages = [a_page("one", "one", truth="one"), untried(a_page("two", "", truth="two"), 1)]

    first, second = of_backends(pages)

    assert (second.verdicts["failed"], second.verdicts["untried"]) == (0, 1)
    assert (first.why_untried, second.why_untried) == ("", "the budget is spent")
    assert (first.similarity, second.similarity, second.recall) == (1.0, 1.0, 1.0)
    assert (second.seconds_median, second.seconds_total) == (2.0, 2.0)
    assert to_wire(pages)["pages"][1]["reads"][1]["verdict"] == "untried"
    shown = html(pages)
    assert "backend-1 did not try 1 of them: the budget is spent" in shown


def test_a_comparison_of_which_nothing_was_tried_is_shown_all_the_same() -> None:
    """There are no texts and no figures, and the reasons stand there."""
    nothing = untried(untried(a_page("", ""), 0), 1, "it waits")

    shown = html([nothing])

    assert "backend-1 did not try 1 of them: it waits" in shown
    assert of_backends([nothing])[0].seconds_median is None


def test_the_figures_as_json_hold_no_text() -> None:
    """compare.json can be kept or sent: words of a page do not stand in it."""
    wire = json.dumps(to_wire([a_page("secretword one", "one", truth="secretword")]))

    assert "secretword" not in wire
    assert json.loads(wire)["pages"][0]["reads"][1]["recall"] == 0.0


def test_the_page_shows_texts_and_runs_nothing() -> None:
    """What stands on a page stays text: no element of the HTML comes from it."""
    hostile = "</pre><script>alert(1)</script><img src=x onerror=alert(1)> & more"

    shown = html([a_page(hostile, "& more", truth=hostile)])

    assert "<script" not in shown
    assert "<img" not in shown
    assert "&lt;script&gt;" in shown
    assert "default-src &#39;none&#39;" in shown or "default-src 'none'" in shown


def test_the_page_begins_with_what_differs_most() -> None:
    """A page on which the backends agree comes after one on which they do not."""
    pages = [a_page("same", "same", number=1), a_page("this", "that", number=2)]

    shown = html(pages)

    assert shown.index("page 2") < shown.index("page 1:")


def test_a_plot_has_a_row_for_each_backend_and_a_dot_for_each_page() -> None:
    """Seconds are drawn to the longest; without truths there is no plot of recall."""
    drawn = plots([a_page("a", "b"), a_page("a", "a")])

    assert [plot.title for plot in drawn] == ["Seconds a page", "Likeness to the other backends"]
    assert drawn[0].rows == [("backend-0", [0.5, 0.5]), ("backend-1", [1.0, 1.0])]
    assert drawn[0].most == "2 s"


def test_agreement_is_told_by_backend_witness_and_kind() -> None:
    """Who was held against what, how far it agrees, and how many pages nobody checked."""
    told = [
        Told(by="text-layer", agreed=0.9),
        Told(by="text-layer", agreed=0.7, missing=9, doubt="9 words", words="secretword"),
        Told(by="tesseract", agreed=0.5),
        Told(by="tesseract", agreed=0.7),
        Told(unwitnessed="no text"),
    ]
    pages = [witnessed(a_page("a", "b", number=n), one) for n, one in enumerate(told, 1)]
    pages[3] = replace(pages[3], kind="png")

    first, second = of_backends(pages)

    assert (first.witnesses, first.unwitnessed) == ((), 0)
    assert second.witnesses == (
        Witnessed(by="tesseract", kind="pdf", pages=1, doubted=0, agreed=0.5),
        Witnessed(by="tesseract", kind="png", pages=1, doubted=0, agreed=0.7),
        Witnessed(by="text-layer", kind="pdf", pages=2, doubted=1, agreed=0.8),
    )
    assert second.unwitnessed == 1
    assert "<td>text-layer</td><td>pdf</td><td>2</td><td>1</td><td>80.0%</td>" in html(pages)
    assert plots(pages)[-1].rows[1] == ("backend-1", [0.9, 0.7, 0.5, 0.7])
    wire = to_wire(pages)
    assert wire["pages"][1]["reads"][1]["agreed"] == 0.7
    assert "secretword" not in json.dumps(wire)


def test_a_purse_is_never_exceeded() -> None:
    """What is held counts as spent until it is settled; then the real cost does, once."""
    purse = LocalGate(time.monotonic, cap_micro_usd=100)
    first = purse.admit(60, "m")

    assert isinstance(first, Lease)
    assert isinstance(purse.admit(60, "m"), Refused)
    purse.settle(first, 10)
    purse.settle(first, 10)
    second = purse.admit(90, "m")
    assert isinstance(second, Lease)
    purse.settle(second, None)
    assert (purse.spent_micro_usd, purse.left_micro_usd) == (100, 0)


def test_an_empty_purse_lets_pass_what_is_free() -> None:
    """Without a budget a free model may be asked, and no other."""
    purse = LocalGate(time.monotonic, cap_micro_usd=0)

    assert isinstance(purse.admit(0, "m"), Lease)
    assert purse.admit(1, "m") == Refused(why=Why.BUDGET)
