"""Points, commas, minus and plus-minus of numbers, as the blobs of ink say that they are printed.

An engine that is sure of the digits loses the signs between them: ".559" becomes "559", "-1.25"
"125", and two numbers around a plus-minus, which some data does not know, become "9.742.0". What is
left looks right. So each number is held against its blobs: where there are as many digits as the
engine read, the signs between them are those that are printed there. A sign that it did read is not
taken away, for it may touch a digit, nor is a comma made a point, for its tail may be lost.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, islice, pairwise
from statistics import median

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import digit_shapes, number_marks
from ocrqueue.text.hocr.layout import Line, PageLayout
from ocrqueue.text.hocr.number_marks import (
    COMMA,
    DASHES,
    DIGIT,
    DOTS,
    MINUS,
    PLUS_MINUS,
    POINT,
    SMALL,
    PrintedSign,
)
from ocrqueue.text.hocr.text_lines import lines
from ocrqueue.text.shapes import apart, flipped, shape

MOST = 3000  # numbers of a page; a full sheet of figures has a third
MOST_SIGNS = 2  # between two digits
AS_LARGE = 0.6  # of the usual point or comma of a page; what is smaller is a speck
LOWER = 0.1  # of a digit's height: how far below the top of digits a plus begins, at least
EVEN = 0.15  # share of samples in which a plus differs from itself upside down; a four has 0.17
LEAST_DIGITS = 3  # of a number; fewer do not tell where digits stand
WIDEST = 0.9  # of a digit's height; two that touch are wider
STARS = frozenset({"*", "**", "\u2022"})  # before the number of a field, or of an entry

_TAILED = re.compile(r"4\d{1,40}[.:)]?")
_AS_PLUS_MINUS = "4+t=#*"  # what engines make of it
_SIGNS = rf"()\[\]$\u20ac\u00a3%+*/\u00b1#={SMALL}"
_WANTED = re.compile(rf"[{_SIGNS}]{{0,8}}\d[\d{_SIGNS}]{{0,40}}|[+=t]")
_NUMBER = re.compile(
    rf"[(\[$\u20ac\u00a3]*[+\u00b1{DASHES}]?[$\u20ac\u00a3]?"
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?|[.,]\d+"
    r"|\d{1,2}[./]\d{1,2}[./](?:\d\d){1,2})"
    r"(?:[\u00b1+x-](?:\d+(?:[.,]\d*)?|[.,]\d*)?)?[%\u20ac$]?[*]*[)\]]*[.,]?"
)


def mended(image: PageImage, page: PageLayout) -> PageLayout:
    """Return the page with the signs of its numbers as a grey image of it shows them."""
    page = page.with_lines(lambda line: without_tails(image, line))
    found = (pair for line in lines(page) for pair in number_marks.of_line(image, line, _WANTED))
    seen = dict(islice(found, MOST))
    sizes = [mark.size for word, marks in seen.items() for mark in _proven(word.text, marks)]
    least = AS_LARGE * median(sizes) if sizes else 0.0
    texts = {
        word: with_plus(
            image,
            as_printed(word.text, [m for m in marks if m.kind not in DOTS or m.size >= least]),
            marks,
        )
        for word, marks in seen.items()
    }
    seen = {word._replace(text=texts[word]): marks for word, marks in seen.items()}
    others = digit_shapes.others(image, seen)
    texts = {word: others.get(word._replace(text=text), text) for word, text in texts.items()}

    def spelled(line: Line) -> Line:
        words = (word._replace(text=texts.get(word, word.text)) for word in line.words)
        return replace(line, words=tuple(words))

    return page.with_lines(spelled) if texts else page


def without_tails(image: PageImage, line: Line) -> Line:
    """Return a line without the four that a star before a number is read as, beside the star."""
    pairs = pairwise(line.words)
    after = {word for star, word in pairs if star.text in STARS and _TAILED.fullmatch(word.text)}
    if not after:
        return line
    marks = dict(number_marks.of_line(image, line, _TAILED))
    tailed = {word for word in after if _is_one_more(word.text, marks.get(word, []))}
    words = (word._replace(text=word.text[1:]) if word in tailed else word for word in line.words)
    return replace(line, words=tuple(words))


def _is_one_more(text: str, marks: Sequence[PrintedSign]) -> bool:
    """Whether a number was read with a digit more than is printed, and none touches another."""
    digits = [mark.box for mark in marks if mark.kind == DIGIT]
    are_apart = all(box.width <= WIDEST * box.height for box in digits)
    return are_apart and sum(map(str.isdigit, text)) == len(digits) + 1


def as_printed(text: str, marks: Sequence[PrintedSign]) -> str:
    """Return the number with the signs that stand between its digits; as it is for other digits."""
    kinds = [mark.kind for mark in marks]
    digits = [sign for sign in text if sign not in SMALL]
    was_read = len(digits) == len(kinds) - sum(kind in {*DOTS, MINUS} for kind in kinds)
    if not was_read and len(digits) != kinds.count(DIGIT):
        return text
    signs: list[list[str]] = [[] for _ in range(len(digits) + 1)]  # before each digit; at the end
    place = 0
    for kind in kinds:
        if kind == PLUS_MINUS and was_read:
            if digits[place] not in _AS_PLUS_MINUS:
                return text  # a digit that is broken
            digits[place] = kind
        if kind == DIGIT or (kind == PLUS_MINUS and was_read):
            place += 1
        else:
            signs[place].append(kind)
    signs[-1] = [kind for kind in signs[-1] if kind == PLUS_MINUS]
    if max(map(len, signs)) > MOST_SIGNS:
        return text  # leaders
    between = map(_spelled, signs, _gaps(text))
    printed = "".join(chain.from_iterable(zip(between, [*digits, ""], strict=True)))
    was_none = PLUS_MINUS not in printed or len(text) == 1
    was_none = was_none and not _NUMBER.fullmatch(text)
    return printed if was_none or _NUMBER.fullmatch(printed) else text


def with_plus(image: PageImage, text: str, marks: Sequence[PrintedSign]) -> str:
    """Return the number with the plus at an end that was read as a four.

    A plus begins below where digits begin, and is the same upside down.
    """
    places = [place for place, sign in enumerate(text) if sign not in SMALL]
    boxes = [mark.box for mark in marks if mark.kind in {DIGIT, PLUS_MINUS}]
    if len(places) != len(boxes) or len(boxes) < LEAST_DIGITS:
        return text
    top, base = median(box.top for box in boxes), median(box.bottom for box in boxes)
    signs = list(text)
    for end in (0, -1):
        box = boxes[end]
        is_low = box.top >= top + LOWER * (base - top) and box.bottom <= base + 1
        if signs[places[end]] == "4" and is_low and (seen := shape(image, box)):
            signs[places[end]] = "+" if apart(seen, flipped(seen)) < EVEN else "4"
    return "".join(signs)


def _gaps(text: str) -> list[str]:
    """Return the small signs that were read before each digit, and those at the end."""
    gaps = [""]
    for sign in text:
        if sign in SMALL:
            gaps[-1] += sign
        else:
            gaps.append("")
    return gaps


def _spelled(printed: Sequence[str], read: str) -> str:
    """Return signs as they are printed, spelled as they were read."""
    return "".join(_spelling(kind, read) for kind in printed) or read


def _spelling(kind: str, read: str) -> str:
    known = {MINUS: DASHES[1:], POINT: DOTS, COMMA: COMMA}.get(kind, "")
    return next((sign for sign in read if sign in known), kind)


def _proven(text: str, marks: Sequence[PrintedSign]) -> list[PrintedSign]:
    """Return the points and commas of a number that was read as it is printed."""
    dots = [mark for mark in marks if mark.kind in DOTS]
    is_read = len(dots) == sum(map(text.count, DOTS)) and as_printed(text, marks) == text
    return dots if is_read else []
