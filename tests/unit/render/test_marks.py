"""Blank backs are blank whatever a scanner adds; one faint line of text makes a page."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ocrqueue.render import marks
from ocrqueue.render.ink import EMPTY, ink_share, page_ink
from tests.support.corpus import CORPUS

Draw = Callable[[ImageDraw.ImageDraw], None]
SIZE = (1654, 2339)  # A4 at 200 dots an inch
CASE = CORPUS.parent / "cases" / "scanner-shadow" / "punched.png"


def page(
    *draws: Draw, paper: int = 245, grain: int = 6, size: tuple[int, int] = SIZE
) -> Image.Image:
    """Return grainy paper with what is drawn on it."""
    image = Image.new("L", size, paper)
    for draw in draws:
        draw(ImageDraw.Draw(image))
    return ImageChops.add(image, Image.effect_noise(size, grain), offset=-128)


def shadow(draw: ImageDraw.ImageDraw) -> None:
    for x in range(70):
        draw.line((x, 0, x, SIZE[1]), fill=60 + x * 185 // 70)


def dark_edge(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, SIZE[1] - 90, SIZE[0], SIZE[1]), fill=5)


def holes(draw: ImageDraw.ImageDraw) -> None:
    for y in (700, 1330, 1640):
        draw.ellipse((70, y, 136, y + 66), fill=30)


def two_edges(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, 60, SIZE[1]), fill=15)
    draw.rectangle((0, 0, SIZE[0], 55), fill=25)


def gloom(draw: ImageDraw.ImageDraw) -> None:
    for x in range(SIZE[0]):
        draw.line((x, 0, x, SIZE[1]), fill=250 - 110 * x // SIZE[0])


def torn_corner(draw: ImageDraw.ImageDraw) -> None:
    draw.polygon([(SIZE[0], 0), (SIZE[0] - 170, 0), (SIZE[0], 150)], fill=15)


def streak(draw: ImageDraw.ImageDraw) -> None:
    draw.line((900, 0, 903, SIZE[1]), fill=120, width=2)


def specks(draw: ImageDraw.ImageDraw) -> None:
    for number in range(30):
        x, y = 97 + number * 613 % 1400, 150 + number * 977 % 2000
        draw.ellipse((x, y, x + 3, y + 3), fill=90)


def line(fill: int, *, top: int = 1000) -> Draw:
    def draw_line(draw: ImageDraw.ImageDraw) -> None:
        for number in range(40):  # strokes as letters have them
            x = 250 + number * 22
            draw.line((x, top, x + 8, top + 26), fill=fill, width=3)
            draw.line((x + 8, top, x + 8, top + 26), fill=fill, width=3)

    return draw_line


@pytest.mark.parametrize(
    "draws",
    [
        [],
        [shadow],
        [dark_edge],
        [two_edges],
        [gloom],
        [holes],
        [torn_corner],
        [streak],
        [specks],
        [shadow, holes, specks, torn_corner],
    ],
)
def test_what_a_scanner_adds_is_no_ink(draws: list[Draw]) -> None:
    """Shadows, dark edges, punch holes, torn corners, streaks, dust, gloom: a page stays blank."""
    assert page_ink(page(*draws)) < EMPTY


@pytest.mark.parametrize("fill", [0, 220])
@pytest.mark.parametrize("beside", [[], [shadow, holes, specks], [two_edges]])
def test_one_line_of_print_is_ink(fill: int, beside: list[Draw]) -> None:
    """A single line is enough, faint or black, alone or beside what a scanner adds."""
    assert page_ink(page(line(fill), *beside)) > EMPTY


@pytest.mark.parametrize("beside", [[], [shadow], [holes, specks]])
def test_one_stroke_of_a_pencil_is_ink(beside: list[Draw]) -> None:
    """Initials on a back are no dust, however little of it they cover."""

    def initials(draw: ImageDraw.ImageDraw) -> None:
        draw.line([(700 + 6 * x, 900 + 25 * (x % 4)) for x in range(18)], fill=140, width=3)

    assert page_ink(page(initials, *beside)) >= EMPTY


def test_drawings_are_ink() -> None:
    """A signature, a frame in the middle and a picture that fills the page are no shadows."""
    curve = [(400 + 14 * step, 1000 + step * step * 37 % 90) for step in range(60)]
    assert page_ink(page(lambda draw: draw.line(curve, fill=60, width=4), shadow)) > EMPTY
    frame = page(lambda draw: draw.rectangle((400, 500, 1200, 1500), outline=40, width=4))
    assert page_ink(frame) > EMPTY
    picture = Image.effect_noise(SIZE, 90).filter(ImageFilter.GaussianBlur(9))
    assert page_ink(picture.point(lambda value: max(0, min(255, (value - 128) * 9 + 128)))) > EMPTY


def test_letters_on_a_dark_page_are_ink() -> None:
    """White on black is print as black on white is."""
    assert page_ink(page(line(250), paper=40)) > EMPTY


def test_a_full_page_is_measured_as_before() -> None:
    """Where there is more than a blank back has, the share of dark pixels is told."""
    lines = [line(0, top=200 + 40 * number) for number in range(50)]
    full = page(*lines)
    assert page_ink(full) == ink_share(full.histogram()) > 0.01


def test_a_full_page_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a scanner adds is looked for on a blank back alone: it takes as long as drawing."""
    full = page(*(line(0, top=200 + 40 * number) for number in range(50)))
    monkeypatch.delattr(marks, "_contrast")

    assert marks.content(full) is None
    with pytest.raises(NameError):
        marks.content(page(shadow, dark_edge, grain=12))


@pytest.mark.skipif(not CASE.exists(), reason="no shared cases")
def test_a_punched_back_is_blank() -> None:
    """The page that a duplex scanner made of a punched back has no ink."""
    with Image.open(Path(CASE)) as image:
        assert page_ink(image) < EMPTY
