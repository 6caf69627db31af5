"""Facts about running heads and feet: they never cut or join the text of the page."""

from ocrqueue.text.hocr.markdown import to_markdown
from ocrqueue.text.hocr.parser import parse
from tests.support.hocr_pages import Put, text
from tests.support.hocr_pages import hocr as written

LEFT = ("The end of the column comes before the", "end of this rather long and winding")
RIGHT = ("sentence does, so that it goes on at", "the top of the one that stands beside.")
WHOLE = " ".join(LEFT + RIGHT)


def markdown(*blocks: list[list[Put]]) -> str:
    return to_markdown(parse(written(*blocks))).markdown


def columns(*between: Put) -> list[list[list[Put]]]:
    """Return blocks in an engine's order: a column, what stands between, the other column."""
    start = [text("A Small Heading Here", top=200, size=30)]
    ends = [[[put]] for put in between]
    return [start, [text(*LEFT, top=400)], *ends, [text(*RIGHT, top=400, left=900)]]


def test_a_running_head_read_between_columns_goes_to_the_front() -> None:
    """The sentence it cut is whole again, and head and page number are one line."""
    page = markdown(*columns(Put(text="History of Columns", top=50, left=900)))

    assert page.startswith("History of Columns\n\n")
    assert page.endswith(WHOLE)


def test_a_running_foot_read_between_columns_goes_to_the_end() -> None:
    """Its parts stand in the order of the page."""
    foot = (Put(text="17", top=2100, left=1500), Put(text="Journal of Columns", top=2100))

    assert markdown(*columns(*foot)).endswith(f"{WHOLE}\n\nJournal of Columns 17")


def test_a_running_head_with_a_page_number_is_no_heading() -> None:
    """Capitals at the top of a page with a number far to the right are no title."""
    head = Put(text="CHAPTER 8. GRAPHICS AND OUTPUT          77", top=50)

    assert "#" not in markdown([[head]], *columns()[1:], [text("The end.", top=900)])


def test_a_title_at_the_top_stays_a_heading() -> None:
    """What is first on the page without a number is not taken for a running head."""
    title = Put(text="A Large Title", top=50, size=60)

    assert markdown([[title]], *columns()).startswith("# A Large Title\n\n")


def test_a_continuing_text_is_not_joined_to_the_running_head() -> None:
    """A page may begin in the middle of a sentence, below its head."""
    head = Put(text="Biomed Environ Sci, 2014          145", top=50)

    page = markdown([[head]], [text(*RIGHT, top=400)], [text("A", top=600)], [text("B", top=800)])

    assert page.split("\n\n")[:2] == ["Biomed Environ Sci, 2014 145", " ".join(RIGHT)]
