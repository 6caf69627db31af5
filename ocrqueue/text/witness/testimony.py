"""What a witness says of a page's text, from the words it sees and where they stand; pure.

What follows from how far both agree is nothing, or a doubt in words that a user understands.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from statistics import median
from typing import NamedTuple

from ocrqueue.model.page import Figure, Testimony
from ocrqueue.text.hocr.layout import Box, Word, split_where
from ocrqueue.text.witness import numbers
from ocrqueue.text.witness.agreement import Agreement, Witness, agreement
from ocrqueue.text.witness.tokens import LABEL, OF_LABEL

SMALL = 0.7  # of most words' height; lower ones in a short line are of a picture
SHORT = 6  # words of such a line at most
LONG = 12  # letters; more to a word are in a script without spaces
APART = 1.5  # letter heights between words of one line, at most
SURE = 60.0  # confidence of a word that counts
EDGE = 0.18  # of the page's height, where heads and feet stand ...
MOST_FURNITURE = 16  # ... the words that they have at most ...
PARTED = 1.0  # ... the letter heights between them and the text ...
LARGEST = 1.4  # ... and how many times as high as most words theirs are: a title is higher
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


def testimony(
    text: str,
    figures: Sequence[Figure],
    *,
    words: Sequence[Word],
    height: int,
    by: str,
    limits: DoubtLimits,
) -> Testimony:
    """Hold a page's Markdown against the words that a witness sees, in pixels.

    Words on pictures are left out: a model shows those, and does not spell them. Running heads and
    feet, and what an engine only guesses, may be in the text, but nothing is missing without them.
    """
    pictures = [Box(*figure.box) for figure in figures]
    kept = [word for word in words if not any(box.holds(word.box) for box in pictures)]
    ends = accumulate(len(word.text) + 1 for word in kept)
    witness = Witness(
        text=" ".join(word.text for word in kept),
        begins=[end - len(word.text) - 1 for end, word in zip(ends, kept, strict=True)],
        boxes=[word.box for word in kept],
        weights=_weights(kept, height),
    )
    return told_of(agreement(text, witness), by=by, limits=limits)


def told_of(found: Agreement, *, by: str, limits: DoubtLimits) -> Testimony:
    """Return what follows from how far two readings agree, as the ledger tells it."""
    return replace(
        doubt(found, limits),
        by=by,
        agreed=round(found.share, 3),
        missing=sum(one.words for one in found.missing),
        invented=sum(one.words for one in found.invented),
        repeated=sum(one.words for one in found.repeated),
        numbers=len(found.numbers),
    )


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


def _weights(words: Sequence[Word], height: int) -> list[float]:
    """Return what each word counts for where a text lacks it."""
    aside = {id(word) for word in furniture(words, height)}
    return [
        0.0 if word.confidence < SURE or id(word) in aside else alone
        for word, alone in zip(words, _in_lines(words), strict=True)
    ]


def _in_lines(words: Sequence[Word]) -> Iterator[float]:
    """Yield 1 for each word in a line of text, less for one of a few: labels of a picture."""
    small = SMALL * median([word.box.height for word in words] or [0])
    for line in split_where(words, lambda before, after: not _is_next(before.box, after.box)):
        yield from _of_line(line, small)


def _is_next(box: Box, after: Box) -> bool:
    """Whether a word stands right behind another one, on its line."""
    size = max(box.height, after.height)
    near = -size < after.left - box.right < APART * size
    return near and min(box.bottom, after.bottom) > max(box.top, after.top)


def _of_line(line: Sequence[Word], small: float) -> list[float]:
    letters = sum(len(word.text) for word in line)
    is_small = max((word.box.height for word in line), default=0) < small
    most = SHORT if is_small else LABEL
    is_text = len(line) > most or letters > most * LONG
    return [1.0 if is_text else OF_LABEL] * len(line)


def furniture(words: Sequence[Word], height: int) -> list[Word]:
    """Return the words that may be running heads or feet: few, small, outermost, and parted."""
    if not words:
        return []
    size = median(word.box.height for word in words)
    rows = _rows(words)
    turned = [_Band(row.words, height - row.bottom, height - row.top) for row in reversed(rows)]
    return [*_outermost(rows, EDGE * height, size), *_outermost(turned, EDGE * height, size)]


class _Band(NamedTuple):
    """Words side by side, and the pixels from the page's end to both of their own ones."""

    words: list[Word]
    top: int
    bottom: int


def _rows(words: Sequence[Word]) -> list[_Band]:
    rows: list[_Band] = []
    for word in sorted(words, key=lambda word: word.box.top + word.box.bottom):
        box = word.box
        if rows and box.top + box.bottom < 2 * rows[-1].bottom:
            last = rows[-1]
            last.words.append(word)
            rows[-1] = _Band(last.words, min(last.top, box.top), max(last.bottom, box.bottom))
        else:
            rows.append(_Band([word], box.top, box.bottom))
    return rows


def _outermost(rows: Sequence[_Band], far: float, size: float) -> list[Word]:
    """Return the words of the first rows, as far as they are parted from the next one."""
    found: list[Word] = []
    parted = 0
    for row, inner in pairwise(rows):
        found += row.words
        highest = max(word.box.height for word in row.words)
        if row.bottom > far or highest > LARGEST * size or len(found) > MOST_FURNITURE:
            break
        if inner.top - row.bottom >= PARTED * size:
            parted = len(found)
    return found[:parted]
