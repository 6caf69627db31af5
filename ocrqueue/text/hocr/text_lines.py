"""Which lines are surely text, and how much in them the engine was not sure of."""

import unicodedata
from collections.abc import Iterator

from ocrqueue.text.hocr.layout import SURE_CONFIDENCE, Line, PageLayout, Word

CONFIDENT = 75.0  # of a word that proves that there is text
SURE_NUMBER = 90.0  # of a number that does
TELLING_LETTERS = 3  # of such a word; shapes pass for shorter ones
LEAST_IN_LINE = 2  # such words in a line of text
UNSURE = 60.0  # of a word that may not be what is printed
OF_CODE = frozenset("<>=_$#")  # signs that no language has in its words, nor a misread letter
TELLING_CONFIDENCE = 50.0  # of a word that counts when readings are compared


def lines(page: PageLayout) -> Iterator[Line]:
    """Return all lines in reading order."""
    return (line for paragraph in page.paragraphs for line in paragraph.lines)


def is_telling(word: Word) -> bool:
    """Whether a word proves that there is text: the engine is sure of it, and it is no shape."""
    letters = sum(sign.isalpha() for sign in word.text)
    return word.confidence >= CONFIDENT and letters >= TELLING_LETTERS


def telling_words(page: PageLayout) -> list[Word]:
    """Return the words of a page that prove that there is text."""
    return [word for word in page.words if is_telling(word)]


def is_telling_number(word: Word) -> bool:
    """Whether a word is a number that the engine is sure of, long enough to be no shape."""
    return word.confidence >= SURE_NUMBER and _is_long(word)


def numbers_read(page: PageLayout) -> int:
    """Return how many numbers as long were read, surely or not."""
    return sum(word.confidence >= SURE_CONFIDENCE and _is_long(word) for word in page.words)


def _is_long(word: Word) -> bool:
    return sum(sign.isdigit() for sign in word.text) >= TELLING_LETTERS


def lines_of_text(page: PageLayout) -> list[Line]:
    """Return the lines that are surely text; labels, formulas and specks are in none."""
    return [line for line in lines(page) if sum(map(is_telling, line.words)) >= LEAST_IN_LINE]


def upright_lines(page: PageLayout) -> list[Line]:
    """Return those of them that were not read upwards or downwards."""
    return [line for line in lines_of_text(page) if line.box.width > line.box.height]


def words_in_text(page: PageLayout) -> list[Word]:
    """Return the words of lines that are surely text."""
    return [word for line in lines_of_text(page) for word in line.words]


def unsure_share(page: PageLayout) -> float | None:
    """Return the share of words in lines of text that the engine is not sure of, 0 to 1.

    None where there are none. Numbers, signs and code are often unsure and right, so they count as
    sure. The lines around show that these words were print once: what lies over them, or fades
    them, is what the engine could not read.
    """
    words = words_in_text(page)
    unsure = sum(word.confidence < UNSURE for word in words if is_of_letters(word))
    return unsure / len(words) if words else None


def is_of_letters(word: Word) -> bool:
    """Whether a word is neither a number nor a sign nor code nor too short to tell."""
    letters = sum(sign.isalpha() for sign in word.text)
    others = any(sign.isdigit() or sign in OF_CODE for sign in word.text)
    return letters >= TELLING_LETTERS and not others


def letters_read(page: PageLayout) -> int:
    """Return how much was read with some confidence; a mean alone would prefer a single word."""
    return sum(
        len(word.text)
        for word in page.words
        if word.confidence >= TELLING_CONFIDENCE and all(map(_is_of_word, word.text))
    )


def _is_of_word(sign: str) -> bool:
    """Whether it is a letter, a digit, or what stands at letters: the vowels of Hindi and Thai."""
    return sign.isalnum() or unicodedata.category(sign).startswith("M")
