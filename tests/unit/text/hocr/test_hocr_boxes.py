"""Boxes to tick in a picture: taken out before it is read again, marks before their labels then."""

from collections.abc import Callable, Sequence

import pytest
from PIL import Image, ImageDraw

from ocrqueue.model.page import PageImage
from ocrqueue.text import marks
from ocrqueue.text.hocr import boxes
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word
from ocrqueue.text.hocr.markdown import to_markdown
from ocrqueue.text.hocr.parser import parse
from ocrqueue.text.tick_boxes import Inside, TickBox
from tests.support.hocr_pages import Put, hocr, text
from tests.support.page_images import of_picture

SIDE, STEP = 26, 60
LABELS = ("Heating was looked at", "Lighting was replaced", "Water is running again")
ROWS = range(len(LABELS))
Ask = Callable[[PageImage], PageLayout | None]


def form(ticked: Sequence[int] = (), rows: Sequence[int] = ROWS, side: int = SIDE) -> PageImage:
    """Return lines with a square before each; the lines are black bars, as nobody reads them."""
    picture = Image.new("L", (1700, 2200), 255)
    draw = ImageDraw.Draw(picture)
    for row in rows:
        x, y = 100, 302 + row * STEP
        draw.rectangle((x, y, x + side, y + side), outline=0, width=2)
        if row in ticked:
            draw.line((x + 4, y + 4, x + side - 4, y + side - 4), fill=0, width=3)
            draw.line((x + 4, y + side - 4, x + side - 4, y + 4), fill=0, width=3)
    return of_picture(picture, dpi=200, ink=0.01)


def page(before: str = "", left: int = 140) -> PageLayout:
    """Return the lines as an engine reads them, with what it takes a box for."""
    start = left - 12 * len(before)
    lines = [
        Put(text=before + label, top=300 + row * STEP, left=start)
        for row, label in enumerate(LABELS)
    ]
    return parse(hocr([lines]))


def read(image: PageImage, first: PageLayout, ask: Ask) -> str:
    """Return the Markdown of a form that is read once more."""
    whole = boxes.read_without(image, first, ask)
    return marks.shown(to_markdown(boxes.marked(whole.page, whole.boxes)).markdown, ())


def plain(_: PageImage) -> PageLayout:
    return page()


@pytest.mark.parametrize("before", ["", "O", "[] "], ids=["nothing", "letter", "word"])
def test_each_line_has_its_box(before: str) -> None:
    """Whatever the engine took the boxes for at first."""
    assert read(form(ticked=[1]), page(before), plain).split("  \n") == [
        "[ ] Heating was looked at",
        "[x] Lighting was replaced",
        "[ ] Water is running again",
    ]


def test_it_is_read_without_the_boxes() -> None:
    """A letter that a box was taken for is gone then."""
    seen: list[PageImage] = []

    def ask(image: PageImage) -> PageLayout:
        seen.append(image)
        return page()

    whole = boxes.read_without(form(ticked=[0, 2]), page("O"), ask)

    assert seen == [whole.image]
    assert set(whole.image.pixels) == {255}


@pytest.mark.parametrize(
    "ask",
    [lambda _: None, lambda _: parse(hocr([[Put(text="No", top=9)]]))],
    ids=["no time", "less"],
)
def test_where_the_rest_would_be_lost_the_page_stays(ask: Ask) -> None:
    """No time is left, or there is less to read without them."""
    image, first = form(), page()

    assert boxes.read_without(image, first, ask) == boxes.Form(image=image, page=first)


@pytest.mark.parametrize(
    ("side", "rows", "is_form"),
    [(SIDE, [1], True), (18, [1], False), (18, [0, 1], True), (14, [0, 1, 2], False)],
)
def test_small_squares_are_boxes_where_there_are_several(
    side: int, rows: list[int], *, is_form: bool
) -> None:
    """One of them may be a letter of a script that nobody reads."""
    whole = boxes.read_without(form(rows=rows, side=side), page(), plain)

    assert bool(whole.boxes) is is_form


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Yes No", "Yes \ue101 No"),
        ("\u0646\u0639\u0645 \u0644\u0627", "\u0646\u0639\u0645 \ue101 \u0644\u0627"),
    ],
    ids=["English", "Arabic"],
)
def test_a_mark_stands_where_it_is_read(words: str, expected: str) -> None:
    """From the left in one script, from the right in another; the words keep their order."""
    first, last = words.split()
    places = (100, 300) if first == "Yes" else (300, 100)
    line = Line(
        words=tuple(
            Word(sign, Box(left, 300, left + 60, 330), 95.0)
            for sign, left in zip((first, last), places, strict=True)
        ),
        box=Box(100, 300, 360, 330),
        size=30,
    )
    between = TickBox(box=Box(260, 302, 286, 328), inside=Inside.PAPER, signs=(), is_labelled=True)
    whole = PageLayout(box=Box(0, 0, 600, 600), blocks=((Paragraph((line,)),),))

    assert boxes.marked(whole, [between]).text == expected


def test_what_is_to_be_ticked_is_no_heading() -> None:
    """Though it is short, has capitals, and text stands below it."""
    prose = text(*["the council met on Tuesday evening and spoke about noise."] * 3, top=400)
    whole = parse(hocr([[Put(text="Married Person", top=300, left=140)]], [prose]))
    square = TickBox(box=Box(100, 302, 126, 328), inside=Inside.PAPER, signs=(), is_labelled=True)

    assert to_markdown(whole).markdown.startswith("### Married Person")
    assert to_markdown(boxes.marked(whole, [square])).markdown.startswith("\ue101 Married Person")


def test_squares_without_text_beside_them_are_none() -> None:
    """They belong to a drawing."""
    whole = boxes.read_without(form(), page(left=700), plain)

    assert whole.boxes == ()


def test_scribbles_tick_a_box_beside_empty_ones() -> None:
    """Alone they might be keys of a chart."""
    image = form(rows=range(5))
    pixels = bytearray(image.pixels)
    for row in range(311, 322):
        pixels[row * image.width + 106 : row * image.width + 121] = b"\0" * 15
    lines = [Put(text=f"Lamp {row} burns", top=300 + row * STEP, left=140) for row in range(5)]

    def ask(_: PageImage) -> PageLayout:
        return parse(hocr([lines]))

    blotted = of_picture(
        Image.frombytes("L", (image.width, image.height), bytes(pixels)), dpi=200, ink=0.01
    )

    assert [one.is_ticked for one in boxes.read_without(blotted, ask(blotted), ask).boxes] == [
        True,
        *[False] * 4,
    ]
