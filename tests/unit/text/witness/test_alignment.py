"""Facts about the alignment of two lists of words."""

import random

from hypothesis import given
from hypothesis import strategies as st

from ocrqueue.text.witness import alignment

WORDS = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=40)


@given(WORDS, WORDS)
def test_each_stretch_is_in_both_and_in_order(first: list[str], second: list[str]) -> None:
    """Each stretch is in both and in order."""
    at_a = at_b = 0
    for a, b, size in alignment.align(first, second):
        assert size > 0
        assert a >= at_a
        assert b >= at_b
        assert first[a : a + size] == second[b : b + size]
        at_a, at_b = a + size, b + size


@given(WORDS)
def test_a_list_is_the_same_as_itself(words: list[str]) -> None:
    """A list is the same as itself."""
    assert sum(part.size for part in alignment.align(words, words)) == len(words)


@given(WORDS, WORDS)
def test_stretches_and_what_is_between_them_are_the_whole(
    first: list[str], second: list[str]
) -> None:
    """Stretches and what is between them are the whole."""
    found = alignment.align(first, second)
    gaps = list(alignment.between(found, len(first), len(second)))
    same = sum(part.size for part in found)
    assert same + sum(a.stop - a.start for a, _ in gaps) == len(first)
    assert same + sum(b.stop - b.start for _, b in gaps) == len(second)


def test_a_passage_that_is_missing_from_a_long_text_is_one_gap() -> None:
    """A passage that is missing from a long text is one gap."""
    chance = random.Random(3)  # noqa: S311
    words = [chance.choice("abcdefghij") + str(chance.randrange(300)) for _ in range(5000)]
    found = alignment.align(words, words[:2000] + words[2050:])
    gaps = list(alignment.between(found, 5000, 4950))
    assert [(a.stop - a.start, b.stop - b.start) for a, b in gaps] == [(50, 0)]
