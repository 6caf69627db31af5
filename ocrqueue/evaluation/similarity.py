"""How near two texts are, word by word; pure.

Everything is compared after the same normalisation, so that quotes, ligatures, hyphens at line
ends and Markdown's own signs never count for or against who wrote it.
"""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz.distance import Indel

_HYPHENATED = re.compile(r"(?<=\w)(?:[-\u2010\u00ad][^\S\n]*+\n\s*+|\ufffe[\r\n]*+)(?=[^\W\d_])")
_COMPOUND = re.compile(r"(?<=[^\W\d_])- ?(?=[^\W\d_])")  # a truth may keep its line ends
_QUOTES = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'", "`": "'"}
    | {"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2033": '"', "\u00ab": '"', "\u00bb": '"'}
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_RULE = re.compile(r"^[^\S\n]*+\|?(?:[^\S\n]*+:?-{3,}+:?[^\S\n]*+\|?)++[^\S\n]*+$", re.MULTILINE)
_MARK = re.compile(r"^[^\S\n]*+(?:#{1,6}\s++|>\s++|[-*+]\s++)", re.MULTILINE)
_COMMENT = re.compile(r"<!--(?:[^-]++|-(?!->))*+(-->)?")
_ADDRESS = re.compile(r"\]\((?:https?|mailto):[^()\s]*+\)")  # of a link: no page shows it
_WORD = re.compile(r"[^\W_]+")
_PIECE = re.compile(r"\S+\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class WordScore:
    """Words of the truth that were read, and words read that are true (0 to 1)."""

    recall: float
    precision: float
    words: int  # in the truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a text, and whether the other text has it too."""

    text: str
    same: bool


def score(text: str, truth: str) -> WordScore:
    """Compare as bags of words; an empty truth is read perfectly by an empty text."""
    read, true = Counter(words(text)), Counter(words(truth))
    both = (read & true).total()
    return WordScore(
        recall=both / true.total() if true else 1.0,
        precision=both / read.total() if read else 1.0,
        words=true.total(),
    )


def similarity(one: str, other: str) -> float:
    """Return how alike the words of two texts and their order are: 0 (nothing) to 1 (the same)."""
    return float(Indel.normalized_similarity(words(one), words(other)))


def differences(text: str, other: str) -> Iterator[Stretch]:
    """Yield the whole text in stretches that the other text has, or has not, in this order."""
    pieces = _PIECE.findall(text)
    mine, theirs = [piece.strip() for piece in pieces], other.split()
    for step in Indel.opcodes(mine, theirs):
        if step.src_start < step.src_end:
            stretch = "".join(pieces[step.src_start : step.src_end])
            yield Stretch(text=stretch, same=step.tag == "equal")


def words(text: str) -> list[str]:
    """Return the words of Markdown or plain text, normalised."""
    return _WORD.findall(plain(text).casefold().replace("'", ""))


def plain(text: str) -> str:
    """Return the text without Markdown's signs, on normal quotes, ligatures and hyphens."""
    text = _HYPHENATED.sub("", text.replace("\r\n", "\n"))
    text = _COMMENT.sub(lambda found: "" if found[1] else found[0], _ADDRESS.sub("]", text))
    text = _MARK.sub("", _RULE.sub("", text))
    text = html.unescape(_ESCAPED.sub(r"\1", text)).replace("|", " ")
    text = " ".join(unicodedata.normalize("NFKC", text).translate(_QUOTES).split())
    return _COMPOUND.sub("", text.replace("''", '"'))
