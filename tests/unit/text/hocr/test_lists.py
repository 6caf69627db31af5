"""Facts about lists: where they begin and end, and bullets that were read as something else."""

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


@pytest.mark.parametrize("sign", ["=", "«", "¢*", "e", "o", "+", "@"])
def test_a_sign_two_lines_begin_with_alike_is_a_bullet(sign: str) -> None:
    """Whatever the engine made of them, bullets stand below each other with a gap behind."""
    first = text(f"{sign}  apples from the garden", top=300)
    second = text(f"{sign}  pears from the market", top=400)

    assert markdown([first], [second]) == "- apples from the garden\n- pears from the market"


def test_a_bullet_nobody_is_sure_of_stays_a_bullet() -> None:
    """A sign that would pass for a speck of dirt counts where its neighbour is a bullet."""
    sure = Put(text="•  apples from the garden", top=300)
    unsure = Put(text="•  pears from the market", top=345, confidence=31)

    assert markdown([[sure], [unsure]]).count("- ") == 2


def test_bullets_far_from_their_text_make_no_table() -> None:
    """The gap between a bullet and its text is no gap between two cells."""
    page = markdown([text("•     apples", "•     pears", "•     plums")])

    assert page == "- apples\n- pears\n- plums"


def test_the_lines_of_a_formula_are_no_list() -> None:
    """An operator that begins two lines alike is part of the formula."""
    page = markdown([text("=  2 sin (x + 3) dx", "=  4x sin (x + 3) dx")])

    assert "- " not in page
    assert page.count("=") == 2


def test_small_roman_numbers_number_the_items_of_a_list() -> None:
    """Also with a point behind them, where a sentence follows."""
    page = markdown([text("ii. The first of them.", "iv. The second.", "vi. The last.")])

    assert page == "- ii. The first of them.\n- iv. The second.\n- vi. The last."


def test_words_of_one_letter_are_no_bullets() -> None:
    """Lines that begin with "o" or "e" as a word have a space behind it, no gap."""
    page = markdown([text("e o vento", "e a chuva", "o sol e a lua")])

    assert "- " not in page


def test_a_list_begins_below_the_text_of_its_paragraph() -> None:
    """What announces the list and the list are two things."""
    page = markdown([text(*PROSE, "Bring with you:", "(a) a lamp;", "(b) a rope.")])

    assert page == " ".join(PROSE) + " Bring with you:\n\n- (a) a lamp;\n- (b) a rope."


def test_a_sentence_about_a_numbered_thing_is_no_list() -> None:
    """A number that comes to stand at the beginning of a line of prose stays there."""
    page = markdown(
        [text(PROSE[0], "(2) goes on and on until the end of this long line", PROSE[2])]
    )

    assert "- " not in page


def test_a_text_at_the_bullets_edge_ends_the_list() -> None:
    """What stands below the bullets, not below their text, is no item."""
    items = text("•  apples from the garden", "•  pears from the market", top=300)
    end = text("Please wash the fruit before you eat it.", top=378)

    assert markdown([[*items, *end]]).split("\n\n")[1:] == [
        "Please wash the fruit before you eat it."
    ]


def test_wrapped_items_stay_whole() -> None:
    """A second line below an item's text belongs to the item."""
    wrapped = [
        Put(text="•  apples from the garden of the old house behind", top=300),
        Put(text="the church", top=345, left=136),
        Put(text="•  pears", top=390),
    ]

    assert markdown([wrapped]) == (
        "- apples from the garden of the old house behind the church\n- pears"
    )


def test_items_within_items_are_set_in() -> None:
    """By as much as the marker of the item that holds them; the next item ends that."""
    items = ("1. fruit", "    • apples", "        • sour ones", "    • pears", "2. bread")

    assert markdown([text(*items)]).splitlines() == [
        "1. fruit",
        "   - apples",
        "     - sour ones",
        "   - pears",
        "2. bread",
    ]


def test_numbers_that_end_alike_are_no_levels() -> None:
    """The text of items 9 and 10 begins at one place, though their numbers do not."""
    assert markdown([text(" 9. pears", "10. plums")]) == "9. pears\n10. plums"


@pytest.mark.parametrize(
    ("blanks", "indent"),
    [(1, 0), (4, 2), (12, 2), (30, 0)],
    ids=["hardly further", "in it", "far in it", "another list"],
)
def test_items_are_in_an_item_that_they_are_set_in_from(blanks: int, indent: int) -> None:
    """By more than a hair and no more than a few letters; what bullets hold is set in by two."""
    page = markdown([text("• fruit", "• bread", top=300)], [text(f"{' ' * blanks}• rye", top=500)])

    assert page.splitlines()[-1] == f"{' ' * indent}- rye"


def test_an_item_at_the_top_of_the_next_column_is_in_no_other() -> None:
    """It stands further right than those before it, but above them."""
    page = markdown([text("• fruit", "• bread", top=900)], [text("• rye", top=300, left=180)])

    assert page.splitlines()[-1] == "- rye"
