"""How far two readings of one page agree, and where they do not: runs of words that one lacks.

The method: the words are aligned; what lies between the same words is a gap. Text that moved,
letters that look alike and words parted otherwise are explained before anything counts as missing
or invented, and a run in which signs of formulas outweigh the words is none. What a single digit or
a single word says cannot be witnessed.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeVar

from rapidfuzz import fuzz

from ocrqueue.text.hocr.layout import Box, around
from ocrqueue.text.witness import numbers
from ocrqueue.text.witness.alignment import Common, align, between
from ocrqueue.text.witness.tokens import OF_LABEL, Token, plain, script_of, tokens

T = TypeVar("T")

LEAST_RUN = 3  # words; shorter runs are not told
SIGNS = 0.5  # of formulas for each word: such a run is one, and written otherwise by each reader
NEAR = 3  # words between a passage and the same one that it repeats
CHANCE_WORDS = 2  # the same words inside a gap, so few and so short, are there by chance ...
CHANCE_LETTERS = 8
ALIKE = 60.0  # of 100: letters so near were read, only not the same way
LONGEST_COMPARED = 20_000  # letters of a gap that are compared one by one
MOST_REST = 1 / 3  # of the letters of a run whose like was read: more is words left out
MOVED = 0.5  # share of a run's pairs of words that the other reading has elsewhere ...
SCATTERED = 0.8  # ... or of its single words


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Words that one reading has and the other has not."""

    text: str  # as its reading writes them
    words: int
    place: tuple[int, int]  # begin and end in the reading; of missing words: where they would be
    box: Box | None = None  # on the page, where it is known
    at_once: bool = False  # of words that come again: beside the same ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a witness says of a reading."""

    share: float  # of both readings' words that both have, wherever, 0 to 1
    words: int  # of the witness
    missing: tuple[Passage, ...] = ()
    invented: tuple[Passage, ...] = ()
    repeated: tuple[Passage, ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()  # the witness's, and the reading's
    misread: tuple[tuple[str, str], ...] = ()  # the same; those that nothing else can explain


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A second reading: its text, and where on the page its words are, if it knows."""

    text: str
    begins: Sequence[int] = ()  # of its words, rising
    boxes: Sequence[Box] = ()  # of the words that begin there
    weights: Sequence[float] = ()  # what each counts for where it is missing, 0 to 1

    @property
    def tokens(self) -> list[Token]:
        """Its words."""
        found = plain(self.text)
        if not self.weights:
            return found
        weights = (self.weights[bisect_right(self.begins, token.begin) - 1] for token in found)
        return [
            token if weight == 1 else token._replace(weight=weight * token.weight)
            for token, weight in zip(found, weights, strict=True)
        ]

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


class _Pool:
    """What one reading has in gaps: it explains a run that the other has at another place, once."""

    def __init__(self, runs: Iterable[Sequence[Token]]) -> None:
        """Take all of it, words and pairs of words."""
        self._words, self._pairs = Counter[str](), Counter[tuple[str, str]]()
        for run in runs:
            self._words.update(token.form for token in run)
            self._pairs.update(_pairs(run))

    def rest(self, run: list[Token]) -> list[Token]:
        """Return what of a run is not here: all, none, or its longest part where most is.

        It is here if most of its pairs of words are, or nearly all of its words: a table may be
        read by columns and by rows.
        """
        words, pairs = Counter(token.form for token in run), Counter(_pairs(run))
        has_pairs = _left(pairs, self._pairs) >= MOVED * pairs.total() > 0
        if not has_pairs and _left(words, self._words) < SCATTERED * words.total():
            return run
        part = self._longest_left_out(run) if has_pairs else []
        self._words.subtract(words)  # `-=` would go through all that is there, each time
        self._pairs.subtract(pairs)
        return part

    def _longest_left_out(self, run: list[Token]) -> list[Token]:
        """Return the most words in a row that no pair of words here is of."""
        begins = [at for at, pair in enumerate(_pairs(run)) if self._pairs[pair] > 0]
        ends = [-1, *(at for begin in begins for at in (begin, begin + 1)), len(run)]
        parts = [run[before + 1 : after] for before, after in pairwise(ends)]
        return max(parts, key=len, default=[])


def _left(wanted: Counter[T], there: Counter[T]) -> int:
    return sum(min(count, max(0, there[key])) for key, count in wanted.items())


def agreement(reading: str, witness: Witness) -> Agreement:
    """Compare the Markdown of a page with what a witness read."""
    theirs = witness.tokens
    mine = _in_scripts_of(theirs, tokens(reading))
    stretches = align([t.form for t in theirs], [t.form for t in mine])
    same = (Counter(t.form for t in mine) & Counter(t.form for t in theirs)).total()
    apart = list(between(stretches, len(theirs), len(mine)))
    gaps = list(_gaps(stretches, theirs, mine))
    missing = _counted(gaps, lambda gap: _unread(gap.witness, gap.reading))
    added = _counted(gaps, lambda gap: _unread(gap.reading, gap.witness))
    lacking = _Pool(gap.witness for gap in gaps)
    given = _Pool(gap.reading for gap in gaps)
    known = set(_pairs(theirs))
    missing = [part for gap, count in missing if (part := _left_out(gap, count, given))]
    invented: list[Passage] = []
    repeated: list[Passage] = []
    for gap, count in added:
        if lacking.rest(gap.reading) == gap.reading:
            passage = _passage(gap, count, reading)
            at_once = _again(gap.reading, _beside(gap, mine))
            if at_once or _again(gap.reading, known):
                repeated.append(replace(passage, at_once=at_once))
            else:
                invented.append(passage)
    return Agreement(
        share=2 * same / (len(mine) + len(theirs)) if mine or theirs else 1.0,
        words=len(theirs),
        missing=tuple(_missing(gap, count, witness, mine) for gap, count in missing),
        invented=tuple(invented),
        repeated=tuple(repeated),
        numbers=tuple(numbers.others(theirs, mine, apart)),
        misread=tuple(numbers.misread(theirs, mine, apart)),
    )


def _in_scripts_of(theirs: Sequence[Token], mine: Sequence[Token]) -> list[Token]:
    """Return words of a reading; those in a script of which the witness has none prove little."""
    scripts = {script_of(token.form[0]) for token in theirs}
    return [
        token
        if token.form[0].isdecimal() or script_of(token.form[0]) in scripts
        else token._replace(weight=OF_LABEL * token.weight)
        for token in mine
    ]


def _gaps(
    stretches: Sequence[Common], theirs: Sequence[Token], mine: Sequence[Token]
) -> Iterator[_Gap]:
    kept = [s for s in stretches if not _is_chance(theirs[s.a : s.a + s.size])]
    for witness, reading in between(kept, len(theirs), len(mine)):
        yield _Gap(list(theirs[witness]), list(mine[reading]), reading.start)


def _is_chance(same: Sequence[Token]) -> bool:
    letters = sum(len(token.form) for token in same)
    return len(same) < CHANCE_WORDS or (len(same) == CHANCE_WORDS and letters <= CHANCE_LETTERS)


def _left_out(gap: _Gap, count: int, given: _Pool) -> tuple[_Gap, int] | None:
    """Return the words of a gap that the reading has nowhere, and how many; None: there are few."""
    rest = given.rest(gap.witness)
    if len(rest) == len(gap.witness):
        return gap, count
    count = min(count, _words(rest))
    return (replace(gap, witness=rest), count) if count >= LEAST_RUN else None


def _counted(gaps: Sequence[_Gap], unread: Callable[[_Gap], int]) -> list[tuple[_Gap, int]]:
    """Return the gaps in which one side has words enough that the other lacks, and how many."""
    counts = ((gap, unread(gap)) for gap in gaps)
    return [(gap, count) for gap, count in counts if count >= LEAST_RUN]


def _unread(these: Sequence[Token], others: Sequence[Token]) -> int:
    """Return how many of these words the other side of the gap does not explain."""
    if not others or not these:
        return _words(these)
    one, other = ("".join(t.form for t in side) for side in (these, others))
    short = max(len(one), len(other)) <= LONGEST_COMPARED
    if short and fuzz.ratio(one, other, score_cutoff=ALIKE) >= ALIKE:
        rest = 1 - len(other) / len(one)
        return round(rest * _words(these)) if rest > MOST_REST else 0
    return _words(list(_without(these, others)))


def _without(these: Sequence[Token], others: Sequence[Token]) -> Iterator[Token]:
    """Yield these words but for as many as the others have of each."""
    known = Counter(token.form for token in others)
    for token in these:
        known[token.form] -= 1
        if known[token.form] < 0:
            yield token


def _words(found: Sequence[Token]) -> int:
    """Return how many printed words these are, an address or a formula of many parts being one."""
    weights: dict[int, float] = {}
    for token in found:
        weights[token.printed] = max(token.weight, weights.get(token.printed, 0.0))
    count = sum(weights.values())
    signs = sum(token.signs for token in found[1:])
    return 0 if signs >= SIGNS * len(weights) else round(count)


def _pairs(found: Iterable[Token]) -> Iterator[tuple[str, str]]:
    return pairwise([token.form for token in found])


def _again(found: Sequence[Token], said: Container[tuple[str, str]]) -> bool:
    """Whether most of a run's pairs of words were said, however often they come here."""
    again = [pair in said for pair in _pairs(found)]
    return sum(again) >= MOVED * len(again) > 0


def _beside(gap: _Gap, mine: Sequence[Token]) -> set[tuple[str, str]]:
    """Return the pairs of words just before and just behind a gap."""
    size = len(gap.reading)
    before = mine[max(0, gap.place - size - NEAR) : gap.place]
    behind = mine[gap.place + size : gap.place + 2 * size + NEAR]
    return {*_pairs(before), *_pairs(behind)}


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
