"""A layer that no engine can read is held against its picture by the shapes of its letters."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.text.layer import glyphs
from ocrqueue.text.layer.sheet import Sheet
from tests.support.sheets import sheet_of, typed

WORDS = ("abgd dgba bagd gdab", "gabd badg dbga agbd", "bdga gadb abdg dagb")
THEIRS = str.maketrans("abgd", "אבגד")
SHAPES = {  # strokes at these shares of a letter's width
    "a": (0.2,), "b": (0.5,), "g": (0.8,), "d": (0.2, 0.8),
}  # fmt: skip


def drawn(lines: Sequence[str]) -> PageImage:
    """Return a picture of lines in a script of strokes."""
    sheet = sheet_of(typed(*lines))
    rows = [bytearray(b"\xff" * sheet.width) for _ in range(sheet.height)]
    for one in sheet.characters:
        for at in SHAPES[one.sign]:
            left = round(one.left + at * (one.right - one.left))
            for row in rows[int(one.top) : int(one.bottom)]:
                row[left - 1 : left + 2] = bytes(3)
    return PageImage(
        width=sheet.width,
        height=sheet.height,
        mode=ImageMode.GREY,
        pixels=b"".join(rows),
        dpi=200,
        ink=0.05,
    )


def told(lines: Sequence[str]) -> Sheet:
    return sheet_of(typed(*lines))


def seen_alike(text: Sequence[str], picture: Sequence[str]) -> bool:
    return glyphs.are_alike(told(text).characters, drawn(picture))


@pytest.mark.parametrize("theirs", [{}, THEIRS])
def test_the_same_letters_look_alike(theirs: dict[int, str]) -> None:
    """Of whatever script: nobody has to read them, and boxes may end a pixel off."""
    sheet = told([line.translate(theirs) for line in WORDS])
    moved = tuple(one._replace(left=one.left + at % 2) for at, one in enumerate(sheet.characters))

    shown = drawn(WORDS)
    found = [glyphs.are_alike(those, shown) for those in (sheet.characters, moved)]

    assert found == [True, True]


@pytest.mark.parametrize("theirs", [{}, THEIRS])
def test_the_text_of_another_page_in_the_same_places(theirs: dict[int, str]) -> None:
    """One letter stands at places that look different."""
    others = [line.translate(theirs)[::-1] for line in WORDS]

    assert not seen_alike(others, WORDS)


def test_chance_letters_among_those_of_another_script() -> None:
    """What a poor engine left: each script is looked at alone, or the honest letters hide it."""
    theirs = [line.translate(THEIRS) for line in WORDS]
    chance = [
        "".join(
            "abgd"[at % 4] if at % 3 == 0 and sign != " " else sign for at, sign in enumerate(line)
        )
        for line in theirs
    ]

    assert seen_alike(theirs, WORDS)
    assert not seen_alike(chance, WORDS)


def test_a_cipher_looks_as_sound_as_an_honest_text() -> None:
    """Only who can read the picture sees it."""
    lines = [line.translate(str.maketrans("abgd", "bgda")) for line in WORDS]

    assert seen_alike(lines, WORDS)


def test_few_letters_prove_nothing() -> None:
    """A page number or a heading is not held against its picture so."""
    assert seen_alike(["dagb"], ["abgd"])


def test_white_letters_look_like_black_ones() -> None:
    """A heading on a dark bar has the same letters as the text."""
    picture = drawn(WORDS)
    sheet = told(WORDS)
    first = int(sheet.characters[0].bottom)
    upper = bytes(255 - level for level in picture.pixels[: first * picture.width])
    turned = replace(picture, pixels=upper + picture.pixels[first * picture.width :])

    share = glyphs.alike(sheet.characters, turned)
    assert share > 0.9
