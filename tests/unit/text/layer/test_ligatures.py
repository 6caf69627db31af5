"""Letters that a file does not explain are read from the picture, where the rest agrees."""

from collections.abc import Sequence

import pytest

from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word
from ocrqueue.text.layer import ligatures, page
from ocrqueue.text.layer.sheet import MISSING, Sheet
from ocrqueue.text.layer.spot import Strip
from tests.support.sheets import sheet_of, typed

PAPER = PageImage(
    width=1700, height=2200, mode=ImageMode.GREY, pixels=b"\xff" * 1700 * 2200, dpi=200, ink=0.0
)


def spelt(sheet: Sheet) -> str:
    return page.markdown(sheet, page.read(sheet)).markdown


def mended(text: str, told: Sequence[str], confidence: float = 95) -> str:
    """Return a line with lost letters, when an engine reads its words so."""
    sheet = sheet_of(typed(text.replace("_", MISSING)))
    lost = ligatures.lost_words(sheet)
    shown = ligatures.strip(lost, PAPER)
    return spelt(
        ligatures.filled(sheet, lost, shown, said(shown, told, confidence)) if shown else sheet
    )


def said(shown: Strip, told: Sequence[str], confidence: float) -> PageLayout:
    lines = []
    for (top, bottom), text in zip(shown.bands, told, strict=True):
        box = Box(30, top, 200, bottom)
        lines.append(Line(tuple(Word(word, box, confidence) for word in text.split()), box, 30))
    return PageLayout(box=Box(0, 0, 300, 900), blocks=((Paragraph(tuple(lines)),),))


def test_lost_ligatures_are_read() -> None:
    """One sign stands for two or three letters; other words stay as the file has them."""
    found = mended("_e de_nition is su_cient o_en", ["The", "definition", "sufficient", "often"])

    assert found == "The definition is sufficient often"


@pytest.mark.parametrize("told", ["detonation", "define", "", "definitions"])
def test_a_word_that_disagrees_stays_broken(told: str) -> None:
    """All its other letters have to be those of the file."""
    assert mended("de_nition", [told]) == f"de{MISSING}nition"


def test_a_short_word_has_to_be_read_surely() -> None:
    """One letter that agrees proves nothing; many do."""
    assert mended("_e de_nition", ["Te", "definition"], confidence=40) == f"{MISSING}e definition"


def test_signs_around_a_word_make_no_difference() -> None:
    """An engine takes one dash or quote for another."""
    assert mended("“o_-line”,", ['"off—line"']) == "“off-line”,"


def test_a_font_without_a_map_is_not_read() -> None:
    """Where each word lacks letters, the page is read instead."""
    sheet = sheet_of(typed(*[f"a{MISSING}b " * 11] * 10))

    assert ligatures.lost_words(sheet) == []


def test_words_that_are_hardly_known_are_not_read() -> None:
    """Where most is missing, what agrees says nothing, and trying takes long."""
    sheet = sheet_of(typed(f"x{MISSING * 5} {MISSING} " + "a" * 60 + MISSING))

    assert ligatures.lost_words(sheet) == []
