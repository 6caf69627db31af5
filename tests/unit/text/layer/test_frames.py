"""Directions of text: what runs from top to bottom, and what only stands below each other."""

from collections.abc import Iterable, Iterator

import pytest

from ocrqueue.text.layer import frames, page
from ocrqueue.text.layer.sheet import Character, Sheet
from tests.support.sheets import Typed, sheet_of, typed

SIZE = 30
COLUMNS = (
    "吾輩は猫である。名前はまだ無い。どこで生れたか",
    "とんと見当がつかぬ。何でも薄暗いじめじめした所",
    "でニャーニャー泣いていた事だけは記憶してい",
    "る。",
)


def down(text: str, right: float, top: float = 300) -> Iterator[Character]:
    """Yield signs below each other, each of them upright."""
    for at, sign in enumerate(text):
        base = top + at * SIZE
        yield Character(
            sign, right - SIZE, base - SIZE, right, base, right - SIZE, base, SIZE, 0, look=0
        )


def columns(*texts: str) -> Sheet:
    """Return a page with columns from right to left."""
    signs = [one for at, text in enumerate(texts) for one in down(text, 1400 - 54 * at)]
    return Sheet(width=1700, height=2200, characters=tuple(signs))


def markdown(sheet: Sheet) -> str:
    return page.markdown(sheet, page.read(sheet)).markdown


def test_japanese_is_read_down_its_columns_from_the_right() -> None:
    """The last column is too short to tell its direction: it goes with the others."""
    sheet = columns(*COLUMNS)

    assert page.read(sheet).downward
    assert markdown(sheet) == "".join(COLUMNS)


def test_a_column_beside_lines_is_a_paragraph_of_its_own() -> None:
    """A spine's title does not break the lines that it stands beside."""
    lines = typed(
        "組版処理の要件の実装を試みるクラス", "と横書きの行が用意されています。", "そして続きます。"
    )
    sheet = sheet_of(lines)
    title = tuple(down("吾輩は猫である", 1500))

    text = markdown(Sheet(width=1700, height=2200, characters=(*title, *sheet.characters)))

    assert not page.read(sheet).downward
    assert text.endswith("\n\n吾輩は猫である")
    assert "試みるクラスと横書き" in text


def test_cells_of_one_sign_are_no_column() -> None:
    """Rows of a table are further apart than signs that are read downwards."""
    rows = [
        Typed(text=text, base=300 + 54 * at, left=left)
        for at, row in enumerate((("甲", "三十"), ("乙", "四十"), ("丙", "五十"), ("丁", "六十")))
        for text, left in zip(row, (200, 500), strict=True)
    ]
    by_column = sorted(rows, key=lambda cell: cell.left)

    sheet = sheet_of(by_column)

    assert not page.read(sheet).downward
    assert "甲 | 三十" in markdown(sheet)


def angles(*runs: Iterable[Character]) -> list[tuple[int, int, bool]]:
    """Return the direction of each frame, how many characters it has, and if it is of columns."""
    found = [one for run in runs for one in run]
    return [
        (one.angle, len(one.characters), one.downward) for one in frames.frames(found, 1700, 2200)
    ]


def test_a_letter_above_a_column_is_no_part_of_it() -> None:
    """Letters of other scripts lie in columns, signs stand; nor is the number below one."""
    column = down("A吾輩は猫である1", 900)

    assert angles(column) == [(90, 7, True), (0, 2, False)]


def test_letters_below_each_other_are_no_column() -> None:
    """Answers in rows make nothing of the few signs beside them."""
    letters, signs = down("ABCDEFG", 300), typed("甲乙", base=300, left=600)

    assert angles(letters, sheet_of(signs).characters) == [(0, 9, False)]


def test_signs_that_step_aside_are_no_column() -> None:
    """They stand below each other, but ever further to the right."""
    steps = [
        one
        for at, sign in enumerate("甲乙丙丁")
        for one in down(sign, 300 + 20 * at, 300 + 32 * at)
    ]

    assert angles(steps) == [(0, 4, False)]


def test_turned_signs_are_no_column() -> None:
    """Only those that stand upright are read downwards; others have a direction."""
    *column, last = down("吾輩は猫で", 900)
    turned = [one._replace(angle=2) for one in column]

    assert angles([*column, last._replace(angle=2)]) == [(90, 4, True), (0, 1, False)]
    assert angles(turned) == [(0, 4, False)]


@pytest.mark.parametrize(("sign", "angle"), [("x", 0), ("字", 45)])
def test_a_short_column_goes_with_the_long_ones(sign: str, angle: int) -> None:
    """However much stands there in other letters or directions."""
    others = [
        one._replace(sign=sign, angle=angle)
        for one in sheet_of(typed(*["x" * 40] * 3, base=1500)).characters
    ]
    found = (one for at, text in enumerate(COLUMNS) for one in down(text, 1400 - 54 * at))

    assert (90, len("".join(COLUMNS)), True) in angles(found, others)


def test_the_few_columns_of_a_page_do_not_make_it_one_of_columns() -> None:
    """Beside lines up the page, a column of signs is read in their frame, and is not told of it."""
    lines = [
        one._replace(angle=90) for one in sheet_of(typed(*["a long line of it"] * 2)).characters
    ]

    assert angles(lines, down("吾輩は猫", 900)) == [(90, 30, False)]
