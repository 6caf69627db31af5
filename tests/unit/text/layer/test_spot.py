"""A few lines of the layer are cut from the picture, and held against what an engine reads."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word
from ocrqueue.text.layer import page, spot
from ocrqueue.text.layer.sheet import Field, FieldKind, Rect
from ocrqueue.text.layer.spot import Strip
from tests.support.sheets import Typed, sheet_of, typed

WIDTH, HEIGHT = 1700, 2200
PAPER = PageImage(
    width=WIDTH,
    height=HEIGHT,
    mode=ImageMode.GREY,
    pixels=b"\xff" * (WIDTH * HEIGHT),
    dpi=200,
    ink=0.0,
)
LINES = (
    "the committee met on Tuesday",
    "and decided to postpone the vote",
    "until the next session of spring",
    "as the members had asked before",
)
GREEK = "η επιτροπή συνήλθε την Τρίτη και"


def shown(texts: Sequence[str]) -> Strip:
    bands = tuple((50 * at, 50 * at + 30) for at in range(len(texts)))
    return Strip(image=PAPER, bands=bands, texts=tuple(texts))


def said(texts: Sequence[str], confidence: float = 95) -> PageLayout:
    lines = []
    for at, text in enumerate(texts):
        box = Box(20, 50 * at, 400, 50 * at + 30)
        words = tuple(Word(word, box, confidence) for word in text.split())
        lines.append(Line(words, box, 30))
    return PageLayout(box=Box(0, 0, 500, 300), blocks=((Paragraph(tuple(lines)),),))


def test_lines_that_agree() -> None:
    """Spaces, capitals, quotes and accents make no difference."""
    read = said([LINES[0].title(), *LINES[1:3], LINES[3].replace(" ", "  ")])

    assert spot.disagreement(shown(LINES), read) == ""


@pytest.mark.parametrize("order", [(1, 0, 3, 2), (0, 2, 1, 3)])
def test_lines_in_the_wrong_order(order: Sequence[int]) -> None:
    """Each line is held against its own place: exchanged lines do not agree."""
    read = said([LINES[at] for at in order])

    assert "something else" in spot.disagreement(shown(LINES), read)


def test_one_line_may_be_misread() -> None:
    """A formula or a signature among the lines costs the page nothing."""
    assert spot.disagreement(shown(LINES), said([*LINES[:3], "x"])) == ""


def test_letters_of_another_script() -> None:
    """A page that the layer calls Greek, and the engine surely reads as Latin, is not trusted."""
    greek = shown([GREEK] * 4)

    assert spot.disagreement(greek, said(LINES)) == "the picture shows other letters"
    assert spot.disagreement(greek, said(LINES, confidence=40)) == ""


def test_figures_where_the_layer_has_another_script() -> None:
    """A table of figures is no Greek text; Greek text with the same figures may be."""
    figures = ["049 03:39:28 31 2002"] * 4

    assert "other letters" in spot.disagreement(shown([GREEK] * 4), said(figures))
    assert spot.disagreement(shown([f"{GREEK} {figures[0]}"] * 4), said(figures)) == ""


def test_the_one_line_of_letters_is_never_left_out() -> None:
    """Figures are the same in a layer whose letters mean others."""
    lines = ["the committee met", *["12 049 03:39:28 31"] * 3]

    assert spot.disagreement(shown(lines), said(lines)) == ""
    assert "else" in spot.disagreement(shown(lines), said(["gsv xlnnrggvv nvg", *lines[1:]]))


def test_lines_of_letters_are_looked_at_first() -> None:
    """Among lines of figures the one that has letters tells most."""
    figures = [f"12 049 03:39:2{at} 31 {at}" for at in range(9)]

    found = spot.strip(page.read(sheet_of(typed(*figures, LINES[0]))).layout, PAPER)

    assert found is not None
    assert LINES[0] in found.texts


def test_a_line_of_another_script_among_latin_ones() -> None:
    """One line of symbols that pass for words is no other text."""
    assert spot.disagreement(shown([GREEK, *LINES[1:]]), said(LINES)) == ""


def test_latin_words_among_others_are_compared() -> None:
    """An engine without data for a script makes anything of it; what it can read has to agree."""
    mixed = [f"{line} συνήλθε" for line in LINES]

    assert spot.disagreement(shown(mixed), said([f"{line} cuviA0e" for line in LINES])) == ""
    assert "else" in spot.disagreement(
        shown(mixed), said([f"{line} cuviA0e" for line in LINES[::-1]])
    )


def test_the_strip_has_lines_from_all_parts_of_the_page() -> None:
    """Four of many lines, from the top to the bottom."""
    many = sheet_of(typed(*(f"line number {at} of the page in words" for at in range(40))))

    strip = spot.strip(page.read(many).layout, PAPER)

    assert strip is not None
    numbers = [int(text.split()[2]) for text in strip.texts]
    assert [number // 10 for number in numbers] == [0, 1, 2, 3]


@pytest.mark.parametrize("dots", [" . . . . . 59", "........ 59", " ...... 59"])
def test_dots_are_not_looked_at(dots: str) -> None:
    """What leads to a page number is read as anything: the line ends where that begins."""
    strip = spot.strip(page.read(sheet_of(typed(f"{LINES[0]}{dots}"))).layout, PAPER)

    assert strip is not None
    assert LINES[0].startswith(strip.texts[0].rstrip(" ."))


@pytest.mark.parametrize(("ground", "letters"), [(190, 20), (30, 240), (77, 0), (150, 255)])
def test_the_ground_of_the_strip_is_white(ground: int, letters: int) -> None:
    """Letters on grey panels become black on white, be they brighter than these or darker."""
    row = bytes([ground]) * 900 + bytes([letters]) * 5 + bytes([ground]) * (WIDTH - 905)
    picture = replace(PAPER, pixels=row * HEIGHT)
    sheet = sheet_of(typed("some words of a line that is long enough to tell", left=700))

    strip = spot.strip(page.read(sheet).layout, picture)

    assert strip is not None
    top = strip.bands[0][0]
    line = strip.image.pixels[top * strip.image.width : (top + 1) * strip.image.width]
    assert line.count(255) >= strip.image.width - 5
    assert min(line) < 60


def test_latin_words_among_others_are_looked_at() -> None:
    """Where nothing can read the script of a page, its Latin words can still be read."""
    others = [f"{GREEK} {line} {GREEK}" for line in LINES]

    strip = spot.strip(page.read(sheet_of(typed(*others, size=20))).layout, PAPER)

    assert strip is not None
    assert set(LINES) & set(strip.texts)


def test_a_glance_is_narrower_and_of_the_same_lines() -> None:
    """Their begins and ends in turn, for a lie may be in either."""
    layout = page.read(sheet_of(typed(*(f"{line} {line} {line} last" for line in LINES)))).layout

    short, full = spot.glance(layout, PAPER), spot.strip(layout, PAPER)

    assert short is not None
    assert full is not None
    assert short.image.width < 0.7 * full.image.width
    pairs = list(zip(short.texts, full.texts, strict=True))
    assert all(whole.startswith(begin) for begin, whole in pairs[::2])
    assert all(whole.endswith(end) for end, whole in pairs[1::2])
    assert [text.endswith("last") for text in short.texts] == [False, True] * 2


@pytest.mark.parametrize("lines", [LINES[:1], [GREEK, *LINES[1:]]])
def test_few_letters_and_other_scripts_need_more_than_a_glance(lines: Sequence[str]) -> None:
    """Of few letters all may be right by chance, of another script none is read."""
    assert spot.glance(page.read(sheet_of(typed(*lines))).layout, PAPER) is None


def test_a_glance_forgives_next_to_nothing() -> None:
    """A letter may be misread, but no line, as in a full look one may."""
    misread = [LINES[0].replace("T", "I"), *LINES[1:]]

    assert spot.agrees_plainly(shown(LINES), said(misread))
    assert not spot.agrees_plainly(shown(LINES), said([GREEK, *LINES[1:]]))
    assert spot.disagreement(shown(LINES), said([GREEK, *LINES[1:]])) == ""


def test_a_line_is_looked_at_once() -> None:
    """A page of few lines has no others to look at."""
    strip = spot.strip(page.read(sheet_of(typed(LINES[0]))).layout, PAPER)

    assert strip is not None
    assert strip.texts == LINES[:1]


def test_large_letters_are_looked_at_as_far_as_small_ones() -> None:
    """The one word of a title is not cut off."""
    title = page.read(sheet_of([Typed(text="Bibliographies", base=400, size=200)])).layout

    strip = spot.strip(title, PAPER)

    assert strip is not None
    assert strip.image.width > 1300


def test_a_field_is_looked_at_as_far_as_it_may_reach() -> None:
    """Nobody knows how large it is drawn: what is cut off would be missing in the picture."""
    box = Rect(300, 700, 1000, 760)
    field = Field(FieldKind.TEXT, box, LINES[0], ticked=False, size=0.0)

    strip = spot.strip(page.read(sheet_of([], fields=(field,))).layout, PAPER)

    assert strip is not None
    assert strip.image.width >= 700


def test_lines_of_another_script_are_held_where_they_can_be_read() -> None:
    """They need not agree as Latin ones do: exchanged letters are hardly ever the right ones."""
    nearly = GREEK.replace("ή", "n").replace("τ", "r")
    cipher = GREEK.translate(str.maketrans("αητικεοπσ", "ιπσαητκεο"))

    assert spot.disagreement_of_others(shown([GREEK] * 4), said([nearly] * 4)) == ""
    assert "else" in spot.disagreement_of_others(shown([cipher] * 4), said([GREEK] * 4))
    strip = spot.strip_of_others(page.read(sheet_of(typed(GREEK, *LINES))).layout, PAPER)
    assert strip is not None
    assert strip.texts == (GREEK,)


@pytest.mark.parametrize("look", [spot.glance, spot.strip])
def test_runs_of_figures_are_looked_at_too(look: Callable[..., Strip | None]) -> None:
    """Lines of words say nothing of a font that figures alone are drawn in."""
    rows = [f"{line} 19{at}4.27" for at, line in enumerate((*LINES, *LINES))]
    found = look(page.read(sheet_of(typed(*rows))).layout, PAPER)
    assert found is not None

    lied = said([*found.texts[: -found.numbers], *["8350.68"] * found.numbers])

    assert found.numbers == spot.NUMBERS
    assert not spot.agrees_plainly(shown_as(found), lied)
    assert spot.disagreement(shown_as(found), lied) == "the picture shows other figures"


def shown_as(strip: Strip) -> Strip:
    """Return a strip whose lines are where `said` puts them."""
    return replace(shown(strip.texts), numbers=strip.numbers)


def test_figures_beside_another_script_are_not_looked_at() -> None:
    """A font may draw its own figures for them, which an engine without its data cannot read."""
    strip = spot.strip(page.read(sheet_of(typed(*[f"{GREEK} 1403.10"] * 6))).layout, PAPER)

    assert strip is not None
    assert strip.numbers == 0
