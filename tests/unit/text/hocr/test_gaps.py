"""Facts about words that are lost inside lines."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import gaps
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word, around
from tests.support.page_images import blank

WIDTH, HEIGHT = 2000, 600
WORDS, LINES = 15, 4
STEP, WORD, HIGH = 120, 100, 30  # pixels: from word to word, its width, its height


def box(number: int, line: int) -> Box:
    left, top = 100 + STEP * number, 100 + 60 * line
    return Box(left, top, left + WORD, top + HIGH)


def page(*lost: int, texts: Sequence[str] = ()) -> PageLayout:
    """Return lines of words, some of which are missing in the second one."""
    lines = []
    for line in range(LINES):
        numbers = [number for number in range(WORDS) if line != 1 or number not in lost]
        words = tuple(
            Word(texts[number] if texts else "word", box(number, line), 95.0) for number in numbers
        )
        lines.append(Line(words, around([word.box for word in words]), 20.0))
    return PageLayout(box=Box(0, 0, WIDTH, HEIGHT), blocks=((Paragraph(tuple(lines)),),))


def printed(*pale: int, rows: range = range(HIGH), line: int = 1) -> PageImage:
    """Return their picture: strokes in each word; in some of one line in these rows alone."""
    pixels = bytearray(b"\xff" * (WIDTH * HEIGHT))
    for row in range(LINES):
        for number in range(WORDS):
            place = box(number, row)
            inked = rows if row == line and number in pale else range(HIGH)
            for y in inked:
                for x in range(place.left, place.right, 10):
                    start = (place.top + y) * WIDTH + x
                    pixels[start : start + 3] = bytes(3)
    return replace(blank(WIDTH, HEIGHT), dpi=200, pixels=bytes(pixels))


def test_words_under_something_are_missed() -> None:
    """The gap is as full of strokes as the words beside it; the reason says how many and where."""
    said = gaps.doubt(printed(), page(5, 6, 7, 8))
    assert said.startswith("some 6 words within lines were not read, most at 682, 160 of 2000")


@pytest.mark.parametrize(
    ("lost", "image"),
    [
        ((), printed()),
        ((5, 6, 7, 8), printed(5, 6, 7, 8, rows=range(0))),  # white space
        ((5, 6, 7, 8), printed(5, 6, 7, 8, rows=range(25, 30))),  # leaders, underscores
        ((5,), printed()),  # a sign that no engine knows
        ((3, 4, 5, 6, 7, 8, 9), printed()),  # another column
    ],
)
def test_other_gaps_say_nothing(lost: Sequence[int], image: PageImage) -> None:
    """Spaces, leaders, single signs, and what lies between columns are in no line."""
    assert gaps.doubt(image, page(*lost)) == ""


@pytest.mark.parametrize(
    ("text", "confidence", "told"),
    [("few-naneseconds-bevitt—", 6, 1), ("few-naneseconds-bevitt—", 60, 0)]
    + [(text, 6, 0) for text in ("example.org/a-path", "anticonstitutionally", "well-known")]
    + [(text, 6, 0) for text in ("postscript-template", "--with-a-very-long-name")]
    + [(text, 6, 0) for text in ("4-dioctyl-7-oxo-8-oxa-stannate",)]
    + [
        (text, 6, 0)
        for text in ("a_name_of_a_program", "<xsl-call-a-template>", "uid=a-b-c-d,ou=e")
    ],
)
def test_words_that_a_pen_struck_out_are_missed(text: str, confidence: float, told: int) -> None:
    """The stroke ties them to one word that nobody believes; addresses and compounds are none."""
    lines = page().blocks[0][0].lines
    wide = Box(100, 100, 500, 130)
    lines = tuple(replace(one, words=(Word(text, wide, confidence), *one.words)) for one in lines)

    struck = replace(page(), blocks=((Paragraph(lines),),))
    said = gaps.doubt(printed(rows=range(0)), struck)

    assert said.count("some 18 words within lines were not read") == told


def test_words_under_a_dark_watermark_are_missed() -> None:
    """What can be seen of them makes its tone uneven, as no photograph's is."""
    lost = over(5, 8)
    seen, smooth = ((80, 80, 80, 20) * 12, (*range(80, 20, -2), *range(20, 80, 2)) * 2)

    said = gaps.doubt(covered(printed(), lost, seen), page(5, 6, 7, 8))
    assert "words within lines were not read" in said
    assert gaps.doubt(covered(printed(), lost, smooth), page(5, 6, 7, 8)) == ""


def test_what_stands_between_numbers_and_signs_is_no_text() -> None:
    """A row of a drawing that hardly has a word tells nothing; nor do signs beside a gap."""
    assert gaps.doubt(printed(), page(5, 6, 7, 8, texts=["12"] * WORDS)) == ""
    texts = ["word"] * 4 + ["...."] * 6 + ["word"] * 5
    assert gaps.doubt(printed(), page(5, 6, 7, 8, texts=texts)) == ""


