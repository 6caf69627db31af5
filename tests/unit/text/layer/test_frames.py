"""Directions of text: what runs from top to bottom, and what only stands below each other."""

from collections.abc import Iterator

from ocrqueue.text.layer import page
from ocrqueue.text.layer.sheet import Character, Sheet
from tests.support.sheets import Typed, sheet_of, typed

SIZE = 30
COLUMNS = (
    "吾輩は猫である。名前はまだ無い。どこで生れたか",
    "とんと見当がつかぬ。何でも薄暗いじめじめした所",
    "でニャーニャー泣いていた事だけは記憶してい",
    "る。",
)


def down(text: str, right: float, step: float = SIZE) -> Iterator[Character]:
    """Yield signs below each other, each of them upright."""
    for at, sign in enumerate(text):
        base = 300 + at * step
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
