"""Facts about tables: their rows and cells, and what is none although it has wide gaps."""

from ocrqueue.text.hocr import tables
from ocrqueue.text.hocr.markdown import to_markdown
from ocrqueue.text.hocr.parser import parse
from tests.support.hocr_pages import Put, text
from tests.support.hocr_pages import hocr as written


def markdown(*blocks: list[list[Put]]) -> str:
    return to_markdown(parse(written(*blocks))).markdown


def test_stretched_prose_is_no_table() -> None:
    """Spaces of a justified line are wide, but all of them are."""
    lines = (
        "the    disease     however    once",
        "used    in    many      laboratory",
        "then     the    virus     is    at",
        "and    the    same    was     seen",
    )

    assert "|" not in markdown([text(*lines)])


def test_numbered_items_far_from_their_numbers_are_no_table() -> None:
    """A number and its text are an item, not two cells."""
    items = ("1.      apples from the garden", "2.      pears", "3.      plums from town")

    assert markdown([text(*items)]) == "1. apples from the garden\n2. pears\n3. plums from town"


def test_text_that_goes_on_below_a_table_is_no_row() -> None:
    """It begins left of the table that stands in it, and runs below all its columns."""
    rows = text("Reign    959   Exeter", "Born     943   London", "Died     975   Exeter", left=292)
    below = text(
        "as a golden age when the land was free from raids",
        "Sources                               page 34",
        top=rows[-1].top + 39,
    )

    written = markdown([rows, below]).splitlines()

    assert "| Died | 975 | Exeter |" in written
    assert not any("golden" in line for line in written if "|" in line)


def test_a_label_over_two_lines_is_one_cell() -> None:
    """It goes on in a small letter, above or below the figures of its row."""
    rows = text(
        "Item                      1999      2000",
        "Dividends                 77,283    84,390",
        "Other comprehensive       208,427   214,271",
        "income, net of tax",
        "Comprehensive income      193,132   415,954",
        "Transactions with",
        "other shareholders        641       555",
    )

    assert markdown([rows]).splitlines()[2:] == [
        "| Dividends | 77,283 | 84,390 |",
        "| Other comprehensive income, net of tax | 208,427 | 214,271 |",
        "| Comprehensive income | 193,132 | 415,954 |",
        "| Transactions with other shareholders | 641 | 555 |",
    ]


def test_a_sentence_between_rows_of_cells_stays_whole() -> None:
    """As a question stands above each row of answers: it is cut nowhere, and stands at the left."""
    rows = text(
        "Cash                      Card      Invoice",
        "Question 12: how will you pay the rest?",
        "At once                   Later     Never",
        "Question 13: and where do you live, please?",
        "Bonn                      Trier     Kiel",
    )

    assert markdown([rows]).splitlines()[2:4] == [
        "| Question 12: how will you pay the rest? |  |  |",
        "| At once | Later | Never |",
    ]


def test_the_last_cell_may_have_further_lines() -> None:
    """What stands below the last row, at the edge of one of its cells, belongs to the cell."""
    rows = text(
        "Name        Place                 Day",
        "Heeren      Digital Laboratory    Monday",
        "Wilson      Digital Computer      Friday",
    )
    rest = [Put(text="Laboratory", top=rows[-1].top + 39, left=100 + 12 * 12)]
    below = text("The timetable may change without notice.", top=700)

    page = markdown([[*rows, *rest]], [below])

    assert "| Wilson | Digital Computer Laboratory | Friday |\n\nThe timetable" in page


def test_a_line_is_parted_into_cells_once() -> None:
    """Each line above asks whether a table begins there: columns of prose would cost most."""
    prose = "the quick brown fox jumps over the dog"
    lines = [Put(text=f"{prose}      {prose}", top=20 + 17 * row, size=12) for row in range(100)]
    tables.cells.cache_clear()

    markdown([lines])

    assert tables.cells.cache_info().misses <= 3 * len(lines)
