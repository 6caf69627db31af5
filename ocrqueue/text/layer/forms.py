"""Filled form fields -> words at their places."""

import re
from collections.abc import Iterator, Sequence
from statistics import median

from ocrqueue.text import marks
from ocrqueue.text.layer.sheet import FieldKind, Rect, Sheet
from ocrqueue.text.layer.words import ASCENT, DESCENT, LayerWord, spelt

LINE = 1.2  # sizes from line to line
LETTER = 0.5  # sizes; how wide a letter is taken to be
LARGEST = 0.8  # of a field's height: the size of letters that fill it
MOST_LINES = 200  # of one field
TALL = 2.2  # usual sizes; a higher field has room for several lines
MOST_TALL = 100  # fields whose labels are looked for
_ENDS = re.compile(r"\r\n|[\r\n]")


def filled(sheet: Sheet, printed: Sequence[LayerWord]) -> list[LayerWord]:
    """Return a mark for each box to tick, and the words of fields."""
    usual = median(word.size for word in printed) if printed else 30.0
    found: list[LayerWord] = []
    tall = 0
    for field in sheet.fields:
        if field.kind is FieldKind.CHECK:
            found.append(_box(field.box, usual, ticked=field.ticked))
        elif field.text.strip():
            label = None
            if field.box.bottom - field.box.top > TALL * usual and tall < MOST_TALL:
                label, tall = _label(field.box, printed), tall + 1
            found += _words(field.text, field.box, field.size, usual, label)
    return found


def _box(place: Rect, usual: float, *, ticked: bool) -> LayerWord:
    """Return the mark of a box; on the baseline of what is printed beside it."""
    size = min(usual, max(1.0, place.bottom - place.top))
    base = (place.top + place.bottom) / 2 + 0.35 * size
    text = marks.TICKED if ticked else marks.EMPTY
    top, bottom = base - ASCENT * size, base + DESCENT * size
    return LayerWord(text, place.left, top, place.right, bottom, base, size, bold=False)


def _label(place: Rect, printed: Sequence[LayerWord]) -> float | None:
    """Return the baseline of what is printed left of a field."""
    beside = [
        word
        for word in printed
        if word.right <= place.left and place.top < word.base < place.bottom
    ]
    return max(beside, key=lambda word: word.right).base if beside else None


def _words(
    text: str, place: Rect, size: float, usual: float, label: float | None = None
) -> Iterator[LayerWord]:
    """Yield the words of a text that fills a place: lines are broken where its width ends.

    The first of several lines stands beside the field's label, be that in the field's middle.
    `size` 0: nobody knows how large they are drawn. They may then reach to the place's end.
    """
    height = place.bottom - place.top
    reach = place.left if size else place.right
    size = size or min(usual, LARGEST * height)
    size = max(1.0, min(size, height))
    lines = list(_wrapped(text, max(1, int((place.right - place.left) / (LETTER * size)))))
    # One line stands in the middle of its field; more begin at its top.
    first = (height + 0.7 * size) / 2 if len(lines) == 1 else 0.9 * size
    if label is not None:
        first = label - place.top
    step = min(LINE * size, (height - first + size) / len(lines)) if lines else 0.0
    for number, line in enumerate(lines):
        base, left = place.top + first + number * step, place.left
        words = line.split()
        for at, word in enumerate(words, 1):
            right = left + LETTER * size * len(word)
            right = max(right, reach) if at == len(words) else right
            if clean := spelt(word):
                top, bottom = base - ASCENT * size, base + DESCENT * size
                yield LayerWord(clean, left, top, right, bottom, base, size, bold=False)
            left = right + LETTER * size


def _wrapped(text: str, letters: int) -> Iterator[str]:
    for number, line in enumerate(_ENDS.split(text)):
        if number >= MOST_LINES:
            return
        row = ""
        for word in line.split():
            if row and len(row) + len(word) >= letters:
                yield row
                row = ""
            row = f"{row} {word}" if row else word
        if row:
            yield row
