"""Letters that a file does not explain, mostly ligatures, are read from the picture; pure.

A word is taken from an engine's reading only where all its other letters are those of the file.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.layout import Box, PageLayout, Word, around
from ocrqueue.text.hocr.text_lines import CONFIDENT
from ocrqueue.text.layer import agreement, spot
from ocrqueue.text.layer.sheet import HIDDEN, MISSING, PIECE, UNSHOWN, Character, Sheet
from ocrqueue.text.layer.spot import Strip
from ocrqueue.text.layer.words import grouped

MOST = 100  # words of a page; more lack no ligatures, their font has no map
MOST_IN_WORD = 3  # such letters
TELLING = 4  # other letters; chance does not bring as many
LONGEST = 40  # letters of such a word
SURE = 100.0  # confidence
_GLYPH = r"([^\W\d_]{1,3}|@)"  # what one sign may stand for

LostWord = tuple[Character, ...]


def lost_words(sheet: Sheet) -> list[LostWord]:
    """Return the upright words that lack letters; [] where there are too many to be read."""
    shown = [one for one in sheet.characters if not one.angle and not one.look & (HIDDEN | UNSHOWN)]
    if not any(one.sign == MISSING for one in shown):
        return []
    found = [tuple(word) for word in grouped(shown) if _lacks_letters(word)]
    return found if len(found) <= MOST else []


def strip(words: Sequence[LostWord], image: PageImage) -> Strip | None:
    """Return the words below each other, cut from the picture; None where none is on it."""
    return spot.stacked([([_as_word(word)], word[0].size) for word in words], image)


def filled(sheet: Sheet, words: Sequence[LostWord], shown: Strip, read: PageLayout) -> Sheet:
    """Return the sheet with the letters that the engine read in a strip of its words.

    It need not be sure of a word whose other letters are many, and all as it has them.
    """
    signs: dict[int, str] = {}
    for word, band in zip(words, shown.bands, strict=True):
        told = spot.words_in(read, band)
        known = sum(one.sign.isalpha() for one in word)
        if known >= TELLING or all(one.confidence >= CONFIDENT for one in told):
            signs |= _letters(word, "".join(one.text for one in told))
    if not signs:
        return sheet
    characters = (
        one._replace(sign=sign, look=one.look | (PIECE if at else 0))
        for one in sheet.characters
        for at, sign in enumerate(signs.get(id(one), one.sign))
    )
    return replace(sheet, characters=tuple(characters))


def _lacks_letters(word: Sequence[Character]) -> bool:
    lacking = sum(one.sign == MISSING for one in word)
    return 0 < lacking <= MOST_IN_WORD and lacking < len(word) <= LONGEST


def _as_word(word: LostWord) -> Word:
    sides = ((one.left, one.top, one.right, one.bottom) for one in word)
    return Word(
        "".join(one.sign for one in word), around([Box(*map(round, s)) for s in sides]), SURE
    )


def _letters(word: LostWord, read: str) -> Mapping[int, str]:
    """Return the letters for each sign without a meaning; {} where the rest does not agree."""
    text = _bare("".join(one.sign for one in word))
    pattern = "".join(_GLYPH if sign == MISSING else re.escape(sign) for sign in text)
    found = re.fullmatch(pattern, _bare(read))
    lacking = [one for one in word if one.sign == MISSING]
    if found is None or len(found.groups()) != len(lacking):
        return {}
    return {id(one): letters for one, letters in zip(lacking, found.groups(), strict=True)}


def _bare(text: str) -> str:
    """Return a word without the signs at its ends, its dashes and quotes plain."""
    plain = text.translate(agreement.SAME)
    kept = [at for at, sign in enumerate(plain) if sign in {MISSING, "_"} or sign.isalnum()]
    return plain[kept[0] : kept[-1] + 1] if kept else ""
