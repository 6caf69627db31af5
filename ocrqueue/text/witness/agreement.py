"""How far two readings of one page agree, and where they do not: runs of words that one lacks.

The method: the words are aligned; what lies between the same words is a gap. Text that moved,
letters that look alike and words parted otherwise are explained before anything counts as missing
or invented. What a single digit or a single word says cannot be witnessed.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rapidfuzz import fuzz

from ocrqueue.text.hocr.layout import Box, around
from ocrqueue.text.witness.alignment import Common, align, between
from ocrqueue.text.witness.tokens import Token, tokens

LEAST_RUN = 3  # words; shorter runs are not told
CHANCE_WORDS = 2  # the same words inside a gap, so few and so short, are there by chance ...
CHANCE_LETTERS = 8
ALIKE = 60.0  # of 100: letters so near were read, only not the same way
LONGEST_COMPARED = 20_000  # letters of a gap that are compared one by one
MOVED = 0.5  # share of a run's pairs of words that the other reading has elsewhere
SMALL_GAP = 4  # words in which a number stands against a number


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Words that one reading has and the other has not."""

    text: str  # as its reading writes them
    words: int
    place: tuple[int, int]  # begin and end in the reading; of missing words: where they would be
    box: Box | None = None  # on the page, where it is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a witness says of a reading."""

    share: float  # of both readings' words that are the same, 0 to 1
    words: int  # of the witness
    missing: tuple[Passage, ...] = ()
    invented: tuple[Passage, ...] = ()
    repeated: tuple[Passage, ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()  # the witness's, and the reading's
    crossed: int = 0  # numbers that stand in each other's place


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A second reading: its text, and where on the page its words are, if it knows."""

    text: str
    begins: Sequence[int] = ()  # of its words, rising
    boxes: Sequence[Box] = ()  # of the words that begin there

    def box_of(self, found: Sequence[Token]) -> Box | None:
        """Return the box around words of this text."""
        if not self.begins or not found:
            return None
        first, last = (bisect_right(self.begins, t.begin) - 1 for t in (found[0], found[-1]))
        boxes = self.boxes[max(first, 0) : last + 1]
        return around(list(boxes)) if boxes else None


@dataclass(frozen=True, slots=True)
class _Gap:
    """Words of the witness and of the reading that stand in each other's place."""

    witness: list[Token] = field(default_factory=list)
    reading: list[Token] = field(default_factory=list)
    place: int = 0  # in the reading's words


def agreement(reading: str, witness: Witness) -> Agreement:
    """Compare the Markdown of a page with what a witness read."""
    mine, theirs = tokens(reading), tokens(witness.text)
    stretches = align([t.form for t in theirs], [t.form for t in mine])
    same = sum(stretch.size for stretch in stretches)
    gaps = list(_gaps(stretches, theirs, mine))
    numbers = [pair for gap in gaps for pair in _numbers(gap)]
    missing = _counted(gaps, lambda gap: _unread(gap.witness, gap.reading))
    added = _counted(gaps, lambda gap: _unread(gap.reading, gap.witness))
    lacking = Counter(pair for gap in gaps for pair in _pairs(gap.witness))
    given = Counter(pair for gap in gaps for pair in _pairs(gap.reading))
    known = Counter(_pairs(theirs))
    missing = [(gap, count) for gap, count in missing if not _explained(gap.witness, given)]
    invented: list[Passage] = []
    repeated: list[Passage] = []
    for gap, count in added:
        if not _explained(gap.reading, lacking):
            is_again = _share(gap.reading, known) >= MOVED
            (repeated if is_again else invented).append(_passage(gap, count, reading))
    return Agreement(
        share=2 * same / (len(mine) + len(theirs)) if mine or theirs else 1.0,
        words=len(theirs),
        missing=tuple(_missing(gap, count, witness, mine) for gap, count in missing),
        invented=tuple(invented),
        repeated=tuple(repeated),
        numbers=tuple(numbers),
        crossed=_crossed(numbers),
    )


def _gaps(
    stretches: Sequence[Common], theirs: Sequence[Token], mine: Sequence[Token]
) -> Iterator[_Gap]:
    kept = [s for s in stretches if not _is_chance(theirs[s.a : s.a + s.size])]
    for witness, reading in between(kept, len(theirs), len(mine)):
        yield _Gap(list(theirs[witness]), list(mine[reading]), reading.start)


def _is_chance(same: Sequence[Token]) -> bool:
    letters = sum(len(token.form) for token in same)
    return len(same) < CHANCE_WORDS or (len(same) == CHANCE_WORDS and letters <= CHANCE_LETTERS)


def _counted(gaps: Sequence[_Gap], unread: Callable[[_Gap], int]) -> list[tuple[_Gap, int]]:
    """Return the gaps in which one side has words enough that the other lacks, and how many."""
    counts = ((gap, unread(gap)) for gap in gaps)
    return [(gap, count) for gap, count in counts if count >= LEAST_RUN]


def _unread(these: Sequence[Token], others: Sequence[Token]) -> int:
    """Return how many of these words the other side of the gap does not explain.

    A number counts as half a word, and what has letters and digits for none: formulas have many.
    """
    weights = {token.form: _weight(token.form) for token in these}
    if not others or not these:
        return round(sum(weights[token.form] for token in these))
    one, other = (" ".join(t.form for t in side) for side in (these, others))
    short = max(len(one), len(other)) <= LONGEST_COMPARED
    if short and fuzz.ratio(one, other, score_cutoff=ALIKE) >= ALIKE:
        return max(0, len(these) - len(others)) if len(these) > 1.5 * len(others) else 0
    left = Counter(t.form for t in these) - Counter(t.form for t in others)
    return round(sum(weights[form] * count for form, count in left.items()))


def _weight(form: str) -> float:
    if form.isalpha():
        return 1.0
    return 0.5 if form.isdecimal() else 0.0


def _pairs(found: Iterable[Token]) -> Iterator[tuple[str, str]]:
    return pairwise([token.form for token in found])


def _share(found: Sequence[Token], elsewhere: Counter[tuple[str, str]]) -> float:
    """Return the share of a run's pairs of words that stand elsewhere."""
    pairs = Counter(_pairs(found))
    return (pairs & elsewhere).total() / max(1, pairs.total())


def _explained(found: Sequence[Token], elsewhere: Counter[tuple[str, str]]) -> bool:
    """Whether the other reading has a run at another place; what explains it explains no other."""
    if _share(found, elsewhere) < MOVED:
        return False
    elsewhere.subtract(_pairs(found))  # `-=` would go through all that is elsewhere, each time
    return True


def _passage(gap: _Gap, words: int, reading: str) -> Passage:
    begin, end = gap.reading[0].begin, gap.reading[-1].end
    return Passage(text=reading[begin:end], words=words, place=(begin, end))


def _missing(gap: _Gap, words: int, witness: Witness, mine: Sequence[Token]) -> Passage:
    """Return a run of the witness's words, and where in the reading they would stand."""
    if gap.reading:
        place = (gap.reading[0].begin, gap.reading[-1].end)
    else:
        at = mine[gap.place - 1].end if gap.place else 0
        place = (at, at)
    return Passage(
        text=witness.text[gap.witness[0].begin : gap.witness[-1].end],
        words=words,
        place=place,
        box=witness.box_of(gap.witness),
    )


def _numbers(gap: _Gap) -> Iterator[tuple[str, str]]:
    """Yield the numbers that stand against each other in a small gap."""
    if max(len(gap.witness), len(gap.reading)) > SMALL_GAP:
        return
    theirs, mine = ([t.form for t in side if t.is_number] for side in (gap.witness, gap.reading))
    if len(theirs) == len(mine):
        yield from ((one, other) for one, other in zip(theirs, mine, strict=True) if one != other)


def _crossed(numbers: Sequence[tuple[str, str]]) -> int:
    """Return how many numbers stand where another one should, and that one in their place."""
    found = Counter(numbers)
    return sum(min(count, found[b, a]) for (a, b), count in found.items() if a < b)
