"""Whether a page's own text can stand for what the page shows: objections; pure.

A text layer may be what some OCR left, may have letters that mean others (broken font maps), may be
hidden, or may be only a part of the page.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, groupby
from operator import itemgetter

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.ink_coverage import coverage
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word, around, split_where
from ocrqueue.text.layer import glyphs
from ocrqueue.text.layer.page import LayerPage
from ocrqueue.text.layer.sheet import BELOW, HIDDEN, MISSING, SPACED, UNSHOWN, Character, Sheet

LEAST_LETTERS = 25  # fewer are a page number or a stamp: then hardly anything else may be there
MOST_BESIDE_LITTLE = 0.1  # the share below, for such a page
MOST_HIDDEN = 0.02  # share of characters: more is a layer some OCR left under a scan
MOST_UNSHOWN = 0.15  # of characters where the picture is empty; fewer are left out
MOST_MISSING = 0.02  # share of characters that nothing in the file explains
MOST_BROKEN = 0.004  # share of words with such characters between letters, as lost ligatures have
MOST_UNREAD = 0.17  # share of letters outside all characters, rulings and fields
LEAST_WORDLIKE = 0.75  # share of Latin words that could be words
LEAST_LATIN = 0.8  # share of letters in Latin words: below, the page is in another script
LEAST_JUDGED = 20  # Latin words; with fewer their shape proves nothing
CONTRAST = 40  # of 255 between the darkest and the brightest pixel of what can be seen ...
PALE = 20  # ... or, on a ground of one tone, as drawn pages have, and scans have not
ONE_TONE = 0.4  # share of the pixels
LEAST_COVERED = 3  # letters in a row; the box of one alone may be wrong
LONGEST_RUN = 12  # characters that are looked for in the picture together
EVERY = 2  # pixels from row to row that is looked at; a full stop has three
MOST_ROWS = 60  # of a run
SURE = 100.0  # confidence
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]{3,}")
_BROKEN = re.compile(rf"[^\W\d_]{MISSING}|{MISSING}[^\W\d_]")
_VOWEL = re.compile(r"[aeiouyAEIOUYæøœÆØŒ\u0131]")
_CAPITAL_INSIDE = re.compile(r"[a-z][A-Z]")


def objection(sheet: Sheet, page: LayerPage) -> str:
    """Return why the text of a `seen` sheet is not to be trusted by itself; "" for no reason."""
    words = [word.text for word in page.layout.words]
    text = " ".join((*words, *(aside.text for aside in page.asides)))
    count = max(1, len(sheet.characters))
    hidden, unshown = (
        sum(bool(one.look & look) for one in sheet.characters) for look in (HIDDEN, UNSHOWN)
    )
    broken = sum(_BROKEN.search(word) is not None for word in words)
    filled = any(field.text or field.ticked for field in sheet.fields)
    objections = (
        (sheet.crowded or page.crowded, "more text than a page holds"),
        (hidden > MOST_HIDDEN * count, "invisible text"),
        (unshown > MOST_UNSHOWN * count, "text that the picture does not show"),
        (text.count(MISSING) > MOST_MISSING * count, "characters without a meaning"),
        (broken > max(1, MOST_BROKEN * len(words)), "words with characters that have no meaning"),
        (not looks_like_words(text), "letters that form no words"),
        (filled and page.angle != 0, "a filled form whose text is turned"),
        (sheet.lacks_notes, "a stamp or a signature whose text is only drawn"),
    )
    return next((reason for holds, reason in objections if holds), "")


def seen(sheet: Sheet, image: PageImage) -> Sheet:
    """Return the sheet with what a grey picture of the page does not show marked so."""
    characters: list[Character] = []
    for run in _runs(sheet.characters):
        if _is_shown(image, _around(run)):
            characters += _partly_shown(image, run)
        else:
            characters += _marked(run)
    return replace(sheet, characters=tuple(_without_covered(characters, image)))


def _marked(run: Sequence[Character]) -> list[Character]:
    return [one._replace(look=one.look | UNSHOWN) for one in run]


def _without_covered(characters: Sequence[Character], image: PageImage) -> Iterator[Character]:
    """Yield the characters, those marked that a picture lies over and hides.

    One that is transparent does not: then the same letters look alike there.
    """
    for is_below, group in groupby(characters, key=lambda one: bool(one.look & BELOW)):
        part = list(group)
        letters = [one for one in part if one.sign.isalpha() and not one.look & UNSHOWN]
        is_hidden = is_below and glyphs.alike(letters, image) < glyphs.LEAST_ALIKE
        yield from _marked(part) if is_hidden else part


def _partly_shown(image: PageImage, run: Sequence[Character]) -> Iterator[Character]:
    """Yield a run, letters of it that nobody sees marked: a bar lies over them, or a clip ends."""
    shown = [not one.sign.isalnum() or _is_shown(image, _around([one])) for one in run]
    for is_shown, group in groupby(zip(run, shown, strict=True), key=itemgetter(1)):
        letters = [one for one, _ in group]
        covered = not is_shown and len(letters) >= LEAST_COVERED
        yield from (one._replace(look=one.look | UNSHOWN) if covered else one for one in letters)


def picture_objection(sheet: Sheet, page: LayerPage, image: PageImage) -> str:
    """Return what a grey picture says against the text of a `seen` sheet; "" for nothing."""
    if not glyphs.are_alike(sheet.characters, image):
        return "the same letters look different in the picture"
    share = unexplained(sheet, image)
    letters = sum(sum(map(str.isalpha, word.text)) for word in page.layout.words)
    if share > (MOST_UNREAD if letters >= LEAST_LETTERS else MOST_BESIDE_LITTLE):
        return f"{share:.0%} of what is written or drawn is not in the text"
    return ""


def unexplained(sheet: Sheet, image: PageImage) -> float:
    """Return the share of a grey picture's letters that nothing in the file explains, 0 to 1.

    Letters are the pen strokes that characters explain, and those that nothing does. So neither
    photographs nor drawn grids make what is missing look little. Pictures explain nothing: a scan
    within a page holds text that the file does not.
    """
    boxes = [
        _around(run) for run in _runs(sheet.characters) if not run[0].look & (HIDDEN | UNSHOWN)
    ]
    filled = [field.box for field in sheet.fields]
    boxes += [Box(*map(round, box)) for box in filled]
    words = Line(tuple(Word("", box, SURE) for box in boxes), around(boxes), 1.0) if boxes else None
    page = PageLayout(
        box=Box(0, 0, image.width, image.height),
        blocks=((Paragraph((words,)),),) if words else (),
    )
    found = coverage(image, page, [Box(*map(round, box)) for box in sheet.rulings])
    return found.unread / (found.unread + found.read) if found.unread else 0.0


def looks_like_words(text: str) -> bool:
    """Whether Latin words have vowels and ordinary capitals; other scripts pass."""
    words = _LATIN.findall(text)
    letters = sum(map(str.isalpha, text))
    if len(words) < LEAST_JUDGED or sum(map(len, words)) < LEAST_LATIN * letters:
        return True
    return sum(map(_wordlike, words)) >= LEAST_WORDLIKE * len(words)


def _wordlike(word: str) -> bool:
    if word.isupper():
        return True  # acronyms
    plain = unicodedata.normalize("NFD", word)
    return _VOWEL.search(plain) is not None and len(_CAPITAL_INSIDE.findall(word)) <= 1


def _runs(characters: Sequence[Character]) -> Iterator[list[Character]]:
    """Yield characters of one word, or a part of it, together."""

    def is_parted(before: Character, one: Character) -> bool:
        is_alike = one.look == before.look & ~SPACED and one.angle == before.angle
        return not is_alike or abs(one.x - before.x) + abs(one.y - before.y) > 2 * one.size

    for run in split_where(characters, is_parted):
        yield from (run[at : at + LONGEST_RUN] for at in range(0, len(run), LONGEST_RUN))


def _around(run: Sequence[Character]) -> Box:
    _, lefts, tops, rights, bottoms, *_ = zip(*run, strict=True)
    return Box(round(min(lefts)), round(min(tops)), round(max(rights)), round(max(bottoms)))


def _is_shown(image: PageImage, box: Box) -> bool:
    """Whether a part of a picture has ink and paper."""
    left, right = max(0, box.left), min(image.width, box.right + 1)
    if left >= right:
        return False
    seen = bytearray()
    lowest, highest = 255, 0
    step = max(EVERY, box.height // MOST_ROWS)
    rows = range(max(0, box.top), min(image.height, box.bottom + 1), step)
    middle = len(rows) // 2
    for row in chain(rows[middle:], rows[:middle]):  # most letters are told by one row
        pixels = image.pixels[row * image.width + left : row * image.width + right]
        darkest, brightest = min(pixels), max(pixels)
        lowest, highest = min(lowest, darkest), max(highest, brightest)
        if highest - lowest >= CONTRAST:
            return True
        seen += pixels
    if highest - lowest < PALE:
        return False
    return max(map(seen.count, range(lowest, highest + 1))) >= ONE_TONE * len(seen)
