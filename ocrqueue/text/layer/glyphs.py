"""Do letters that look alike mean the same? Holds a text layer against its picture unread; pure.

Who has no data for a script can still see whether what stands at the places of one letter looks the
same. It does not where the text is another page's, in other lines, or made of chance letters. A
layer that exchanges one letter for another throughout looks as sound as an honest one.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ocrqueue.model.page import PageImage
from ocrqueue.text.layer.sheet import HIDDEN, UNSHOWN, Character
from ocrqueue.text.shapes import GRID, Shape, shape

LETTERS = 16  # the commonest ones are looked at
EACH = 10  # places of each, from all over the page
LEAST_EACH = 2
LEAST = 12  # places in all; fewer prove nothing
LEAST_ALIKE = 0.45  # 187 honest pages: 0.47 and more; others' text in these places: 0.44 at most
LAST_LATIN = "\u024f"


def are_alike(characters: Sequence[Character], image: PageImage) -> bool:
    """Whether letters that look alike mean the same, in Latin script and in all others."""
    seen = [one for one in characters if one.sign.isalpha() and not one.look & (HIDDEN | UNSHOWN)]
    latin = [one for one in seen if one.sign <= LAST_LATIN]
    others = [one for one in seen if one.sign > LAST_LATIN]
    return all(alike(those, image) >= LEAST_ALIKE for those in (latin, others))


def alike(letters: Sequence[Character], image: PageImage) -> float:
    """Return how often the shape that is most like a letter's is the same letter, 0 to 1.

    1 where too few letters stand at several places. `image` is grey.
    """
    shapes = list(_shapes(letters, image))
    if len(shapes) < LEAST:
        return 1.0
    right = sum(_nearest(at, shapes) == sign for at, (sign, _) in enumerate(shapes))
    return right / len(shapes)


def _nearest(at: int, shapes: Sequence[tuple[str, Shape]]) -> str:
    """Return the letter of another place whose shape is most like this one's."""
    own = shapes[at][1]
    distances = [(own ^ other).bit_count() for _, other in shapes]
    distances[at] = GRID * GRID + 1
    return shapes[distances.index(min(distances))][0]


def _shapes(letters: Sequence[Character], image: PageImage) -> Iterator[tuple[str, Shape]]:
    """Yield the shapes of the commonest letters, each at some of its places."""
    places: dict[str, list[Character]] = defaultdict(list)
    for one in letters:
        places[one.sign].append(one)
    for sign in sorted(places, key=lambda sign: -len(places[sign]))[:LETTERS]:
        there = places[sign]
        if len(there) >= LEAST_EACH:
            spread = there[:: max(1, len(there) // EACH)][:EACH]
            found = [seen for one in spread if (seen := _shape(one, image))]
            yield from ((sign, seen) for seen in found if len(found) > 1)


def _shape(one: Character, image: PageImage) -> Shape:
    """Return what stands in a letter's box; 0 where nothing does."""
    ink = shape(image, (one.left, one.top, one.right, one.bottom))
    is_white_on_dark = 2 * ink.bit_count() > GRID * GRID
    return ink ^ ((1 << GRID * GRID) - 1) if is_white_on_dark else ink
