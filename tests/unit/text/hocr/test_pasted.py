"""Facts about lines that stop at a label which was pasted over them."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import pasted
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word, around
from tests.support.page_images import blank

WIDTH, HEIGHT = 1500, 800
HIGH, PITCH, STEP, WORD = 30, 45, 100, 88  # pixels; of each word and the space behind it, of a word
LINES = 12
Hole = tuple[int, int]  # pixels, from the left


def page(holes: Mapping[int, Hole], *, text: str = "words") -> PageLayout:
    """Return full lines of which some have a hole."""
    lines = []
    for at in range(LINES):
        top, (start, end) = 100 + PITCH * at, holes.get(at, (WIDTH, WIDTH))
        boxes = [Box(left, top, left + WORD, top + HIGH) for left in range(100, 1400, STEP)]
        left = [one._replace(right=min(start, one.right)) for one in boxes if one.left < start]
        left += [one._replace(left=max(end, one.left)) for one in boxes if one.right > end]
        words = tuple(Word(text, box, 95.0) for box in left)
        lines.append(Line(words, around([word.box for word in words]), 20.0))
    return PageLayout(box=Box(0, 0, WIDTH, HEIGHT), blocks=((Paragraph(tuple(lines)),),))


def test_lines_with_a_hole_at_the_same_place_are_doubted() -> None:
    """Two are enough where words stand on both sides; the reason says where."""
    said = pasted.doubt(blank(WIDTH, HEIGHT), page({4: (590, 900), 5: (596, 904)}))
    assert said == "2 lines stop at what covers them at 588, 280 to 900, 355 of 1500 x 800 pixels"


@pytest.mark.parametrize(
    "holes",
    [
        {4: (1000, 1400), 5: (1012, 1400), 6: (1020, 1400)},
        {4: (100, 400), 5: (100, 412), 6: (100, 406)},
    ],
    ids=["right", "left"],
)
def test_ends_that_are_cut_are_doubted(holes: Mapping[int, Hole]) -> None:
    """They lie near to each other, and yet not below each other."""
    said = pasted.doubt(blank(WIDTH, HEIGHT), page(holes))
    assert said.startswith("3 lines stop")


@pytest.mark.parametrize(
    "holes",
    [
        {4: (590, 900)},  # a form's line
        {4: (1000, 1400), 5: (1000, 1400), 6: (1000, 1400)},  # set around something
        {4: (100, 400), 5: (100, 400), 6: (100, 400)},  # indented
        {4: (1000, 1400), 5: (800, 1400), 6: (1100, 1400)},  # ends of paragraphs
        {4: (290, 700), 5: (490, 900), 6: (390, 800)},  # not below each other
        dict.fromkeys(range(LINES), (590, 900)),  # columns
    ],
)
def test_lines_that_were_set_so_are_not(holes: Mapping[int, Hole]) -> None:
    """As around a figure, in lists, in tables and where paragraphs end."""
    said = pasted.doubt(blank(WIDTH, HEIGHT), page(holes))
    assert not said


def test_entries_are_no_text() -> None:
    """Each begins with a capital: nothing goes on from the line before."""
    holes = {4: (590, 900), 5: (596, 904), 6: (590, 904)}
    said = pasted.doubt(blank(WIDTH, HEIGHT), page(holes, text="Entry"))
    assert not said


def test_a_picture_is_no_label() -> None:
    """It is full of strokes."""
    row = b"\xff" * 610 + (b"\0" * 4 + b"\xff" * 6) * 28 + b"\xff" * 610
    picture: PageImage = replace(blank(WIDTH, HEIGHT), pixels=row * HEIGHT)
    said = pasted.doubt(picture, page({4: (590, 900), 5: (596, 904)}))
    assert not said


def test_a_page_without_text_is_not_doubted() -> None:
    """Nor one with a few words."""
    said = pasted.doubt(blank(WIDTH, HEIGHT), PageLayout(box=Box(0, 0, WIDTH, HEIGHT)))
    assert not said
