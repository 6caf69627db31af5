"""Which drawn squares are boxes to tick, and which of them are ticked."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from PIL import Image, ImageDraw

from ocrqueue.model.page import PageImage
from ocrqueue.text.layer.boxes import with_boxes
from ocrqueue.text.layer.page import markdown, read
from ocrqueue.text.layer.sheet import Rect, Sheet
from tests.support.page_images import of_picture
from tests.support.sheets import Typed, sheet_of

SIDE = 24
LABELS = ("Heating", "Lighting", "Water")
Pen = Callable[[ImageDraw.ImageDraw, int, int], None]  # draws into a box at a place


def nothing(_: ImageDraw.ImageDraw, __: int, ___: int) -> None:
    pass


def cross(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    pen.line((x, y, x + SIDE, y + SIDE), fill=0, width=2)
    pen.line((x, y + SIDE, x + SIDE, y), fill=0, width=2)


def tick(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    pen.line(((x + 5, y + 12), (x + 10, y + 18), (x + 19, y + 5)), fill=0, width=2)


def bright_tick(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    pen.rectangle((x, y, x + SIDE, y + SIDE), fill=90)
    pen.line(((x + 5, y + 12), (x + 10, y + 18), (x + 19, y + 5)), fill=255, width=2)


def colour(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    pen.rectangle((x, y, x + SIDE, y + SIDE), fill=120)


def plus(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    pen.line((x, y + 12, x + SIDE, y + 12), fill=0, width=2)
    pen.line((x + 12, y, x + 12, y + SIDE), fill=0, width=2)


def hatching(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    for at in range(-SIDE, SIDE, 5):
        pen.line((x + max(0, at), y - min(0, at), x + min(SIDE, SIDE + at), y + SIDE), fill=0)


def dot(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    pen.rectangle((x + 11, y + 11, x + 13, y + 13), fill=0)


def form(*pens: Pen, left: int = 200) -> tuple[Sheet, PageImage]:
    """Return lines below each other, each with a square before it that a pen draws into."""
    words = [Typed(text=label, base=320 + 60 * at) for at, label in enumerate(LABELS)]
    squares = [(left - SIDE - 12, 298 + 60 * at) for at in range(len(pens))]
    return page(words, list(zip(squares, pens, strict=True)))


def page(
    words: Sequence[Typed], squares: Sequence[tuple[tuple[int, int], Pen]]
) -> tuple[Sheet, PageImage]:
    rulings: list[Rect] = []
    bare = sheet_of(words)
    image = Image.new("L", (bare.width, bare.height), 255)
    draw = ImageDraw.Draw(image)
    for (x, y), pen in squares:
        pen(draw, x, y)
        draw.rectangle((x, y, x + SIDE, y + SIDE), outline=0, width=2)
        right, bottom = x + SIDE, y + SIDE
        rulings += [Rect(x, y, right, y), Rect(x, bottom, right, bottom)]
        rulings += [Rect(x, y, x, bottom), Rect(right, y, right, bottom)]
    return sheet_of(words, rulings=tuple(rulings)), of_picture(image, dpi=200, ink=0.05)


def text(sheet: Sheet, image: PageImage) -> str:
    found = with_boxes(sheet, image)
    return markdown(found, read(found)).markdown


@pytest.mark.parametrize("mark", [cross, tick, bright_tick])
def test_drawn_boxes_are_ticked_as_the_picture_shows(mark: Pen) -> None:
    """A cross, a tick, and the bright tick of a browser; an empty square is a box too."""
    lines = text(*form(mark, nothing, nothing)).split("\n\n")

    assert lines == ["[x] Heating", "[ ] Lighting", "[ ] Water"]


@pytest.mark.parametrize("pen", [colour, plus, hatching, dot])
def test_keys_of_charts_and_icons_are_no_boxes(pen: Pen) -> None:
    """Nor are empty squares beside them: one key of a chart may be white."""
    assert "[" not in text(*form(pen, nothing, nothing))


def test_bright_marks_alone_are_icons() -> None:
    """Where no box is empty, a bright sign on a dark square is one that a publisher prints."""
    assert "[" not in text(*form(bright_tick, bright_tick, bright_tick))


def test_squares_without_text_beside_them_are_no_boxes() -> None:
    """Boxes for single letters stand beside each other; markers of a chart stand anywhere."""
    comb = [((200 + 30 * at, 298), nothing) for at in range(2)]
    markers = [((300 + 90 * at, 600 + 40 * at), nothing) for at in range(6)]

    assert "[" not in text(*page([Typed(text="Post code", base=320, left=264)], comb))
    assert "[" not in text(*form(nothing, left=60))
    assert "[" not in text(*page([Typed(text="Volts", base=620, left=340)], markers))


def test_cells_are_no_boxes() -> None:
    """A square whose side goes on is a cell of a table."""
    sheet, image = form(nothing, nothing, nothing)
    top = sheet.rulings[0]

    found = text(replace(sheet, rulings=(*sheet.rulings, top._replace(right=500))), image)

    assert found.split("\n\n") == ["Heating", "[ ] Lighting", "[ ] Water"]


def test_a_letter_in_a_square_is_no_tick() -> None:
    """Answers are lettered so; an X is a tick, and no word any more."""
    words = [Typed(text="yes", base=320), Typed(text="no", base=380)]
    squares = [((166, 298), nothing), ((166, 358), nothing)]

    lettered = text(*page([*words, Typed(text="A", base=319, left=171)], squares))
    crossed = page(
        [*words, Typed(text="X", base=319, left=171)], [(squares[0][0], cross), squares[1]]
    )

    assert "[" not in lettered
    assert text(*crossed).split("\n\n") == ["[x] yes", "[ ] no"]
