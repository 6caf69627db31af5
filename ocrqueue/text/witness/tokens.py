"""The words of a reading that can be witnessed, each with its place in the text."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from ocrqueue.text import prose

LEAST_LETTERS = 3  # shorter words are read wrong too often, and stand everywhere
LEAST_DIGITS = 2  # a word with a digit in it needs no more signs
LABEL = 3  # words of a line at most, where they may be no line of text
OF_LABEL = 0.25  # of a word, what one of a label counts for
LONGEST = 16  # digits of two numbers that are marks of an axis
AXIS = 4  # numbers in equal steps at least, where they are the marks of an axis
_WITHOUT_SPACES = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
_BETWEEN_WORDS = re.compile(r"[\s|]")
_SIGN = re.compile(r"[=<>+\u00b1\u00d7\u2190-\u22ff\u27c0-\u2aff\U0001d400-\U0001d7ff]")
_FORMULA_LETTER = re.compile(r"[\U0001d400-\U0001d7ff]")
_PIECE = re.compile(r"[^\W_]+")
_HYPHEN = re.compile(r"[-\u2010\u2011\u00ad\ufffe]\s{0,8}")


class Token(NamedTuple):
    """One word as it is compared, and where it stands in its text."""

    form: str
    begin: int
    end: int
    printed: int  # where the word begins that it is a part of: an address is one word
    signs: int  # of formulas, between the word before it and its own end
    weight: float  # how much it says for itself, as a part of what is missing or made up

    @property
    def is_number(self) -> bool:
        """Whether the word is one that counts something."""
        return self.form[0].isdigit()


def tokens(text: str) -> list[Token]:
    """Return the words of Markdown, in order.

    Case, accents, ligatures, hyphens and the signs of Markdown, HTML and LaTeX make no difference;
    in scripts without spaces each sign is a word. Formulas are no words: no other reader spells
    them the same way.
    """
    found = _tokens(text, prose.alone(text))
    ends = [at for at, sign in enumerate(text) if sign == "\n"]
    lines = groupby(found, key=lambda token: bisect_left(ends, token.begin))
    return [token for _, line in lines for token in _as_label(list(line))]


def plain(text: str) -> list[Token]:
    """Return the words of a text in which no sign is Markdown: a price opens no formula."""
    return _tokens(text, _FORMULA_LETTER.sub(" ", text))


@lru_cache(maxsize=4096)
def script_of(letter: str) -> str:
    """Return the script of a letter as its name begins: LATIN, ARABIC, CJK."""
    return unicodedata.name(letter, "").partition(" ")[0]


def _as_label(line: Sequence[Token]) -> Sequence[Token]:
    """Return the words of a line; what may be a label of a picture counts for less."""
    if len(line) > LABEL:
        return line
    return [token._replace(weight=OF_LABEL * token.weight) for token in line]


def _without_axes(found: list[Token]) -> list[Token]:
    """Return words; numbers that follow each other in equal steps say nothing of a text."""
    begin, step = 0, 0
    for at in range(1, len(found) + 1):
        further = at < len(found) and _step(found[at - 1], found[at])
        if further and further == step:
            continue
        if step and at - begin >= AXIS:
            found[begin:at] = [token._replace(weight=0.0) for token in found[begin:at]]
        begin, step = at - 1, further or 0
    return found


def _step(one: Token, other: Token) -> int:
    """Return by how much a number is more than the one before it; 0: they are no numbers."""
    if one.form.isdecimal() and other.form.isdecimal() and len(one.form + other.form) <= LONGEST:
        return int(other.form) - int(one.form)
    return 0


def _tokens(text: str, shown: str) -> list[Token]:
    found: list[Token] = []
    signs = [sign.start() for sign in _SIGN.finditer(text)]
    printed = before = counted = 0
    for begin, end in _whole_words(shown):
        is_sign = _WITHOUT_SPACES.search(shown, begin, end) is not None
        if _BETWEEN_WORDS.search(shown, before, begin):
            printed = begin
        before = end
        step = 1 if is_sign else end - begin
        for place in range(begin, end, step):
            form = _form(shown[place : place + step])
            if _tells(form):
                after = bisect_left(signs, end, counted) if signs else 0
                at = place if is_sign else printed
                weight = _weight(form)
                found.append(Token(form, place, place + step, at, after - counted, weight))
                counted = after
    return _without_axes(found)


def _whole_words(text: str) -> Iterator[tuple[int, int]]:
    """Yield begin and end of each word; what a hyphen parts is one."""
    begin = end = -1
    for piece in _PIECE.finditer(text):
        if begin >= 0 and _is_one_word(text, end, piece.start()):
            end = piece.end()
            continue
        if begin >= 0:
            yield begin, end
        begin, end = piece.span()
    if begin >= 0:
        yield begin, end


def _is_one_word(text: str, end: int, begin: int) -> bool:
    if not 1 <= begin - end <= 9:  # noqa: PLR2004 - a hyphen, and a line's end with an indent
        return False
    if not (text[end - 1].isalpha() and text[begin].isalpha()):
        return False
    return _HYPHEN.fullmatch(text, end, begin) is not None


def _form(word: str) -> str:
    if word.isascii() and word.isalnum():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word).casefold()
    return "".join(char for char in plain if char.isalnum())


def _weight(form: str) -> float:
    """A number is half a word, and what has letters and digits none: formulas have many."""
    if form.isalpha():
        return 1.0
    return 0.5 if form.isdecimal() else 0.0


def _tells(form: str) -> bool:
    if not form.isalpha() and any(char.isdigit() for char in form):
        return len(form) >= LEAST_DIGITS
    return len(form) >= LEAST_LETTERS or _WITHOUT_SPACES.match(form) is not None
