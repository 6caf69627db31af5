"""What follows from an agreement: nothing, or a doubt in words that a user understands."""

from dataclasses import dataclass

from ocrqueue.text.hocr.layout import Box
from ocrqueue.text.witness.agreement import Agreement, Passage

MOST_WORDS = 7  # of a run that one reading lacks, before it counts
MOST_REPEATED = 6  # words of a passage that comes again
LEAST_SHARE = 0.35  # of words both have; less is another page
LEAST_WITNESSED = 20  # words; a witness that read fewer says nothing about the page
MOST_NUMBERS = 40  # that stand against others; more and the witness cannot read this kind of page
SHOWN_LETTERS = 300  # of a run in a reason


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessDoubt:
    """What is wrong with a reading, in words that a user understands; "" where nothing is."""

    reason: str = ""
    words: str = ""  # of the page: for its owner alone
    box: Box | None = None  # of these words on the page
    at: int | None = None  # where in the reading they stand, or would


def doubt(found: Agreement) -> WitnessDoubt:
    """Return why a reading is not to be trusted; an empty doubt where the witness agrees."""
    if found.words < LEAST_WITNESSED:
        return WitnessDoubt()
    if found.share < LEAST_SHARE:
        reason = f"only {found.share:.0%} of the words are the same as a second reading's"
        return WitnessDoubt(reason=reason)
    for what, passages, most in (
        ("not in the text, but on the page", found.missing, MOST_WORDS),
        ("in the text, but not on the page", found.invented, MOST_WORDS),
        ("more often in the text than on the page", found.repeated, MOST_REPEATED),
    ):
        longest = max(passages, key=lambda passage: passage.words, default=None)
        if longest is not None and longest.words >= most:
            reason = f"{longest.words} words are {what}"
            return WitnessDoubt(
                reason=reason, words=_shown(longest), box=longest.box, at=longest.place[0]
            )
    if found.crossed and len(found.numbers) <= MOST_NUMBERS:
        turned = {(other, one) for one, other in found.numbers}
        one, other = next(pair for pair in found.numbers if pair in turned)
        return WitnessDoubt(
            reason="numbers stand in each other's place", words=f"{one} and {other}"
        )
    return WitnessDoubt()


def _shown(passage: Passage) -> str:
    text = " ".join(passage.text.split())
    return text if len(text) <= SHOWN_LETTERS else f"{text[:SHOWN_LETTERS]}..."
