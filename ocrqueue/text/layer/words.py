"""Characters of one direction -> words, parted by the space between them."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from statistics import median
from typing import NamedTuple

from ocrqueue.text import escape, marks
from ocrqueue.text.hocr.layout import split_where
from ocrqueue.text.layer.sheet import BOLD, MISSING, PIECE, SPACED, Character

GAP = 0.25  # of the letters' size between two words
SPACED_GAP = 0.06  # the same where the file has a blank; blanks within words have none
BACK = 0.5  # of the size; so far back a new word begins
APART = 0.52  # of the size between the baselines of two words; a raised figure has less
SPACED_OUT = (0.08, 0.7)  # of the size that letters of a spaced line stand apart
LEAST_SPACED, MOST_SPACED = 5, 150  # gaps before letters in such a line; none has more
ALIKE = 0.06  # of the size; so much such gaps may differ
LETTERS = 0.95  # of the largest letter's size have those of its word that are neither up nor down
LEVEL = 0.1  # of the size; letters of one line differ by less
LEADER = 5  # dots in a row; three are an ellipsis
FAR = 2.5  # sizes between two words of a line
DOUBLE = 0.12  # of the size; a letter drawn again so near is to look bold
ASCENT, DESCENT = 0.76, 0.22  # of the size above and below the baseline
LEAST_SIZE, MOST_SIZE = 0.4, 2.5  # times the height of a letter's box; else the size is made up
ACCENTS = {  # signs that stand alone -> what they are on a letter
    "\u00b4": "\u0301", "`": "\u0300", "\u00a8": "\u0308", "\u02c6": "\u0302",
    "\u02dc": "\u0303", "\u02c7": "\u030c", "\u00b8": "\u0327", "\u02d8": "\u0306",
    "\u02d9": "\u0307", "\u02da": "\u030a", "\u02dd": "\u030b", "\u02db": "\u0328",
    "\u00af": "\u0304",
}  # fmt: skip
LARGE = 1.8  # times the usual size has a first letter that stands beside several lines
NEAR = 0.8  # usual sizes between it and its word
MOST_INITIALS = 20  # on a page
_INITIALS = frozenset("AI")  # those that may be a word by themselves
_VOWELS = frozenset("aeiouy")
_DOTLESS = {"\u0131": "i", "\u0237": "j"}
_FORMS = re.compile("[\ufb00-\ufdff\ufe70-\ufefc]")  # ligatures and forms of letters
# What a page cannot mean: soft hyphens, specials and surrogates. Private characters are signs that
# only the file's font knows; like those without a code they must be seen to be missing.
_UNWANTED = re.compile("[\x00-\x1f\u00ad\ufffc\ufffe\uffff\ud800-\udfff]")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_SYMBOLS = str.maketrans(  # what office programs take from the fonts Symbol and Wingdings
    {"\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "➢", "\uf0fc": "✓", "\uf06e": "■", "\uf06f": "□"}
    | {"\uf0a8": "□", "\uf02d": "-", "\uf0e0": "→", "\uf076": "❖", "\uf0be": "-", "\uf0d7": "·"}
    | {"\uf0fe": "☑", "\uf0fd": "☒"}
)
_BOXES = str.maketrans(dict.fromkeys("☑☒", marks.TICKED) | dict.fromkeys("☐❏❐❑❒", marks.EMPTY))
_LEADER = re.compile(r"[.…·_]{3,}")  # dots that lead the eye to a page number, and blanks to fill
_DOT = "."


class LayerWord(NamedTuple):
    """A word and where it stands, in pixels of its frame; `size` is that of its font."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    base: float
    size: float
    bold: bool


def words(characters: Sequence[Character]) -> list[LayerWord]:
    """Return the words of upright characters, in the order the file has them."""
    once = _composed(list(_once(characters)))
    whole = grouped([*_closed(once)])
    groups = (part for group in whole for part in _between_leaders(group))
    found = [word for word in map(_word, groups) if word.text and not _LEADER.fullmatch(word.text)]
    runs = (list(run) for _, run in groupby(found, key=lambda word: word.text == _DOT))
    return [word for run in runs if run[0].text != _DOT or len(run) < LEADER for word in run]


def with_initials(words: Sequence[LayerWord]) -> list[LayerWord]:
    """Return the words, each large first letter beside lines joined to the rest of its word."""
    if not words:
        return []
    usual = median(word.size for word in words)
    found = list(words)
    large = [at for at, word in enumerate(words) if _is_initial(word, usual)][:MOST_INITIALS]
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
    alone = initial.text in _INITIALS and syllable
    return word._replace(text=f"{initial.text}{' ' if alone else ''}{word.text}")


def sound(one: Character) -> Character:
    """Return the character with a size that fits its box: some files make one up."""
    height = one.bottom - one.top
    if height <= 0 or LEAST_SIZE * height <= one.size <= MOST_SIZE * height:
        return one
    return one._replace(size=height)


def _once(characters: Sequence[Character]) -> Iterator[Character]:
    """Yield each letter once, be it drawn twice to look bold."""
    seen: set[tuple[str, int, int, int]] = set()
    kept = True
    for one in characters:
        if one.look & PIECE:
            if kept:
                yield one
            continue
        size = round(one.size)
        cell = max(1.0, DOUBLE * size)
        across, down = one.x / cell, one.y / cell
        x, y = int(across - 0.5), int(down - 0.5)
        sign = one.sign
        near = {(sign, size, x + dx, y + dy) for dx in (0, 1) for dy in (0, 1)}
        kept = seen.isdisjoint(near)
        if kept:
            seen.add((sign, size, int(across), int(down)))
            yield one


