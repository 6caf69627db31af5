"""Rows of dots that lead to a page number are read as nonsense; they are left out."""

import re
from collections.abc import Sequence

from ocrqueue.hocr.page import Word

UNSURE = 40.0  # confidence; words between a title and its page number have more
HOPELESS = 25.0
SURE = 60.0
MOST_LETTERS = 4  # different ones in nonsense; "Containers" has more
LONG_TAIL = 4  # hopeless words at the end of a line whose page number was swallowed too
_PAGE_NUMBER = re.compile(r"\d{1,4}|[ivxlc]{1,8}", re.IGNORECASE)
_DOTS = re.compile(r"[.…·•_-]+")
# What Tesseract makes of dots: "eee", "cece", "sseeeens".
_LETTERS = re.compile(r"[abceilnorstuv.…·•~'\"“”*:,_-]+", re.IGNORECASE)
# And: "0.0.0...", "2...", "0000000002"; no text has these.
_FILLING = re.compile(r"(?=\d*+(?:\.\d++)*+\.\.)[\d.]++|0{4,}\d{0,2}[a-z]?|(?:\d\.){3,}\d?")
# "00.", "2.": these only where nobody believes in them.
_ZEROS = re.compile(r"0[0.]*+(?:[a-z]{1,2}\.*+)?|\d+\.|\d(?:\.\d){2}\.*")
_GLUED = re.compile(r"(?<=\w)[.…·]{2,}$")


def without_leaders(words: Sequence[Word]) -> tuple[Word, ...]:
    """Return the words of a line without the nonsense between a title and its page number."""
    if len(words) < 2:  # noqa: PLR2004
        return tuple(words)
    if not _is_page_number(words[-1]):
        return _without_tail(words)
    end = len(words) - 1
    while end and _is_leader(words[end - 1]):
        end -= 1
    title = [*words[:end]]
    if title:
        title[-1] = title[-1]._replace(text=_GLUED.sub("", title[-1].text))
    return (*title, words[-1])


def _without_tail(words: Sequence[Word]) -> tuple[Word, ...]:
    end = len(words)
    while end and words[end - 1].confidence < HOPELESS:
        end -= 1
    long = len(words) - end >= LONG_TAIL
    titled = any(word.confidence >= SURE for word in words[:end])
    return tuple(words[:end]) if long and titled else tuple(words)


def _is_page_number(word: Word) -> bool:
    return word.confidence >= SURE and _PAGE_NUMBER.fullmatch(word.text) is not None


def _is_leader(word: Word) -> bool:
    if _DOTS.fullmatch(word.text) or _FILLING.fullmatch(word.text):
        return True
    if word.confidence < HOPELESS and _ZEROS.fullmatch(word.text):
        return True
    few = len(set(word.text.lower())) <= MOST_LETTERS
    return few and word.confidence < UNSURE and _LETTERS.fullmatch(word.text) is not None
