"""What follows from an agreement: nothing, or a doubt in words that a user understands."""

from ocrqueue.text.witness.agreement import Agreement, Passage

MOST_WORDS = 7  # of a run that one reading lacks, before it counts
MOST_REPEATED = 6  # words of a passage that comes again
LEAST_SHARE = 0.35  # of words both have; less is another page
LEAST_WITNESSED = 20  # words; a witness that read fewer says nothing about the page
MOST_NUMBERS = 40  # that stand against others; more and the witness cannot read this kind of page
SHOWN_LETTERS = 60  # of a run in a reason


def doubt(found: Agreement) -> str:
    """Return why a reading is not to be trusted, "" where the witness agrees."""
    if found.words < LEAST_WITNESSED:
        return ""
    if found.share < LEAST_SHARE:
        return f"only {found.share:.0%} of the words are the same as a second reading's"
    for what, runs, most in (
        ("not in the text, but on the page", found.missing, MOST_WORDS),
        ("in the text, but not on the page", found.invented, MOST_WORDS),
        ("more often in the text than on the page", found.repeated, MOST_REPEATED),
    ):
        longest = max(runs, key=lambda run: run.words, default=None)
        if longest is not None and longest.words >= most:
            return f"{longest.words} words are {what}: {_shown(longest)}"
    if found.crossed and len(found.numbers) <= MOST_NUMBERS:
        one, other = next(
            pair for pair in found.numbers if (pair[1], pair[0]) in set(found.numbers)
        )
        return f"numbers stand in each other's place: {one} and {other}"
    return ""


def _shown(run: Passage) -> str:
    text = " ".join(run.text.split())
    return f'"{text}"' if len(text) <= SHOWN_LETTERS else f'"{text[:SHOWN_LETTERS]}..."'
