"""What speaks against a page's own text without an engine: letters and places, ink without text."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.text.layer import page, trust
from ocrqueue.text.layer.sheet import BELOW, UNSHOWN, Field, FieldKind, Rect, Sheet
from tests.support.sheets import sheet_of, typed

LINES = ("the committee met on Tuesday", "and decided to postpone the vote") * 3
PITCH = 40


def drawn(sheet: Sheet, photograph: int = 0) -> PageImage:
    """Return a picture: a bar for each letter, and a photograph of so many rows at the foot."""
    rows = [bytearray(b"\xff" * sheet.width) for _ in range(sheet.height)]
    for one in sheet.characters:
        for row in rows[int(one.top) : int(one.bottom)]:
            row[int(one.left) + 4 : int(one.left) + 8] = bytes(4)
    tones = bytes(abs(13 * at % 510 - 255) for at in range(sheet.width))
    for at, row in enumerate(rows[sheet.height - photograph :]):
        row[:] = tones[at % 50 :] + tones[: at % 50]
    pixels = b"".join(rows)
    return PageImage(
        width=sheet.width,
        height=sheet.height,
        mode=ImageMode.GREY,
        pixels=pixels,
        dpi=200,
        ink=0.05,
    )


@pytest.mark.parametrize("photograph", [0, 900])
def test_half_a_page_is_missed_beside_a_photograph(photograph: int) -> None:
    """What is missing is a share of the letters: a photograph has more strokes than they."""
    whole = sheet_of(typed(*LINES))
    half = replace(whole, characters=whole.characters[: len(whole.characters) // 2])
    image = drawn(whole, photograph)

    nothing, missing = (trust.unexplained(sheet, image) for sheet in (whole, half))

    assert nothing < 0.02
    assert missing > 0.4


@pytest.mark.parametrize(
    ("text", "bar", "left_over"),
    [
        ("the account 4711 of the client", "4711", "the account of the client"),
        ("the account-4711-client", "4711", "the account- -client"),  # a part of a word
        ("the account-471-client", "471", "the account- -client"),
        ("the account-47-client", "47", "the account-47-client"),  # a box or two may be wrong
        ("the account....client", "....", "the account....client"),  # hardly any ink to be seen
    ],
)
def test_letters_under_a_bar_are_not_seen(text: str, bar: str, left_over: str) -> None:
    """A word that somebody painted over is left out, the others of its line are not."""
    sheet = sheet_of(typed(text))
    at = text.replace(" ", "").index(bar)
    covered = sheet.characters[at : at + len(bar)]
    image = drawn(sheet)
    pixels = bytearray(image.pixels)
    left, right = int(covered[0].left) - 3, int(covered[-1].right) + 1
    for row in range(int(covered[0].top) - 3, int(covered[0].bottom) + 3):
        pixels[row * image.width + left : row * image.width + right] = bytes(right - left)

    seen = trust.seen(sheet, replace(image, pixels=bytes(pixels)))

    assert page.markdown(seen, page.read(seen)).markdown == left_over


def test_letters_below_a_picture_are_seen_where_it_is_transparent() -> None:
    """Then the same letters look alike; a photograph has ink everywhere, and no letters."""
    sheet = sheet_of(typed(LINES[0], *LINES, look=BELOW))
    paper, photograph = (drawn(replace(sheet, characters=()), at) for at in (0, sheet.height))
    clear = bytearray(paper.pixels)
    for one in sheet.characters:
        for bit in (bit for bit in range(6) if ord(one.sign) >> bit & 1):
            for row in range(int(one.top) + 5 * bit, int(one.top) + 5 * bit + 5):
                clear[
                    row * sheet.width + int(one.left) + 2 : int(one.right) + row * sheet.width
                ] = bytes(int(one.right) - int(one.left) - 2)

    hidden = trust.seen(sheet, photograph)
    shown = trust.seen(sheet, replace(paper, pixels=bytes(clear)))

    assert not any(one.look & UNSHOWN for one in shown.characters)
    assert all(one.look & UNSHOWN for one in hidden.characters)


@pytest.mark.parametrize(("angle", "why"), [(0, ""), (90, "a filled form whose text is turned")])
def test_fields_beside_turned_text_are_not_lost(angle: int, why: str) -> None:
    """What is filled in has no place among lines that run another way: the picture is read."""
    field = Field(FieldKind.CHECK, Rect(900, 700, 930, 730), "", ticked=True, size=0.0)
    sheet = sheet_of(typed(*LINES), fields=(field,))
    turned = replace(page.read(sheet), angle=angle)

    assert trust.objection(sheet, turned) == why


@pytest.mark.parametrize(
    ("ink", "grounds", "shown"),
    [(235, [255], True), (236, [255], False), (200, [225], True), (230, range(231, 256), False)],
)
def test_pale_letters_are_seen_on_a_ground_of_one_tone(
    ink: int, grounds: Sequence[int], *, shown: bool
) -> None:
    """A drawn page has such a ground; on a scan's, what is so pale may be noise."""
    sheet = sheet_of(typed("grey"))
    image = drawn(sheet)
    table = bytes([ink]) + bytes(grounds[level % len(grounds)] for level in range(1, 256))
    noise = bytes(1 + place % 250 if level else 0 for place, level in enumerate(image.pixels))

    found = trust.seen(sheet, replace(image, pixels=noise.translate(table)))

    assert [not one.look & UNSHOWN for one in found.characters] == [shown] * 4


def test_drawn_lines_explain_no_letters() -> None:
    """A grid has many strokes as well; they make what is missing look no smaller."""
    whole = sheet_of(typed(*LINES))
    rulings = tuple(Rect(at, 1200, at + 2, 1900) for at in range(100, 1600, 15))
    half = replace(whole, characters=whole.characters[: len(whole.characters) // 2])
    image = drawn(whole)
    grid = bytearray(image.pixels)
    for line in rulings:
        for row in range(1200, 1900):
            grid[row * image.width + int(line.left)] = 0
            grid[row * image.width + int(line.left) + 1] = 0

    found = trust.unexplained(replace(half, rulings=rulings), replace(image, pixels=bytes(grid)))

    assert found > 0.4
