"""Which stretches of two lists of words are the same, in order; in time that grows with both.

Words that stand together once in each list and nowhere else are anchors (Bram Cohen's patience
diff); what lies between two anchors is small and is aligned exactly.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz.distance import LCSseq

GRAM = 3  # words of an anchor
MOST_CELLS = 4_000_000  # words of one list times words of the other that are aligned exactly


class Common(NamedTuple):
    """The same words in both lists: `first[a : a + size] == second[b : b + size]`."""

    a: int
    b: int
    size: int


def align(first: Sequence[str], second: Sequence[str]) -> list[Common]:
    """Return the stretches that both have, in the order of both; they do not touch."""
    head = _common(first, second)
    tail = _common(first[head:][::-1], second[head:][::-1])
    found: list[Common] = []
    before = Common(0, 0, head)
    ends = Common(len(first) - tail, len(second) - tail, tail)
    if head:
        found.append(before)
    one, other = first[head : ends.a], second[head : ends.b]
    inner = (Common(a + head, b + head, size) for a, b, size in _anchors(one, other))
    for anchor in (*inner, ends):
        for part in _exactly(first, second, before, anchor):
            _add(found, part)
        if anchor.size:
            _add(found, anchor)
        before = anchor
    return found


def _common(first: Sequence[str], second: Sequence[str]) -> int:
    """Return how many words both begin with."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(first), len(second)))


def _add(found: list[Common], part: Common) -> None:
    last = found[-1] if found else None
    if last and last.a + last.size == part.a and last.b + last.size == part.b:
        found[-1] = Common(last.a, last.b, last.size + part.size)
    else:
        found.append(part)


def _exactly(
    first: Sequence[str], second: Sequence[str], before: Common, after: Common
) -> Iterator[Common]:
    """Yield what is the same between two anchors; nothing where that would take too long."""
    a, b = before.a + before.size, before.b + before.size
    one, other = first[a : after.a], second[b : after.b]
    if not one or not other or len(one) * len(other) > MOST_CELLS:
        return
    for step in LCSseq.opcodes(one, other):
        if step.tag == "equal":
            yield Common(a + step.src_start, b + step.dest_start, step.src_end - step.src_start)


def _anchors(first: Sequence[str], second: Sequence[str]) -> list[Common]:
    """Return stretches around words that stand together once in each list, in order."""
    one, other = _single_grams(first), _single_grams(second)
    places = sorted((at, other[gram]) for gram, at in one.items() if gram in other)
    chain = _longest_rising(places)
    anchors: list[Common] = []
    for a, b in chain:
        last = anchors[-1] if anchors else Common(0, 0, 0)
        if a - last.a == b - last.b and a < last.a + last.size:
            anchors[-1] = Common(last.a, last.b, a + GRAM - last.a)
        elif a >= last.a + last.size and b >= last.b + last.size:
            anchors.append(Common(a, b, GRAM))
    return anchors


def _single_grams(words: Sequence[str]) -> dict[tuple[str, ...], int]:
    places: dict[tuple[str, ...], int] = {}
    for at in range(len(words) - GRAM + 1):
        gram = tuple(words[at : at + GRAM])
        places[gram] = -1 if gram in places else at
    return {gram: at for gram, at in places.items() if at >= 0}


def _longest_rising(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest part of pairs, sorted by the first number, whose second one rises."""
    tails: list[int] = []  # the smallest second number that ends a chain of this length
    at_tail: list[int] = []  # index of the pair that it is from
    before: list[int] = []
    for index, (_, second) in enumerate(places):
        length = bisect_left(tails, second)
        before.append(at_tail[length - 1] if length else -1)
        tails[length : length + 1] = [second]
        at_tail[length : length + 1] = [index]
    chain: list[tuple[int, int]] = []
    index = at_tail[-1] if at_tail else -1
    while index >= 0:
        chain.append(places[index])
        index = before[index]
    return chain[::-1]


def between(stretches: Sequence[Common], first: int, second: int) -> Iterator[tuple[slice, slice]]:
    """Yield what lies between stretches of lists so long, and at both ends; never both empty."""
    edges = (Common(0, 0, 0), *stretches, Common(first, second, 0))
    for one, other in pairwise(edges):
        mine, theirs = slice(one.a + one.size, other.a), slice(one.b + one.size, other.b)
        if mine.start < mine.stop or theirs.start < theirs.stop:
            yield mine, theirs
