"""Facts about the words that two readings are compared by."""

import pytest

from ocrqueue.text.witness.tokens import plain, tokens


def forms(text: str) -> list[str]:
    return [token.form for token in tokens(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A well- being day", "a wellbeing day"),
        ("inter-\n  national", "international"),
        ("**Bold** and `code`", "bold and code"),
        ("| cell one | two |", "cell one two"),
        ("<td>cell</td><br>next", "cell next"),
        (r"see \(a+b\) and $x_1$ there", "see and there"),
        ("a [link](https://example.org/a_b) here", "link here"),
        ("![](p0001-1.png) words", "words"),
        ("\ufb01nal caf\u00e9", "final cafe"),
        ("fish &amp; chips", "fish chips"),
        ("costs $5 and $60", "costs and 60"),
        ("<!-- page 1 -->text", "text"),
    ],
)
def test_what_is_written_otherwise_is_the_same(one: str, other: str) -> None:
    """What is written otherwise is the same."""
    assert forms(one) == forms(other)


def test_each_word_knows_its_place() -> None:
    """Each word knows its place."""
    text = "see $x$ **Inter-\nnational** law"
    assert [text[t.begin : t.end] for t in tokens(text)] == ["see", "Inter-\nnational", "law"]


def test_short_words_tell_nothing_and_numbers_do() -> None:
    """Short words tell nothing and numbers do."""
    assert forms("it is 7 of 42 or A4") == ["42", "a4"]


def test_signs_of_scripts_without_spaces_are_words() -> None:
    """Signs of scripts without spaces are words."""
    assert forms("强农惠农") == list("强农惠农")


def test_a_price_opens_no_formula() -> None:
    """A price opens no formula."""
    assert forms("for $5 it said that nobody paid $6") == forms("for it said that nobody paid")


def weights(text: str) -> list[float]:
    return [token.weight for token in tokens(text)]


def test_the_marks_of_an_axis_say_nothing() -> None:
    """Numbers in equal steps are of a drawing; as many with other steps, or three, are not."""
    assert weights("ranks from 242 244 246 248 250 on") == [1.0, 1.0, *[0.0] * 5]
    assert weights("axis falls 90 80 70 60 there") == [1.0, 1.0, *[0.0] * 4, 1.0]
    assert weights("ranks from 242 244 246 250 on") == [1.0, 1.0, *[0.5] * 4]
    assert weights("ranks from 242 244 246 on") == [1.0, 1.0, *[0.5] * 3]
    assert weights("costs are always 100 100 100 100") == [1.0, 1.0, 1.0, *[0.5] * 4]
    assert [token.weight for token in plain("10 20 30 40")] == [0.0] * 4


def test_a_short_line_may_be_a_label() -> None:
    """Three words of a line count for a quarter each, four for themselves."""
    text = "northern shore 1987\n\nthe boats came back\n"
    assert weights(text) == [0.25, 0.25, 0.125, 1.0, 1.0, 1.0, 1.0]
