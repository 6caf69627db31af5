"""Rows of dots that lead to a page number are read as nonsense letters; they are left out."""

from collections.abc import Sequence

from ocrqueue.hocr.page import Word

UNSURE = 60.0  # confidence; real words between a title and its page number have more
SURE = 70.0
# What Tesseract makes of dots: "eee", "cece", "sseeeens".
_SHAPES = frozenset("aceilnorstuv.…·•-_~—–'\"“”*:,")


def without_leaders(words: Sequence[Word]) -> tuple[Word, ...]:
    """Return the words of a line; in front of a number at its end nonsense is dropped."""
    if len(words) < 2 or not _is_number(words[-1]):  # noqa: PLR2004
        return tuple(words)
    end = len(words) - 1
    while end and _is_leader(words[end - 1]):
        end -= 1
    return (*words[:end], words[-1])


def _is_number(word: Word) -> bool:
    return word.confidence >= SURE and word.text.strip(".").isalnum() and word.text[-1].isdigit()


def _is_leader(word: Word) -> bool:
    signs = set(word.text.lower())
    dots = signs <= set(".…·•-_ ")
    return dots or (word.confidence < UNSURE and signs <= _SHAPES)
