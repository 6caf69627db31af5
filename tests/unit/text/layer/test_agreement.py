"""Where an engine's words say that letters or figures of a layer stand for others."""

import pytest

from ocrqueue.text.hocr.layout import Box, Word
from ocrqueue.text.layer.agreement import Pairs, are_exchanged, figures_agree

NUMBERS = ("1,960,466", "63,809", "2020-04-17")
LINES = ("the board decided in advance", "and divided a reward", "of five hundred pounds")


def pairs(texts: tuple[str, ...], read: tuple[str, ...]) -> Pairs:
    box = Box(0, 0, 9, 9)
    said = [[Word(word, box, 95.0) for word in line.split()] for line in read]
    return list(zip(texts, said, strict=True))


def turned(texts: tuple[str, ...], signs: str, into: str) -> tuple[str, ...]:
    return tuple(text.translate(str.maketrans(signs, into)) for text in texts)


def test_figures_that_stand_for_others() -> None:
    """A font map that turns all figures leaves hardly one in place; a misread one is no sign."""
    others = turned(NUMBERS, "0123456789", "3456789012")

    assert figures_agree(pairs(NUMBERS, NUMBERS))
    assert figures_agree(pairs(NUMBERS, ("1960,466", "63 8O9", "2020-04-17")))
    assert not figures_agree(pairs(others, NUMBERS))
    assert not figures_agree(pairs(NUMBERS, ("O", "", "l7")))


def test_few_figures_tell_nothing() -> None:
    """A page number alone may be misread, and small numbers below large ones be left out."""
    assert figures_agree(pairs(("117",), ("l",)))
    assert figures_agree(pairs(NUMBERS, (NUMBERS[0], "", "")))


@pytest.mark.parametrize(("signs", "into", "lies"), [("dv", "vd", True), ("il", "li", False)])
def test_one_letter_that_stands_for_another(signs: str, into: str, *, lies: bool) -> None:
    """It is read as the same other one throughout; what engines confuse proves nothing."""
    assert are_exchanged(pairs(turned(LINES, signs, into), LINES)) == lies
    assert not are_exchanged(pairs(LINES, LINES))
