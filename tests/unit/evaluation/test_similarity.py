"""How near two texts are, word by word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrqueue.evaluation.similarity import differences, score, similarity, words

TEXTS = st.text(alphabet="ab \n|#*-é", max_size=60)


def test_the_same_words_in_other_signs_are_the_same() -> None:
    """Markdown's signs, quotes and hyphens at line ends do not count."""
    assert similarity("# The *“great”* re-\nport", 'The "great" report') == 1.0


def test_order_counts_for_likeness_and_not_for_recall() -> None:
    """Two words changed about lower the likeness; as a bag of words nothing is missing."""
    assert similarity("one two three four", "one three two four") == pytest.approx(0.75)
    assert score("one two", "two one").recall == 1.0


def test_recall_and_precision_are_told_apart() -> None:
    """What is left out lowers the recall, what was made up lowers the precision."""
    found = score("one two extra", "one two three four")

    assert found.recall == 0.5
    assert found.precision == pytest.approx(2 / 3)


def test_differences_tell_what_the_other_has_not() -> None:
    """The stretch that only this text has is marked; the rest is the same."""
    told = [(s.text, s.same) for s in differences("one red house", "one house")]

    assert told == [("one ", True), ("red ", False), ("house", True)]


@given(TEXTS, TEXTS)
def test_differences_hold_the_whole_text(text: str, other: str) -> None:
    """Joined again the stretches are the text, but for white space at its beginning."""
    assert "".join(s.text for s in differences(text, other)) == text.lstrip()


@given(TEXTS, TEXTS)
def test_likeness_is_mutual(one: str, other: str) -> None:
    """It lies between 0 and 1, is 1 for a text with itself, and the same in both directions."""
    assert 0 <= similarity(one, other) == similarity(other, one) <= 1
    assert similarity(one, one) == 1


def test_the_address_of_a_link_is_no_word_of_the_page() -> None:
    """Only its text is printed; other brackets are text."""
    assert words("See [our help](https://example.org/a_b?c=d) (or ask).") == words(
        "See our help (or ask)."
    )
    assert words("[x](y)") == ["x", "y"]
