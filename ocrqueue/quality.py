"""Is a reply what the page says? Judged from its text, its confidence and the page's ink; pure.

The limits were measured on the test documents with `python -m benchmarks.quality_report`: clean
print of any kind, tables of numbers and formulas included, stays on the good side of each of them;
handwriting, photographs and scripts the engine does not know fall on the other.
"""

import re
import unicodedata
from collections.abc import Sequence
from statistics import fmean

from ocrqueue.model import Judgement, PageImage, Reply, Verdict

LEAST_INK = 0.0005  # share of the pixels; a page with less is blank
LEAST_CONFIDENCE = 60.0  # mean of the words; clean print has 80 and more, its worst tables 70
MOST_UNREAD = 0.6  # share of pen strokes outside words; clean print has 0.43 at most
LEAST_LETTERS = 150  # in words of three letters and more; fewer say nothing about a language
LEAST_COMMON = 0.85  # share of common letter pairs; languages in Latin script have 0.9 and more
MOST_ODD = 0.33  # share of words that look like no word

# Letter pairs (first letter: its followers; a space is the word's begin or end) that make up some
# 95 % of English, German and French text without accents.
_FOLLOWERS = {
    " ": "abcdefghijklmnopqrstuvwyz",
    "a": " bcdghijklmnpqrstuvyz",
    "b": "abeilorstuy",
    "c": " acehiklorstuy",
    "d": " adegilorsuwy",
    "e": " abcdefghijklmnopqrstuvwxyz",
    "f": " aefiloru",
    "g": " aeghilnorsu",
    "h": " aeilmnorstuy",
    "i": " abcdefgklmnopqrstvz",
    "j": "aeou",
    "k": " aeilnorstu",
    "l": " adefiklmopstuvy",
    "m": " abceimnopsuy",
    "n": " acdefgijklnostuvyz",
    "o": " abcdefghiklmnoprstuvwx",
    "p": " aefhiloprstu",
    "q": "u",
    "r": " abcdefgiklmnoprstuvwyz",
    "s": " acehiklmnopqstuwyz",
    "t": " acehilorstuwyz",
    "u": " abcdefgilmnprstvxz",
    "v": " aeior",
    "w": " aehinors",
    "x": " aceipt",
    "y": " aelmnoprs",
    "z": " aeiotuw",
}
_COMMON = frozenset(first + second for first, rest in _FOLLOWERS.items() for second in rest)
_WORD = re.compile(r"[^\W\d_]{3,}")
_VOWEL = re.compile(r"[aeiouy]")
_MIXED = re.compile(r"[a-zà-þ][A-ZÀ-Þ]")


def judge(reply: Reply, image: PageImage) -> Judgement:
    """Return whether the reply is good, blank or doubtful, and why."""
    if not reply.text.strip():
        return _judge_silence(reply, image)
    if reason := _doubt(reply):
        return Judgement(verdict=Verdict.DOUBTFUL, reason=reason)
    return Judgement(verdict=Verdict.GOOD)


def _judge_silence(reply: Reply, image: PageImage) -> Judgement:
    if image.ink < LEAST_INK:
        return Judgement(verdict=Verdict.BLANK)
    found = "no words" if not reply.words else "no word that could be read"
    return Judgement(verdict=Verdict.DOUBTFUL, reason=f"ink but {found}")


def _doubt(reply: Reply) -> str:
    """Return why the text is probably not what the page says; "" where nothing speaks for it."""
    if reply.confidence is not None and reply.confidence < LEAST_CONFIDENCE:
        return f"mean confidence {reply.confidence:.0f}"
    if reply.unread is not None and reply.unread > MOST_UNREAD:
        return f"{reply.unread:.0%} of what is written or drawn was not read"
    words = _WORD.findall(reply.text)
    if sum(map(len, words)) >= LEAST_LETTERS and not _plausible(words):
        return "few dictionary-like words"
    return ""


def _plausible(words: Sequence[str]) -> bool:
    """Whether words look like a language in Latin script, or are in a script of their own.

    One sign is not enough: names and formulas have odd words, code has rare letter pairs.
    """
    plain = [_folded(word) for word in words]
    latin = [(word, bare) for word, bare in zip(words, plain, strict=True) if bare.isascii()]
    if len(latin) < len(words) / 2:
        return True
    common = fmean(_common_share(bare) for _, bare in latin)
    odd = fmean(_is_odd(word, bare) for word, bare in latin)
    return common >= LEAST_COMMON or odd <= MOST_ODD


def _folded(word: str) -> str:
    """Return the word in small letters without accents."""
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def _common_share(bare: str) -> float:
    padded = f" {bare} "
    return fmean(padded[place : place + 2] in _COMMON for place in range(len(padded) - 1))


def _is_odd(word: str, bare: str) -> bool:
    rare = _common_share(bare) * (len(bare) + 1) < len(bare)
    return rare or not _VOWEL.search(bare) or _MIXED.search(word) is not None
