"""Facts about running heads and feet: they never cut the text, and which of them are sure."""

import pytest

from ocrqueue.model.page import Place
from ocrqueue.text.hocr.markdown import WrittenPage, to_markdown
from ocrqueue.text.hocr.parser import parse
from tests.support.hocr_pages import Put, text
from tests.support.hocr_pages import hocr as written

BODY = [
    text("The first paragraph has a line", "and another one that ends it.", top=500),
    text("The second one stands below it", "and is just as long as that.", top=700),
    text("A third one follows at the end", "of all that is to be said here.", top=1000),
    text("It is the last one of the page", "and nothing comes after it but", top=1300),
    text("the foot, if there is a foot at", "all, which nobody knows so far.", top=1600),
]


def page(*, head: list[Put] | None = None, foot: list[Put] | None = None) -> WrittenPage:
    blocks = [[head]] if head else []
    blocks += [[part] for part in BODY]
    return to_markdown(parse(written(*blocks, *([[foot]] if foot else []))))


def marked(found: WrittenPage) -> dict[str, tuple[Place, bool]]:
    """Return the text of each marked line, where it stands, and whether it is sure."""
    blocks = found.markdown.split("\n\n")
    return {blocks[one.block]: (one.place, one.sure) for one in found.margins}


@pytest.mark.parametrize(
    "line",
    [
        *("17", "- 17 -", "Page 17", "Page 17 of 20", "xvii", "S84", "17 Los Alamos Laboratory"),
        *("Annals of Ink 17", "History of Ink, Vol. 55 No. 4", "Copyright © 2005 The Ink Society"),
        *("ESG 5 - 12 NAIR: INK IN WATERSHEDS", "Introduction              17"),
        *("Downloaded from http://ink.example/", "ISSN: 2201-6333 (Print)", "R. Nair et al."),
    ],
)
def test_what_is_certain_is_sure(line: str) -> None:
    """A page number, or words that only publishers print there, well apart from the text."""
    foot = page(foot=[Put(text=line, top=2100, left=800)])

    assert list(marked(foot).values()) == [(Place.FOOT, True)]


@pytest.mark.parametrize(
    "line",
    [
        *("12 See the report of that year.", "* Of the same house.", "Chapter 4", "Question 3"),
        *("The end of it all is near", "Paid in full to the bearer"),
        *("1984", "A course in ink 2018.05 - today", "Ink 2016.03 - 2018.05", "A clerk 2018 – now"),
    ],
)
def test_what_may_belong_to_the_text_is_not_sure(line: str) -> None:
    """Notes, labels and sentences are marked, for other pages may say the same."""
    foot = page(foot=[Put(text=line, top=2100)])

    assert [sure for _, sure in marked(foot).values()] == [False]


@pytest.mark.parametrize(
    "put",
    [
        Put(text="Table 4. What is left of it", top=60),
        Put(text="A Large Title 17", top=60, size=60),
        Put(text="Annals of Ink 17", top=450),
        Put(text=f"{'many words ' * 15} 17", top=60, size=20),
    ],
    ids=["caption", "large", "too far from the edge", "long"],
)
def test_what_no_running_head_is_gets_no_mark(put: Put) -> None:
    """It stays, whatever other pages say."""
    assert marked(page(head=[put])) == {}


def test_a_letter_keeps_its_head_and_its_date() -> None:
    """On its one page nothing is sure, however much it looks like a journal's."""
    head = [Put(text="The Ink Society, Vol. 5, www.ink.example 1914", top=60)]
    blocks = [[head], [text("Dear Sir, we have yours of May", top=300)], *([part] for part in BODY)]
    letter = to_markdown(parse(written(*blocks)))

    assert [sure for _, sure in marked(letter).values()] == [False]
    assert list(marked(page(head=head)).values()) == [(Place.HEAD, True)]


def test_the_page_number_of_a_letter_is_not_sure() -> None:
    """Nothing of it goes that no other page has."""
    blocks = [[text("Dear Sir, we have yours of May", top=450)], *([part] for part in BODY)]
    letter = to_markdown(parse(written(*blocks, [[Put(text="- 2 -", top=2100)]])))

    assert list(marked(letter).values()) == [(Place.FOOT, False)]


def test_a_title_is_not_sure() -> None:
    """It may say of what year it is; a heading of the first level was no running head."""
    title = page(head=[Put(text="Rates of Ink as at 9 April 2019", top=60, size=42)])

    assert marked(title) == {"# Rates of Ink as at 9 April 2019": (Place.HEAD, False)}


def test_below_a_head_with_its_number_another_number_is_not_sure() -> None:
    """It is the label of a chart's axis."""
    head, label = Put(text="56 ANNALS OF INK", top=50), Put(text="6", top=200)
    found = marked(to_markdown(parse(written([[head]], [[label]], *([part] for part in BODY)))))

    assert found == {"56 ANNALS OF INK": (Place.HEAD, True), "6": (Place.HEAD, False)}


def test_a_line_close_above_the_text_gets_no_mark() -> None:
    """The head of a table that goes on says on each page the same, too."""
    heads = [[Put(text="Annals of Ink", top=50)]], [[Put(text="Ink Paper Price", top=470)]]
    found = marked(to_markdown(parse(written(*heads, *([part] for part in BODY)))))

    assert found == {"Annals of Ink": (Place.HEAD, False)}


def test_the_line_behind_a_sure_one_is_not_sure_by_that() -> None:
    """A sentence that a page's end cuts off stands above the foot."""
    foot = [Put(text="this sentence is cut off by the", top=2010), Put(text="17", top=2110)]
    blocks = [*([part] for part in BODY), [[foot[0]]], [[foot[1]]]]
    found = to_markdown(parse(written(*blocks)))

    assert marked(found).get("17") == (Place.FOOT, True)
    assert marked(found)["this sentence is cut off by the"] == (Place.FOOT, False)


def test_a_mark_names_the_block_that_it_is_of() -> None:
    """Between two columns, too, where the engine reads it in the middle of the text."""
    head = [Put(text="History of Columns          17", top=50, left=900)]
    blocks = [*([part] for part in BODY[:3]), [head], *([part] for part in BODY[3:])]
    found = to_markdown(parse(written(*blocks)))

    assert marked(found) == {"History of Columns 17": (Place.HEAD, True)}
    assert [one.level for one in found.margins] == [30]


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
