"""What follows from an agreement: nothing, or a doubt in words that a user understands."""

from dataclasses import dataclass

from ocrqueue.model.page import Testimony
from ocrqueue.text.witness import numbers
from ocrqueue.text.witness.agreement import Agreement

LEAST_SHARE = 0.35  # of words both have; less is another page
LEAST_WITNESSED = 20  # words; a witness that read fewer says nothing about the page
MOST_NUMBERS = 40  # that stand against others; more and the witness cannot read this kind of page
SHOWN_LETTERS = 300  # of a run in a reason


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtLimits:
    """Words of a run from which on it is a doubt, and of numbers that are others."""

    missing: int
    again: int  # beside the same words
    invented: int  # or again, elsewhere on the page: it may stand in a picture
    misread: int  # 0: the witness reads digits wrong by itself


OWN_TEXT = DoubtLimits(missing=5, again=5, invented=15, misread=1)
ENGINE = DoubtLimits(missing=6, again=6, invented=15, misread=0)


def doubt(found: Agreement, limits: DoubtLimits) -> Testimony:
    """Return why a reading is not to be trusted, and nothing else; empty where the witness agrees.

    It is in words that a user understands; the words of the page are for its owner alone.
    """
    if found.words < LEAST_WITNESSED:
        return Testimony()
    if found.share < LEAST_SHARE:
        reason = f"only {found.share:.0%} of the words are the same as a second reading's"
        return Testimony(doubt=reason)
    again = [one for one in found.repeated if one.at_once]
    for what, passages, most in (
        ("not in the text, but on the page", found.missing, limits.missing),
        ("in the text, but not on the page", found.invented, limits.invented),
        ("more often in the text than on the page", again, limits.again),
        ("more often in the text than on the page", found.repeated, limits.invented),
    ):
        longest = max(passages, key=lambda passage: passage.words, default=None)
        if longest is not None and longest.words >= most:
            reason = f"{longest.words} words are {what}"
            return Testimony(
                doubt=reason, words=_cut(longest.text), box=longest.box, at=longest.place[0]
            )
    if len(found.numbers) <= MOST_NUMBERS:
        for one, other in numbers.crossed(found.numbers):
            reason = "numbers stand in each other's place"
            return Testimony(doubt=reason, words=f"{one} and {other}")
    if 0 < limits.misread <= len(found.misread):
        words = ", ".join(f"{one} is {other}" for one, other in found.misread)
        return Testimony(doubt="numbers are others than on the page", words=_cut(words))
    return Testimony()


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN_LETTERS else f"{text[:SHOWN_LETTERS]}..."
