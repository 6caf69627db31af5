"""Marks the words that lead to an address."""

from collections.abc import Sequence
from itertools import groupby

from ocrqueue.text import marks
from ocrqueue.text.layer.sheet import Link, Rect
from ocrqueue.text.layer.words import LayerWord

_ADDRESS = ("http:", "https:", "www.", "mailto:")


def linked(words: Sequence[LayerWord], links: Sequence[Link]) -> list[LayerWord]:
    """Return the words, those of a link marked; an address that is printed needs no mark."""
    found = list(words)
    for number, link in enumerate(links[: marks.MOST_LINKS]):
        those = [at for at, word in enumerate(found) if _is_in(word, link.box)]
        for _, run in groupby(those, key=lambda at: round(found[at].base)):
            _mark(found, list(run), number)
    return found


def _is_in(word: LayerWord, box: Rect) -> bool:
    middle, height = (word.left + word.right) / 2, word.base - 0.3 * word.size
    return box.left <= middle <= box.right and box.top <= height <= box.bottom


def _mark(found: list[LayerWord], run: Sequence[int], number: int) -> None:
    """Mark words of one row, unless they are an address or marked already."""
    text = " ".join(found[at].text for at in run)
    plain = text.lower().startswith(_ADDRESS) or ("@" in text and len(run) == 1)
    if plain or len(text) < 2 or any("\ue000" <= sign <= "\uf8ff" for sign in text):  # noqa: PLR2004
        return
    ordered = sorted(run, key=lambda at: found[at].left)
    first, last = found[ordered[0]], found[ordered[-1]]
    found[ordered[0]] = first._replace(text=first.text[0] + marks.begin(number) + first.text[1:])
    last = found[ordered[-1]]
    found[ordered[-1]] = last._replace(text=last.text[:-1] + marks.end() + last.text[-1])
