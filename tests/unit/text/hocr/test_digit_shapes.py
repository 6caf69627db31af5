"""Facts about digits that are held against the others of their page."""

from dataclasses import replace

import pytest

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import digit_shapes
from ocrqueue.text.hocr.layout import Box, Word
from ocrqueue.text.hocr.number_marks import DIGIT, POINT, PrintedSign
from tests.support.page_images import blank

WIDTH, STEP, HIGH = 1000, 16, 24
SEGMENTS = {  # left, top, width, height: the bars of a digit on a display
    "a": (0, 0, 12, 3),
    "b": (9, 0, 3, 12),
    "c": (9, 12, 3, 12),
    "d": (0, 21, 12, 3),
    "e": (0, 12, 3, 12),
    "f": (0, 0, 3, 12),
    "g": (0, 10, 12, 3),
}
BARS = {
    "2": "abged",
    "4": "fgbc",
    "5": "afgcd",
    "9": "abcdfg",
    "1": "bc",
    "8": "abcdefg",
    "0": "abcdef",
}


def page(*numbers: tuple[str, str, float]) -> tuple[PageImage, dict[Word, list[PrintedSign]]]:
    """Return a picture of numbers in rows, and each as it was read, how surely, and its digits."""
    pixels = bytearray(b"\xff" * (WIDTH * 40 * len(numbers)))
    seen = {}
    for row, (printed, read, sure) in enumerate(numbers):
        signs = []
        for place, digit in enumerate(printed):
            at, top = 20 + STEP * place, 40 * row + 8
            if digit == ".":
                signs.append(PrintedSign(POINT, Box(at, top + 21, at + 3, top + 24), 0.02))
                continue
            for left, down, width, height in map(SEGMENTS.__getitem__, BARS[digit]):
                for y in range(top + down, top + down + height):
                    pixels[y * WIDTH + at + left : y * WIDTH + at + left + width] = bytes(width)
            left = at + 9 if digit == "1" else at
            signs.append(PrintedSign(DIGIT, Box(left, top, at + 12, top + HIGH), 0.3))
        box = Box(20, 40 * row + 8, 20 + STEP * len(printed), 40 * row + 8 + HIGH)
        seen[Word(read, box, sure)] = signs
    image = replace(blank(WIDTH, 40 * len(numbers)), pixels=bytes(pixels))
    return image, seen


def others(*numbers: tuple[str, str, float]) -> list[str]:
    image, seen = page(*numbers)
    return list(digit_shapes.others(image, seen).values())


def known() -> list[tuple[str, str, float]]:
    return [("2459102", "2459102", 95.0) for _ in range(4)]


@pytest.mark.parametrize(
    ("printed", "read", "right"),
    [
        ("50.2", "90.2", ["50.2"]),
        ("42", "92", ["42"]),
        ("12", "12", []),
        ("12", "442", []),  # another number of digits
        ("12", "72", []),  # nobody knows what a 7 looks like here
        ("8", "1", []),  # it is no 1, and nobody knows what an 8 looks like
    ],
)
def test_a_digit_that_looks_like_another_one_is_that(
    printed: str, read: str, right: list[str]
) -> None:
    """Even where the engine is sure; what the page's own digits do not tell stays."""
    assert others(*known(), (printed, read, 93.0)) == right


def test_what_looks_like_neither_stays_as_it_was_read() -> None:
    """A stain over a digit makes no other digit of it."""
    image, seen = page(*known(), ("2", "4", 90.0))
    pixels = bytearray(image.pixels)
    for y in range(4 * 40 + 8, 4 * 40 + 26):
        pixels[y * WIDTH + 20 : y * WIDTH + 32] = bytes(12)
    assert not digit_shapes.others(replace(image, pixels=bytes(pixels)), seen)


def test_words_that_nobody_is_sure_of_are_no_examples() -> None:
    """And without some of several digits nothing is known."""
    unsure = [("2459102", "2459102", 60.0) for _ in range(4)]
    assert not others(*unsure, ("50.2", "90.2", 93.0))
    assert not others(*[("22", "22", 95.0)] * 1, ("50.2", "90.2", 93.0))
    assert not others(*[("459", "459", 95.0)] * 4, ("50.2", "90.2", 93.0))


def test_examples_that_differ_show_nothing() -> None:
    """Most of what was read as a 9 are others: a true one is no 5 because it is unlike them."""
    sure = [("245010", "245010", 95.0) for _ in range(4)]
    mixed = [*[("2", "9", 95.0)] * 3, *[("9", "9", 95.0)] * 2]
    assert others(*sure, *mixed) == []
