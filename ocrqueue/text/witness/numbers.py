"""Which numbers stand where another reading has others: told by the words around them; pure.

Numbers are few, and text that moved keeps its words: so each number is looked for by its neighbours
and not by its place in the reading.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from ocrqueue.text.witness.tokens import Token

# A number's neighbours: the word before and the one behind, two before, two behind.
_AROUND = ((-1, 1), (-2, -1), (1, 2))
_Place = tuple[int, str, str]


def others(theirs: Sequence[Token], mine: Sequence[Token]) -> list[tuple[str, str]]:
    """Return numbers of the first reading, each with the one that the second has in its place.

    A place counts that is there once in each; where one of them bears the number out, it is right.
    """
    known = _single(mine)
    found: list[tuple[str, str]] = []
    for place, token in enumerate(theirs):
        if token.is_number:
            said = [known[at] for at in _places(theirs, place) if known.get(at)]
            if said and token.form not in said:
                found.append((token.form, said[0]))
    return found


def crossed(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the pairs of numbers that stand in each other's place."""
    found = Counter(pairs)
    return [(a, b) for a, b in found if a < b and (b, a) in found]


def _single(words: Sequence[Token]) -> dict[_Place, str]:
    """Return the number at each place; "" where a place is there more than once."""
    found: dict[_Place, str] = {}
    for at, token in enumerate(words):
        if token.is_number:
            for place in _places(words, at):
                found[place] = "" if place in found else token.form
    return found


def _places(words: Sequence[Token], at: int) -> Iterator[_Place]:
    for kind, (first, second) in enumerate(_AROUND):
        if at + first >= 0 and at + second < len(words):
            yield kind, words[at + first].form, words[at + second].form
