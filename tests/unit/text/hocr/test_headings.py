"""Facts about headings: what is one, of which level, and what only looks like one."""

import pytest

from ocrqueue.text.hocr.markdown import to_markdown
from ocrqueue.text.hocr.parser import parse
from tests.support.hocr_pages import Put, text
from tests.support.hocr_pages import hocr as written

PROSE = (
    "The quick brown fox jumps over the lazy dog while the",
    "sun is setting behind the hills and the river goes on",
    "to the sea without a word for anybody who listens here.",
)


def markdown(*blocks: list[list[Put]]) -> str:
    return to_markdown(parse(written(*blocks))).markdown


def test_large_letters_are_headings_of_two_levels() -> None:
    """The size of the letters decides the level."""
    page = markdown(
        [text("A Large Title", top=100, size=60)],
        [text("A Smaller One", top=250, size=40), text(*PROSE, top=300)],
    )

    assert page.split("\n\n") == ["# A Large Title", "## A Smaller One", " ".join(PROSE)]


def test_a_line_of_prose_is_no_heading_for_its_size() -> None:
    """A sentence that goes on below was only measured wrongly; formulas are none either."""
    page = markdown(
        [text("and the count of Metz. For legal purposes the town", top=200, size=40)],
        [text(*PROSE, top=300)],
        [text("F = m a and so on", top=700, size=40), text(*PROSE, top=800)],
    )

    assert "#" not in page


def test_numbering_gives_the_level_of_a_heading() -> None:
    """Ordinary letters with a section number above a text are a heading."""
    page = markdown([text("2.1 Related Work", top=200), text(*PROSE, top=300)])

    assert page.startswith("### 2.1 Related Work\n\n")


@pytest.mark.parametrize("size", [30, 40])
def test_a_numbered_line_above_a_text_is_a_heading_not_a_list(size: int) -> None:
    """A section's number is no item's number, be the letters large or not."""
    page = markdown([text("1. Where we measured", top=200, size=size)], [text(*PROSE, top=300)])

    assert page.startswith("## 1. Where we measured\n\n")


def test_a_heading_above_a_short_text_is_known_by_its_neighbours() -> None:
    """The third is a heading where the second is one, though only two words follow it."""
    page = markdown(
        [text("2. Agenda", top=200), text(*PROSE, top=300)],
        [text("3. Questions", top=500)],
        [text("No question.", top=600)],
    )

    assert "## 2. Agenda" in page
    assert "\n\n## 3. Questions\n\nNo question." in page


def test_items_of_a_numbered_list_are_no_headings() -> None:
    """Numbered lines next to each other are items, also above a text."""
    items = [[text(f"{n}. Item of the list", top=200 + 50 * n)] for n in (1, 2, 3)]

    assert "#" not in markdown(*items, [text(*PROSE, top=500)])


def test_the_largest_heading_at_the_top_is_the_title_of_the_page() -> None:
    """The same size further down, or twice on the page, is a heading of the second level."""
    title = text("A Fair Title", top=100, size=44)
    again = text("Another Title", top=600, size=44)

    assert markdown([title], [text(*PROSE, top=300)]).startswith("# A Fair Title\n")
    page = markdown([title], [text(*PROSE, top=300)], [again], [text(*PROSE, top=700)])
    assert page.startswith("## A Fair Title\n")


def test_a_heading_that_cannot_end_there_goes_on() -> None:
    """Two parts of a title are one, where the first ends with "the"."""
    page = markdown(
        [text("Introduction to the", top=100, size=60)],
        [text("Geometry of Things", top=190, size=60)],
        [text(*PROSE, top=400)],
    )

    assert page.startswith("# Introduction to the Geometry of Things\n\n")


@pytest.mark.parametrize("line", ["1. Name of the owner:", "2. Is the owner married?"])
def test_a_numbered_question_of_a_form_is_no_heading(line: str) -> None:
    """What asks for an answer is an item, whatever stands below."""
    assert "#" not in markdown([text(line, top=200)], [text(*PROSE, top=300)])


@pytest.mark.parametrize(
    "date", ["3 March 2026", "Eastbrook, 3 March 2026", "Monday, May 3rd, 1901", "Den 3. Mai 1901"]
)
def test_a_date_alone_is_no_heading(date: str) -> None:
    """Neither large letters nor its place above the text make one of it."""
    small = markdown([text(date, top=200)], [text(*PROSE, top=300)])
    large = markdown([text(date, top=200, size=45)], [text(*PROSE, top=300)])

    assert "#" not in small + large


def test_a_slide_in_large_letters_is_not_all_headings() -> None:
    """A run of large paragraphs is large text."""
    large = [text(f"Large point {n} of many", top=400 + 100 * n, size=45) for n in range(5)]

    assert "# Large point" not in markdown([*large, text(*PROSE, *PROSE, *PROSE, top=1200)])
