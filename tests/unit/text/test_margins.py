"""Facts about what a document leaves out of its pages, and what it never does."""

import pytest

from ocrqueue.model.page import Margin, PageResult, Place
from ocrqueue.settings.schema import OutputSettings
from ocrqueue.text.compose import compose
from ocrqueue.text.front_matter import FrontMatter
from ocrqueue.text.margins import without

HEAD, FOOT = Place.HEAD, Place.FOOT


def page(
    number: int, head: str = "", foot: str = "", *, sure: bool = False, level: int = 50
) -> PageResult:
    """Return a page with a text of its own between two lines."""
    blocks = [*filter(None, [head]), f"Text of page {number}.", *filter(None, [foot])]
    margins = [Margin(block=0, place=HEAD, level=level, sure=sure)] if head else []
    if foot:
        margins.append(Margin(block=len(blocks) - 1, place=FOOT, level=950, sure=sure))
    return PageResult(page=number, markdown="\n\n".join(blocks), margins=tuple(margins))


def kept(pages: list[PageResult]) -> list[str]:
    """Return what is left of each page beside its own text."""
    return [
        (one.markdown or "").replace(f"Text of page {one.page}.", "").strip()
        for one in without(pages)
    ]


@pytest.mark.parametrize(
    "heads",
    {
        "the same on all": ["Annals of Paper"] * 8,
        "left and right": ["Annals of Paper", "A. Writer: On Ink"] * 4,
        "by chapter": ["1 Of Paper"] * 4 + ["2 Of Ink"] * 4,
        "with the page's number": [f"Annals of Paper {n}" for n in range(17, 25)],
        "left and right with numbers": [
            f"{n} Annals" if n % 2 else f"On the Nature of Ink {n}" for n in range(17, 25)
        ],
        "misread now and then": ["Annals of Fine Paper", "Annals of Flne Paper"] * 4,
        "numbers alone": [str(n) for n in range(96, 104)],
        "numbers in words": [f"Page {n} of 8" for n in range(1, 9)],
        "letter and number": [f"B-{n}" for n in range(6, 14)],
        "roman numbers": ["iii", "iv", "v", "vi", "vii", "viii", "ix", "x"],
    }.items(),
    ids=lambda item: item[0],
)
def test_what_pages_nearby_say_too_is_left_out(heads: tuple[str, list[str]]) -> None:
    """At the head as at the foot."""
    lines = heads[1]

    assert kept([page(n, head=line) for n, line in enumerate(lines, 1)]) == [""] * 8
    assert kept([page(n, foot=line) for n, line in enumerate(lines, 1)]) == [""] * 8


@pytest.mark.parametrize(
    "heads",
    {
        "each its own": ["One", "Two words", "Three", "Some more", "Five", "Six"],
        "numbers that do not count": ["12", "7", "93", "4", "51", "20"],
        "questions that do": [f"Question {n}" for n in range(1, 7)],
        "headings with numbers": [f"## {n} Results" for n in range(1, 7)],
        "signs": ["\\* \\* \\*"] * 6,
    }.items(),
    ids=lambda item: item[0],
)
def test_what_only_looks_so_stays(heads: tuple[str, list[str]]) -> None:
    """Though it is sure on a page alone: there are others that speak against it."""
    lines = heads[1]

    assert kept([page(n, head=line) for n, line in enumerate(lines, 1)]) == lines


@pytest.mark.parametrize("note", ["1 As they said.", "1纸与墨水。", "1.4.7 Of ink 30"])
def test_a_number_that_is_the_page_number_by_chance_stays(note: str) -> None:
    """A note of page 1, or an entry of contents, counts with no page beside it."""
    pages = [page(n, head=note if n == 1 else "", foot=str(n)) for n in range(1, 6)]

    assert kept(pages) == [note, "", "", "", ""]