def covered(image: PageImage, place: Box, tones: Sequence[int] = (10,)) -> PageImage:
    """Return the picture with a box painted over, in these tones by turns."""
    pixels = bytearray(image.pixels)
    for y in range(place.top, place.bottom):
        run = bytes(tones[x * len(tones) // place.width] for x in range(place.width))
        pixels[y * WIDTH + place.left : y * WIDTH + place.right] = run
    return replace(image, pixels=bytes(pixels))


def over(first: int, last: int) -> Box:
    """Return the box of these words of the second line, with what is between them."""
    left, right = box(first, 1), box(last, 1)
    return Box(left.left - 4, left.top - 4, right.right + 4, right.bottom + 4)


@pytest.mark.parametrize("lost", [(5, 6, 7, 8), (11, 12, 13, 14), (0, 1, 2, 3)])
def test_words_under_a_black_bar_are_missed(lost: Sequence[int]) -> None:
    """A bar has no strokes; it is missed in a line and at its ends, where the column goes on."""
    bar = covered(printed(), over(lost[0], lost[-1]))

    said = gaps.doubt(bar, page(*lost))
    assert "words within lines were not read" in said


def test_a_line_under_a_black_bar_is_missed() -> None:
    """Two lines leave room for a third, and it is black."""
    there = page().blocks[0][0].lines
    rest = replace(page(), blocks=((Paragraph((there[0], *there[2:])),),))

    said = gaps.doubt(covered(printed(), over(0, WORDS - 1)), rest)
    assert said.startswith("some 20 words")
    said = gaps.doubt(printed(*range(WORDS), rows=range(0)), rest)
    assert said == ""


def test_the_margin_of_a_panel_is_no_line() -> None:
    """Below its last line a panel is dark as well."""
    there = page().blocks[0][0].lines
    rest = replace(page(), blocks=((Paragraph((there[0], *there[2:])),),))
    panel = Box(60, there[0].box.top - 10, WIDTH - 60, there[2].box.top - 10)

    assert gaps.doubt(covered(printed(), panel), rest) == ""


def test_a_heading_in_white_on_black_is_no_bar() -> None:
    """Its words stand between two lines of another column, and were read."""
    there = page().blocks[0][0].lines
    rest = Paragraph((there[0], *there[2:]))
    heading = Paragraph((replace(there[1], words=there[1].words[:1]),))
    bar = covered(printed(), over(0, WORDS - 1))

    assert gaps.doubt(bar, replace(page(), blocks=((rest,), (heading,)))) == ""


def test_a_gap_beside_a_hyphen_is_as_wide_as_its_line() -> None:
    """A sign's box is low: its height says nothing about how many words have room beside it."""
    lines = list(page().blocks[0][0].lines)
    first, hyphen, *others = lines[1].words
    low = Word("1", hyphen.box._replace(top=hyphen.box.top + 12, bottom=hyphen.box.top + 20), 95.0)
    lines[1] = replace(lines[1], words=(first, low, *others[2:]))

    one = replace(page(), blocks=((Paragraph(tuple(lines)),),))
    assert gaps.doubt(printed(), one) == ""


def test_what_is_dark_for_another_reason_is_no_bar() -> None:
    """Grey fields, rules, photographs, and the ground of white print hide no words."""
    place, rest = over(5, 8), page(5, 6, 7, 8)
    rule = place._replace(top=place.top + 15, bottom=place.top + 19)
    panel = Box(60, place.top, WIDTH - 60, place.bottom)
    images = (
        covered(printed(5, 6, 7, 8, rows=range(0)), place, (150,)),
        covered(printed(5, 6, 7, 8, rows=range(0)), rule),
        covered(printed(), place, range(0, 90, 2)),
        covered(printed(), panel),
    )
    assert [gaps.doubt(image, rest) for image in images] == [""] * 4


@pytest.mark.parametrize(
    ("words", "confidence", "turned", "told"),
    [(8, 59.0, True, 1), (7, 59.0, True, 0), (8, 60.0, True, 0), (8, 59.0, False, 0)],
)
def test_a_line_along_a_side_that_was_not_read_is_told(
    words: int, confidence: float, *, turned: bool, told: int
) -> None:
    """It was read from the wrong end; the few unsure words of a chart's axis are no such line."""
    place = Box(20, 0, 50, 590) if turned else Box(0, 20, 590, 50)
    line = Line((Word("puke", place, confidence),) * words, place, 20.0)
    beside = replace(page(), blocks=(*page().blocks, (Paragraph((line,)),)))

    assert gaps.doubt(printed(), beside).count("text along a side could not be read") == told
