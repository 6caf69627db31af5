"""What an engine makes of specks, rules and pictures is left out of the text."""

from dataclasses import replace
from statistics import fmean

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.contents import cleared
from ocrqueue.text.hocr.ink_coverage import DARK, ink_table, photographed
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word
from ocrqueue.text.hocr.text_lines import is_telling, lines

LEAST_CONFIDENCE = 30.0  # mean of a paragraph; what is read from textures lies below
PICTURE_CONFIDENCE = 55.0  # the same inside a picture, where shapes pass for letters
TEXTURE_CONFIDENCE = 60.0  # mean of a line that may be no print
MOST_GUESSES = 300  # lines; more are noise all over the page
SHORT_CONFIDENCE = 60.0  # the same for a paragraph with hardly a letter
SIGN_CONFIDENCE = 45.0  # of a word without letter or digit


def without_noise(page: PageLayout) -> PageLayout:
    """Return the page without specks."""
    meant = (
        tuple(one for one in block if not _is_noise(one, page.pictures)) for block in page.blocks
    )
    return replace(page, blocks=tuple(meant)).with_lines(_without_specks)


def printed(page: PageLayout, image: PageImage) -> PageLayout:
    """Return the page of a grey image without what was read from dots, or from a photograph."""
    without_dots = cleared(page, image, ink_table(image.pixels, DARK))
    return without_textures(without_dots, image)


def without_textures(page: PageLayout, image: PageImage) -> PageLayout:
    """Return the page of a grey image without lines that a photograph's tones were taken for."""
    guessed = {_with_space(line.box): line.box for line in lines(page) if _is_guess(line)}
    if not 0 < len(guessed) <= MOST_GUESSES:
        return page
    textures = {guessed[box] for box in photographed(image, list(guessed))}
    return page.with_lines(lambda line: None if line.box in textures else line)


def _is_guess(line: Line) -> bool:
    sure = fmean(word.confidence for word in line.words)
    return sure < TEXTURE_CONFIDENCE and not any(map(is_telling, line.words))


def _with_space(box: Box) -> Box:
    """Return the part in which a line of print would have paper above and below it."""
    return box._replace(top=box.top - box.height, bottom=box.bottom + box.height)


def _is_noise(paragraph: Paragraph, pictures: tuple[Box, ...]) -> bool:
    confidence, text = paragraph.confidence, "".join(word.text for word in paragraph.words)
    meant = sum(sign.isalnum() for sign in text)
    if confidence < LEAST_CONFIDENCE or not meant:
        return True
    if confidence < SHORT_CONFIDENCE and (meant <= 3 or meant < len(text) * 0.5):  # noqa: PLR2004
        return True
    in_picture = any(picture.holds(paragraph.box) for picture in pictures)
    return in_picture and confidence < PICTURE_CONFIDENCE


def _without_specks(line: Line) -> Line | None:
    words = [word for word in line.words if not _is_speck(word)]
    while words and _is_rule(words[0]):
        del words[0]
    while words and _is_rule(words[-1]):
        del words[-1]
    return replace(line, words=tuple(words)) if words else None


def _is_speck(word: Word) -> bool:
    if any(sign.isalnum() for sign in word.text):
        return False
    return word.confidence < SIGN_CONFIDENCE or word.box.height <= 1


def _is_rule(word: Word) -> bool:
    """Whether this stands for a drawn line: at the end of a text line, not even half sure."""
    return word.confidence < 2 * SIGN_CONFIDENCE and word.text in {"|", "¦", "_", "||", "~", "\\"}
