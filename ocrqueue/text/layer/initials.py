"""A large first letter that stands beside several lines goes to the word that it begins."""

from collections.abc import Sequence
from statistics import median

from ocrqueue.text.layer.words import LayerWord

LARGE = 1.8  # times the usual size
NEAR = 0.8  # usual sizes between it and its word
MOST = 20  # such letters on a page
_WORDS = frozenset("AI")  # letters that may be a word by themselves
_VOWELS = frozenset("aeiouy")


def with_initials(words: Sequence[LayerWord]) -> list[LayerWord]:
    """Return the words, each large first letter joined to the rest of its word."""
    if not words:
        return []
    usual = median(word.size for word in words)
    found = list(words)
    large = [at for at, word in enumerate(words) if _is_initial(word, usual)][:MOST]
    gone = set()
    for at in large:
        beside = [other for other, word in enumerate(found) if _begins(words[at], word, usual)]
        if beside:
            first = min(beside, key=lambda other: found[other].base)
            found[first] = _joined(words[at], found[first])
            gone.add(at)
    return [word for at, word in enumerate(found) if at not in gone]


def _is_initial(word: LayerWord, usual: float) -> bool:
    return len(word.text) == 1 and word.text.isupper() and word.size >= LARGE * usual


def _begins(initial: LayerWord, word: LayerWord, usual: float) -> bool:
    """Whether a word stands right of the letter, in a line above its foot, and goes on in it."""
    beside = -NEAR * usual < word.left - initial.right < NEAR * usual
    above = initial.base - initial.size < word.base < initial.base - 0.5 * usual
    return beside and above and word.size < LARGE * usual and word.text[0].islower()


def _joined(initial: LayerWord, word: LayerWord) -> LayerWord:
    """Return both as one word; "A new" stays two, "As" and "After" do not."""
    syllable = len(word.text) > 2 and bool(_VOWELS & set(word.text[:2]))  # noqa: PLR2004
    alone = initial.text in _WORDS and syllable
    return word._replace(text=f"{initial.text}{' ' if alone else ''}{word.text}")
