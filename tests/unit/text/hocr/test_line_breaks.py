"""Facts about line ends that are meant: addresses, verse and bills, but never prose."""

import pytest

from ocrqueue.text.hocr.markdown import to_markdown
from ocrqueue.text.hocr.parser import parse
from tests.support.hocr_pages import Put, text
from tests.support.hocr_pages import hocr as written

PROSE = (
    "The quick brown fox jumps over the lazy dog while the sun is setting behind",
    "the hills and the river goes on to the sea without a word for anybody who",
    "listens here. Some of them have been waiting since the early morning.",
)
BREAK = "  \n"


def markdown(*blocks: list[list[Put]]) -> str:
    return to_markdown(parse(written(*blocks))).markdown


@pytest.mark.parametrize("left", [100, 600])
def test_an_address_keeps_its_lines(left: int) -> None:
    """Lines far shorter than the page's, that begin with capitals or figures, end on purpose."""
    address = ("Ms Ada Thornbury", "The Record Office", "14 Castle Lane", "Eastbrook EB1 1AA")

    page = markdown([text(*address, top=100, left=left)], [text(*PROSE, top=500)])

    assert page.split("\n\n")[0] == BREAK.join(address)


def test_verse_keeps_its_lines() -> None:
    """Many lines that begin with capitals and leave space at their ends are no prose."""
    verse = (
        "The wind is in the willow tree",
        "And whistles all the day",
        "It brings the songs of foam and sea",
        "From islands far away",
        "But when the night is coming down",
        "It lies upon the hay",
    )

    assert markdown([text(*verse)]) == BREAK.join(verse)


def test_the_items_of_a_bill_keep_their_lines() -> None:
    """Two lines that end in sums of money are two items, be there space or not."""
    bill = ("1 white paint, 5 litres, at 31.50", "4 sheets of sandpaper at 0.80")

    assert markdown([text(*bill)]) == BREAK.join(bill)


@pytest.mark.parametrize("count", [2, 3])
def test_ragged_prose_has_no_breaks(count: int) -> None:
    """Where the next word had no space, the line had to end."""
    assert markdown([text(*PROSE[:count])]) == " ".join(PROSE[:count])


def test_a_narrow_text_beside_another_has_no_breaks() -> None:
    """A column ends where its neighbour begins, also where its lines begin with capitals."""
    narrow = ("Der Fuchs springt und", "Hunde bellen und im", "Wald ist es still wie")
    beside = text(*PROSE, top=300, left=400)

    assert BREAK not in markdown([text(*narrow, top=300)], [beside], [text(*PROSE, top=900)])


def test_a_line_that_ends_with_an_article_goes_on() -> None:
    """Nobody ends a line of an address with "of the"."""
    page = markdown([text("Report of the", "Committee on Fish", top=100)], [text(*PROSE, top=500)])

    assert page.startswith("Report of the Committee on Fish")


def test_entries_of_a_table_of_contents_keep_their_lines() -> None:
    """Page numbers far from the words make an entry of each line, however long it is."""
    entries = ("2.1 How the days are counted and named   4", "2.2 How the years were counted   15")

    assert markdown([text(*entries)]) == BREAK.join(" ".join(e.split()) for e in entries)


def test_lines_that_begin_with_a_word_and_its_number_are_kept() -> None:
    """Two sections are two entries; a thread 203 in the middle of a sentence is none."""
    entries = ("Sec. 106. Judicial review in district courts.", "Sec. 107. Effect of title.")
    prose = ("thread 203 is merged with the state of the head", "thread 204 at the very end of it")

    assert markdown([text(*entries)]) == BREAK.join(entries)
    assert BREAK not in markdown([text(*prose)])


def test_an_empty_line_parts_two_paragraphs() -> None:
    """What the engine took for one paragraph is two where a line is left free."""
    date, bill = "Receipt 883 of 13 May 2026", "3 rye loaves at 3.80"
    split = [Put(text=date, top=100), Put(text=bill, top=190)]

    assert markdown([split], [text(*PROSE, top=500)]).startswith(f"{date}\n\n{bill}\n\n")


def test_lines_of_a_bill_stay_together_over_paragraphs() -> None:
    """An engine may see a paragraph in each line; without free lines between they are one block."""
    bill = ("3 rye loaves at 3.80", "6 cheese rolls at 1.80", "1 plum cake at 16.00")
    lines = [[put] for put in text(*bill, top=100)]

    assert markdown([lines[0], *lines[1:]]) == BREAK.join(bill)
