"""Judges whether the text inside a born-digital page can stand for what the page shows."""

import re
import unicodedata
from dataclasses import dataclass

from ocrqueue.text import escape

HYPHEN_MARK = "\ufffe"  # PDFium's sign for a word divided at the end of a line
_KEPT = frozenset("\n\t\u061c\u200c\u200d\u200e\u200f")  # scripts need joiners and directions
MAX_LETTERS = 200_000  # the fullest newspaper page has 30,000
MIN_LETTERS = 25  # fewer are a page number or a stamp: the image says more
MAX_HIDDEN = 0.01  # share of invisible characters: more is a layer some OCR left under a scan
MAX_UNREADABLE = 0.02  # share of characters no font map explains
MAX_IMAGE_COVER = 0.6  # share of the page under one image: more is a scan
MIN_WORDLIKE = 0.75  # share of Latin words that could be words
MIN_LATIN = 0.5  # share of letters in Latin words: below, the page is in another script
MIN_JUDGED_WORDS = 8  # with fewer Latin words their shape proves nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLayer:
    """The text of a page as the file holds it, and what is suspicious about it."""

    text: str  # visible characters inside the page, in the order they are drawn
    characters: int  # all characters of the page, blanks left out
    hidden: int  # drawn invisibly
    pale: int  # drawn in (almost) white
    unmapped: int  # without a known Unicode value
    image_cover: float  # share of the page covered by its largest image, 0 to 1


def born_digital_text(layer: TextLayer) -> str | None:
    """Return the text as Markdown that shows it, or None where the image is to be read instead."""
    text = clean(layer.text)
    return escape.passage(text) if objection(layer, text) is None else None


def clean(text: str) -> str:
    """Return text with divided words joined, one kind of line end and no control characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub(HYPHEN_MARK + r"\s*", "", text).replace("\u00ad", "")
    text = "".join(char for char in escape.printable(text) if not _is_control(char))
    lines = [re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def objection(layer: TextLayer, text: str) -> str | None:
    """Return why the layer is not to be trusted, or None if it is; `text` is the cleaned text."""
    strange = sum(_is_strange(char) for char in layer.text)
    objections = (
        (sum(char.isalpha() for char in text) < MIN_LETTERS, "too little text"),
        (len(layer.text) > MAX_LETTERS, "more text than a page holds"),
        (layer.hidden > MAX_HIDDEN * layer.characters, "invisible text"),
        (layer.pale > 0, "text in the colour of paper"),
        (layer.image_cover > MAX_IMAGE_COVER, "a scan with text"),
        (layer.unmapped + strange > MAX_UNREADABLE * layer.characters, "meaningless characters"),
        (not _looks_like_words(text), "letters that form no words"),
    )
    return next((reason for holds, reason in objections if holds), None)


def _is_control(char: str) -> bool:
    return char not in _KEPT and unicodedata.category(char) in ("Cc", "Cf", "Cn", "Co", "Cs")


def _is_strange(char: str) -> bool:
    """Say whether a character points to a broken font map."""
    if char in "\r\n\t\f" or char == HYPHEN_MARK:
        return False
    return char == "\ufffd" or unicodedata.category(char) in ("Cc", "Cn", "Co", "Cs")


def _looks_like_words(text: str) -> bool:
    """Say whether Latin words have vowels and ordinary capitals; other scripts pass."""
    words = re.findall(r"[A-Za-z\u00c0-\u024f]{3,}", text)
    letters = sum(char.isalpha() for char in text)
    if len(words) < MIN_JUDGED_WORDS or sum(map(len, words)) < MIN_LATIN * letters:
        return True
    return sum(map(_wordlike, words)) >= MIN_WORDLIKE * len(words)


def _wordlike(word: str) -> bool:
    if word.isupper():
        return True  # acronyms
    plain = unicodedata.normalize("NFD", word)
    has_vowel = re.search(r"[aeiouyAEIOUYæøœÆØŒ\u0131]", plain) is not None
    return has_vowel and len(re.findall(r"[a-z][A-Z]", word)) <= 1
