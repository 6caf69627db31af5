"""How far what an engine read is what a text layer says: letter by letter, and figure by figure."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher

from ocrqueue.text.hocr.layout import Word
from ocrqueue.text.layer.glyphs import LAST_LATIN

ENOUGH = 3  # lines, of which one may be left out
SAME = str.maketrans("‘’‚‛“”„‟′″‐‑‒–—−", "''''\"\"\"\"'\"------")  # noqa: RUF001
MIXED = 0.9  # share of Latin letters in a line; below, an engine makes anything of its other words
OTHER_SCRIPT = 75.0  # confidence of Latin words read where the layer has another script
LEAST_KNOWN = 10  # letters and figures of them
LEAST_NUMBER = 3  # figures of a word
LEAST_FIGURES = 10  # fewer tell nothing
FIGURES_ALIKE = 0.6  # of the figures; honest layers have 0.74, exchanged ones 0.39 at most
LEAST_EXCHANGED, MOST_KEPT = 4, 0.4  # times a letter is read as one other, and share it is not
_LIKE = ("bhk", "ceo", "fijlrst", "hmn", "nuv", "vwy", "gqy")  # letters that an engine confuses

Pairs = Sequence[tuple[str, Sequence[Word]]]  # a line, and what was read in its place


def agreement(pairs: Pairs, alike: Callable[[str, Sequence[Word]], float]) -> float:
    """Return how far lines are what was read, 0 to 1; 1 where there are none.

    A letter of a long line counts as much as one of a short line. Where there are three lines or
    more, the one that is least alike is left out: it may be a formula or a signature. Not where it
    has most of the letters: the others are figures then.
    """
    told = [(alike(text, words), len(text), sum(map(str.isalpha, text))) for text, words in pairs]
    odd, *others = sorted(told) or [(1.0, 0, 0)]
    enough = len(told) >= ENOUGH and 2 * odd[2] <= sum(letters for _, _, letters in told)
    kept = others if enough else told
    signs = sum(length for _, length, _ in kept)
    return sum(alike * length for alike, length, _ in kept) / signs if signs else 1.0


def alike_of_latin(text: str, words: Sequence[Word]) -> float:
    """Return how far a line is what was read; of a mixed one its Latin letters alone are held."""
    if latin_share(text) >= MIXED:
        return ratio(text, words)
    read = plain(_joined(words))
    latin = [sign for sign in plain(text) if sign.isalpha() and sign <= LAST_LATIN]
    found = SequenceMatcher(None, latin, read, autojunk=False).get_matching_blocks()
    return sum(block.size for block in found) / max(1, len(latin))


def ratio(text: str, words: Sequence[Word]) -> float:
    """Return how far a line is what was read."""
    read = plain(_joined(words))
    return SequenceMatcher(None, plain(text), read, autojunk=False).ratio()


def figures_agree(pairs: Pairs) -> bool:
    """Whether numbers are what was read; also where they are too few to tell.

    One that the engine saw nothing of says nothing: it leaves out small print below large one.
    """
    held = [(_figures(text), _figures(_joined(words))) for text, words in pairs if words]
    count = sum(len(own) for own, _ in held)
    same = sum(
        block.size
        for own, read in held
        for block in SequenceMatcher(None, own, read, autojunk=False).get_matching_blocks()
    )
    return count < LEAST_FIGURES or same >= FIGURES_ALIKE * count


def is_number(word: Word) -> bool:
    """Whether a word is of figures rather than letters."""
    figures = sum(sign.isascii() and sign.isdecimal() for sign in word.text)
    return figures >= max(LEAST_NUMBER, len(word.text) / 2)


def are_exchanged(pairs: Pairs) -> bool:
    """Whether a letter is nearly always read as one other that does not look like it."""
    letters: Counter[str] = Counter()
    taken: Counter[tuple[str, str]] = Counter()
    for text, words in pairs:
        own, read = plain(text), plain(_joined(words))
        letters.update(own)
        matcher = SequenceMatcher(None, own, read, autojunk=False)
        for what, start, stop, at, end in matcher.get_opcodes():
            if what == "replace" and stop - start == end - at:
                taken.update(zip(own[start:stop], read[at:end], strict=True))
    return any(
        count >= LEAST_EXCHANGED
        and letters[one] - count <= MOST_KEPT * letters[one]
        and "a" <= min(one, other) <= max(one, other) <= "z"
        and not any(one in like and other in like for like in _LIKE)
        for (one, other), count in taken.items()
    )


def are_others(text: str, words: Sequence[Word]) -> bool:
    """Whether an engine surely read Latin letters and figures, of which a line has hardly any."""
    sure = [word.text for word in words if word.confidence >= OTHER_SCRIPT]
    letters = _known("".join(sure))
    return letters >= max(LEAST_KNOWN, 2 * _known(text)) and 2 * len(sure) >= len(words)


def _known(text: str) -> int:
    return sum(sign <= LAST_LATIN and sign.isalnum() for sign in text)


def latin_share(text: str) -> float:
    """Return the share of letters that are Latin; 1 where there are none."""
    letters = [sign for sign in text if sign.isalpha()]
    return sum(sign <= LAST_LATIN for sign in letters) / len(letters) if letters else 1.0


def plain(text: str) -> str:
    """Return letters and figures alone, small, without accents."""
    return "".join(_signs(text.translate(SAME)))


def _signs(text: str) -> Iterator[str]:
    for sign in unicodedata.normalize("NFKD", text).casefold():
        if sign.isalnum() and not unicodedata.combining(sign):
            yield sign


def _figures(text: str) -> str:
    return "".join(sign for sign in text if sign.isdecimal() and sign.isascii())


def _joined(words: Sequence[Word]) -> str:
    return "".join(word.text for word in words)
