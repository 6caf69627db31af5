"""Digits held against the others of their page: what looks like another digit is that one.

An engine reads a 5 as a 9 and is sure of it. But a page prints its digits alike. So those of words
that it is sure of show what each digit looks like here, and one that looks like another digit, and
not at all like what it was read as, is the other.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean, median
from typing import NamedTuple

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.layout import Word
from ocrqueue.text.hocr.number_marks import DIGIT, PLUS_MINUS, SMALL, PrintedSign
from ocrqueue.text.shapes import GRID, Shape, apart, shape

SURE = 85.0  # confidence of a word whose digits are examples
LEAST_EXAMPLES, MOST_EXAMPLES = 4, 30
AGREEING = 0.75  # share of the examples of a digit that look like it
LEAST_KNOWN = 4  # digits with examples
ALIKE = 0.12  # how far a digit is from what it looks like, at most
FURTHER, MORE = 2.0, 0.08  # times as far, and so much more, is what it was read as
PROPORTION = 0.5  # what a difference in proportions counts beside one of the shapes


class _Look(NamedTuple):
    shape: Shape
    proportion: float  # width a height

    def apart(self, other: "_Look") -> float:
        """Return how much two digits differ."""
        proportions = abs(self.proportion - other.proportion)
        return apart(self.shape, other.shape) + PROPORTION * proportions


def others(image: PageImage, seen: Mapping[Word, Sequence[PrintedSign]]) -> dict[Word, str]:
    """Return the numbers of a grey page that have other digits than were read, as they are."""
    looks = {word: list(_digits(image, word.text, signs)) for word, signs in seen.items()}
    known = _known(looks)
    if len(known) < LEAST_KNOWN:
        return {}
    found = {}
    for word, digits in looks.items():
        text = list(word.text)
        for place, look in digits:
            text[place] = _other(text[place], look, known)
        if (right := "".join(text)) != word.text:
            found[word] = right
    return found


def _digits(
    image: PageImage, text: str, signs: Sequence[PrintedSign]
) -> Iterator[tuple[int, _Look]]:
    """Yield where a number's digits stand in its text, and what they look like."""
    printed = [sign for sign in signs if sign.kind in {DIGIT, PLUS_MINUS}]
    places = [place for place, sign in enumerate(text) if sign not in SMALL]
    if len(printed) != len(places):
        return
    for place, sign in zip(places, printed, strict=True):
        if text[place] in "0123456789" and (seen := shape(image, sign.box)):
            yield place, _Look(seen, sign.box.width / sign.box.height)


def _known(looks: Mapping[Word, Sequence[tuple[int, _Look]]]) -> dict[str, _Look]:
    """Return what each digit looks like in words that are surely read."""
    examples: dict[str, list[_Look]] = defaultdict(list)
    for word, digits in looks.items():
        for place, look in digits if word.confidence >= SURE else ():
            examples[word.text[place]].append(look)
    known = {
        digit: _usual(there[:MOST_EXAMPLES])
        for digit, there in examples.items()
        if len(there) >= LEAST_EXAMPLES
    }
    return {  # what touches another digit is read as one that it is not: then no two look alike
        digit: look
        for digit, look in known.items()
        if fmean(one.apart(look) < ALIKE for one in examples[digit]) >= AGREEING
    }


def _usual(looks: Sequence[_Look]) -> _Look:
    """Return the look with the samples that most of them have."""
    half = len(looks) / 2
    bits = (sum(look.shape >> at & 1 for look in looks) > half for at in range(GRID**2))
    usual = sum(bit << at for at, bit in enumerate(bits))
    return _Look(usual, median(look.proportion for look in looks))


def _other(digit: str, look: _Look, known: Mapping[str, _Look]) -> str:
    if digit not in known:
        return digit
    far = {other: look.apart(usual) for other, usual in known.items()}
    best = min(far, key=far.__getitem__)
    is_other = far[best] < ALIKE and far[digit] > FURTHER * far[best] + MORE
    return best if is_other else digit
