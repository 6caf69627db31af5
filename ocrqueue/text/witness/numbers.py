"""Which numbers stand where another reading has others: told by the words around them; pure.

Text that moved keeps its words: so each number is looked for by its neighbours first, and by its
place in the reading where these are no help.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ocrqueue.text.witness.tokens import Token

SMALL_GAP = 4  # words in which a number stands against a number
# A number's neighbours: the word before and the one behind, two before, two behind.
_AROUND = ((-1, 1), (-2, -1), (1, 2))
_Place = tuple[int, str, str]


def others(
    theirs: Sequence[Token], mine: Sequence[Token], between: Iterable[tuple[slice, slice]]
) -> list[tuple[str, str]]:
    """Return numbers of the first reading, each with the one that the second has in its place.

    A place counts that is there once in each; where one of them bears the number out, it is right.
    Else those stand in each other's place that alone are `between` words which both have.
    """
    known = _single(mine)
    said = {
        at: [known[place] for place in _places(theirs, at) if known.get(place)]
        for at, token in enumerate(theirs)
        if token.is_number
    }
    for one, other in between:
        if max(one.stop - one.start, other.stop - other.start) <= SMALL_GAP:
            places = [at for at in range(one.start, one.stop) if theirs[at].is_number]
            forms = [token.form for token in mine[other] if token.is_number]
            if len(places) == len(forms):
                for at, form in zip(places, forms, strict=True):
                    said[at].append(form)
    return [
        (theirs[at].form, forms[0])
        for at, forms in said.items()
        if forms and theirs[at].form not in forms
    ]


def misread(
    theirs: Sequence[Token], mine: Sequence[Token], between: Iterable[tuple[slice, slice]]
) -> Iterator[tuple[str, str]]:
    """Yield numbers of the first reading, each with another one, as long, that the second has.

    Those count that alone differ between words which both have. What is longer or shorter may be
    parted otherwise, and what counts for nothing is only guessed, or a mark of an axis.
    """
    for one, other in between:
        if one.stop - one.start == other.stop - other.start:
            pairs = list(zip(theirs[one], mine[other], strict=True))
            if all(_is_misread(number, said) for number, said in pairs):
                yield from ((number.form, said.form) for number, said in pairs)


def _is_misread(number: Token, said: Token) -> bool:
    are_numbers = number.form.isdecimal() and said.form.isdecimal()
    return are_numbers and len(number.form) == len(said.form) and number.weight * said.weight > 0


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
