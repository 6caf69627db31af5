"""Facts about numbers that stand where another reading has others."""

from ocrqueue.text.witness import numbers
from ocrqueue.text.witness.alignment import align, between
from ocrqueue.text.witness.tokens import Token, tokens

PAGE = (
    "In 1987 the lake had 412 boats and in 1993 only 208 of them were left. "
    "The fee was 35 crowns a day, and 60 crowns from May to August. "
    "All but 17 of the owners came from the town."
)


Told = list[tuple[str, str]]


def others(text: str, page: str = PAGE) -> Told:
    return list(numbers.others(*aligned(text, page)))


def misread(text: str, page: str = PAGE) -> Told:
    return list(numbers.misread(*aligned(text, page)))


def aligned(text: str, page: str) -> tuple[list[Token], list[Token], list[tuple[slice, slice]]]:
    theirs, mine = tokens(page), tokens(text)
    stretches = align([token.form for token in theirs], [token.form for token in mine])
    return theirs, mine, list(between(stretches, len(theirs), len(mine)))


def swapped(one: str, other: str, text: str = PAGE) -> str:
    return text.replace(one, "@").replace(other, one).replace("@", other)


def test_numbers_that_change_places_are_crossed() -> None:
    """Each is told with the one that stands in its place; together they are crossed."""
    pairs = others(swapped("412", "60"))

    assert pairs == [("412", "60"), ("60", "412")]
    assert numbers.crossed(pairs) == [("412", "60")]


def test_neighbours_that_change_places_are_crossed() -> None:
    """Between the same words two numbers side by side are told by what is beyond them."""
    page = "they came 17 2019 the town"

    assert numbers.crossed(others("they came 2019 17 the town", page)) == [("17", "2019")]


def test_text_that_moved_keeps_its_numbers() -> None:
    """A number goes with its words; where these differ too, nothing is said."""
    first, second, third = PAGE.split(". ")

    assert others(f"{third} {first}. {second}.") == []
    assert numbers.crossed(others(swapped("412", "60", f"{third} {first}. {second}."))) != []


def test_a_number_that_only_differs_is_not_crossed() -> None:
    """One digit read otherwise crosses nothing."""
    pairs = others(PAGE.replace("412", "472"))

    assert pairs == [("412", "472")]
    assert numbers.crossed(pairs) == []


def test_between_words_that_are_there_twice_the_place_tells() -> None:
    """Where each of two numbers has the same neighbours, their order decides."""
    page = "here from 11 boats to, there from 22 boats to, then from 33 boats to"

    pairs = others(swapped("11", "22", page), page)

    assert numbers.crossed(pairs) == [("11", "22")]


def test_a_digit_read_otherwise_is_misread() -> None:
    """One number, or all of a row, between words that both have."""
    assert misread(PAGE) == []
    assert misread(PAGE.replace("412", "472")) == [("412", "472")]
    page = "Year ended Jan 26 2025 in millions of crowns"
    assert misread(page.replace("26 2025", "29 2023"), page) == [("26", "29"), ("2025", "2023")]


def test_a_number_that_may_be_parted_otherwise_is_not_misread() -> None:
    """Longer or shorter, beside another word, or with one number more."""
    assert misread(PAGE.replace("412", "41")) == []
    assert misread(PAGE.replace("412 boats", "472 ships")) == []
    assert misread(PAGE.replace("412", "472 55")) == []


def test_the_marks_of_an_axis_are_not_misread() -> None:
    """They count for nothing in the one reading or the other."""
    page = "the lake 10 20 30 40 the boats"

    assert misread("the lake 11 20 38 40 the boats", page) == []