def _composed(characters: list[Character]) -> list[Character]:
    """Put accents that are drawn as signs of their own on their letters."""
    if not any(one.sign in ACCENTS for one in characters):
        return characters
    gone: set[int] = set()
    for place, accent in enumerate(characters):
        if accent.sign not in ACCENTS:
            continue
        for near in (place + 1, place - 1, place + 2):
            if 0 <= near < len(characters) and near not in gone:
                letter = characters[near]
                whole = _with_accent(letter.sign, accent.sign)
                if whole and _is_over(accent, letter):
                    spaced = (accent.look | letter.look) & SPACED
                    characters[near] = letter._replace(sign=whole, look=letter.look | spaced)
                    gone.add(place)
                    break
    return [one for place, one in enumerate(characters) if place not in gone]


def _between_leaders(group: Sequence[Character]) -> Iterator[list[Character]]:
    """Yield the parts of a word that many dots lead from and to."""
    part: list[Character] = []
    for is_dot, run in groupby(group, key=lambda one: one.sign == _DOT):
        signs = list(run)
        if not is_dot or len(signs) < LEADER:
            part += signs
        elif part:
            yield part
            part = []
    if part:
        yield part


def _closed(characters: Sequence[Character]) -> Iterator[Character]:
    """Yield the letters, those of l e t t e r s p a c e d lines as wide as they stand apart."""
    for run in split_where(characters, _is_elsewhere):
        pairs = [(one, other) for one, other in pairwise(run) if other.sign.isalpha()]
        gaps = sorted(other.left - one.right for one, other in pairs)
        size = run[0].size
        usual = gaps[len(gaps) // 3] if LEAST_SPACED <= len(gaps) <= MOST_SPACED else 0.0
        alike = sum(abs(gap - usual) < ALIKE * size for gap in gaps)
        if not SPACED_OUT[0] * size < usual < SPACED_OUT[1] * size or alike < 0.6 * len(gaps):
            usual = 0.0
        yield from (one._replace(right=one.right + usual) if usual else one for one in run)


def _is_elsewhere(before: Character, one: Character) -> bool:
    """Whether a letter is in another line than the one before, or in another size."""
    level = abs(one.y - before.y) < LEVEL * one.size
    near = -LEVEL * one.size < one.left - before.right < FAR * one.size
    return not level or not near or abs(one.size - before.size) > LEVEL * one.size


def _with_accent(letter: str, accent: str) -> str:
    """Return both as one letter; "" where there is none."""
    whole = unicodedata.normalize("NFC", _DOTLESS.get(letter, letter) + ACCENTS[accent])
    return whole if len(whole) == 1 and letter.isalpha() else ""


def _is_over(accent: Character, letter: Character) -> bool:
    middle, more = (accent.left + accent.right) / 2, 0.1 * letter.size
    level = abs(accent.y - letter.y) < letter.size
    return level and letter.left - more <= middle <= letter.right + more


def grouped(characters: Sequence[Character]) -> Iterator[list[Character]]:
    """Yield the characters of each word, in the order the file has them."""
    return split_where(characters, _parted)


def _parted(before: Character, one: Character) -> bool:
    """Whether a new word begins."""
    size = max(before.size, one.size)
    if abs(one.y - before.y) > APART * size:
        return True
    gap = one.left - before.right
    if one.left < before.left and _is_turned(one.sign) and _is_turned(before.sign):
        gap = before.left - one.right
    elif one.left < before.left - BACK * before.size:
        return True
    return gap > (SPACED_GAP if one.look & SPACED else GAP) * size


def _is_turned(sign: str) -> bool:
    return sign > "\u0590" and unicodedata.bidirectional(sign) in {"R", "AL", "NSM"}


def _word(group: Sequence[Character]) -> LayerWord:
    signs, lefts, _, rights, _, _, bases, sizes, _, looks = zip(*group, strict=True)
    if max(bases) - min(bases) > LEVEL * max(sizes):  # figures may be raised: letters tell
        large = [one for one in group if one.size > LETTERS * max(sizes)]
        bases, sizes = zip(*((one.y, one.size) for one in large), strict=True)
    size, base = _middle(sizes), _middle(bases)
    return LayerWord(
        text=spelt("".join(signs)),
        left=min(lefts),
        top=base - ASCENT * size,
        right=max(rights),
        bottom=base + DESCENT * size,
        base=base,
        size=size,
        bold=2 * sum(look & BOLD for look in looks) > len(group),
    )


def _middle(values: Sequence[float]) -> float:
    """Return the median; nearly all words have one value alone."""
    return values[0] if values.count(values[0]) == len(values) else median(values)


def spelt(text: str) -> str:
    """Return text in composed letters, without what nobody sees."""
    if text.isascii() and text.isprintable():
        return text
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    whole = _FORMS.sub(lambda found: unicodedata.normalize("NFKC", found[0]), whole)
    whole = unicodedata.normalize("NFC", whole)
    whole = _PRIVATE.sub(MISSING, _UNWANTED.sub("", escape.printable(whole.translate(_SYMBOLS))))
    return "".join(whole.translate(_BOXES).split())