def test_entries_of_the_same_words_stay_for_their_numbers() -> None:
    """A table of contents may end on each page with members of another class."""
    ends = [f"4.{n * n} Member Function Documentation {7 * n + n % 3}" for n in range(1, 6)]
    ends[3] = f"4.1.{ends[3][2:]}"

    assert kept([page(n, foot=end) for n, end in enumerate(ends, 1)]) == ends


def test_a_word_with_a_number_far_from_it_is_no_label() -> None:
    """Each page of a chapter has its name at one side, and the page's number at the other."""
    heads = [f"Introduction {n}" for n in range(4, 9)]
    pages = [page(n, head=head, sure=True) for n, head in enumerate(heads, 1)]

    assert kept(pages) == [""] * 5


def test_the_same_words_elsewhere_on_the_page_are_no_running_head() -> None:
    """A letter's closing ends higher on one page than on the next."""
    pages = [page(n, head="Yours sincerely, the clerk", level=30 * n) for n in (1, 2, 3)]

    assert kept(pages) == ["Yours sincerely, the clerk"] * 3


def test_a_line_that_comes_twice_only_stays() -> None:
    """Two pages of twenty say nothing, if they are not sure by themselves."""
    pages = [page(n, head="Table of errors" if n in {3, 4} else "") for n in range(1, 21)]

    assert kept(pages)[2:4] == ["Table of errors"] * 2


def test_a_running_head_that_was_taken_for_a_heading_goes() -> None:
    """It counts the pages as those beside it do."""
    heads = [f"{'## ' if n == 3 else ''}{n + 16} On the Nature of Ink" for n in range(1, 6)]

    assert kept([page(n, head=head) for n, head in enumerate(heads, 1)]) == [""] * 5


def test_a_running_head_goes_that_was_taken_for_a_heading_on_some_pages() -> None:
    """It stands where the others do; the first one may be the title."""
    heads = ["## Contents", "Contents", "## Contents", "Contents"]

    assert kept([page(n, head=head) for n, head in enumerate(heads, 1)]) == [heads[0], "", "", ""]


def test_a_repeated_heading_stays_once() -> None:
    """The first one may be the title of all that follows."""
    assert kept([page(n, head="## Results") for n in (1, 2, 3, 4)]) == ["## Results", "", "", ""]


def test_of_a_page_alone_only_what_is_sure_goes() -> None:
    """There is no other page to tell."""
    assert kept([page(1, head="Annals 17", foot="Paid", sure=True)]) == [""]
    assert kept([page(1, head="Annals 17", foot="Paid")]) == ["Annals 17\n\n\n\nPaid"]
    assert kept([page(1, head="A", sure=True), page(2, head="B")]) == ["", "B"]
    assert kept([page(1, head="A", sure=True), page(50, head="B"), page(99)]) == ["", "B", ""]


def test_what_a_model_has_labelled_goes_always() -> None:
    """It saw the page; its labels were believed before, too."""
    pages = [page(n, head=f"Head {n * n}", sure=True, level=-1) for n in range(1, 6)]

    assert kept(pages) == [""] * 5


def test_marks_that_fit_no_page_change_nothing() -> None:
    """A result may have been prepared by somebody else."""
    odd = tuple(Margin(block=block, place=HEAD, level=0, sure=True) for block in (-1, 7, 10**9))
    one = PageResult(page=1, markdown="A\n\nB", margins=odd)
    failed = PageResult(page=2, markdown=None, margins=odd)

    assert without([one, failed]) == [one, failed]


def test_the_style_decides_so_that_nothing_is_read_again() -> None:
    """The same results give the document with its running heads and without them."""
    pages = [page(n, head="Annals of Paper", foot=str(n)) for n in (1, 2, 3)]
    front = FrontMatter(source="a.pdf", pages=3)

    plain = compose(pages, OutputSettings(), front)
    whole = compose(pages, OutputSettings(keep_headers=True), front)

    assert plain == "Text of page 1.\n\nText of page 2.\n\nText of page 3.\n"
    assert whole is not None
    assert (whole.count("Annals of Paper"), whole.count("\n\n3\n")) == (3, 1)
