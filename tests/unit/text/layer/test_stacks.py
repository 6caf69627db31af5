"""Tables with lines between their rows alone: blanks part the columns."""

import time

import pytest

from ocrqueue.text.layer import page
from ocrqueue.text.layer.sheet import Rect
from tests.support.sheets import Typed, sheet_of, typed

PROSE = (
    "The committee met on Tuesday and",
    "decided to postpone the vote until",
    "the next session, which will be",
    "held in the spring of the year",
)
TOWNS = (("Town", "People", "Area"), ("Bonn", "331", "141"), ("Trier", "110", "117"))


def markdown(rows: list[Typed], *heights: float, right: int = 900) -> str:
    rulings = tuple(Rect(200, at, right, at + 2) for at in heights)
    sheet = sheet_of(rows, rulings=rulings)
    return page.markdown(sheet, page.read(sheet)).markdown


def put(*cells: str, base: float, lefts: tuple[int, ...] = (200, 320, 430)) -> list[Typed]:
    return [
        Typed(text=text, base=base, left=left)
        for text, left in zip(cells, lefts, strict=True)
        if text
    ]


def test_columns_may_stand_close_to_each_other() -> None:
    """A line above the head, one below it, one at the end, and hardly a space between figures."""
    rows = [one for at, cells in enumerate(TOWNS) for one in put(*cells, base=300 + 40 * at)]

    assert markdown(rows, 265, 310, 395).splitlines() == [
        "| Town | People | Area |",
        "| --- | --- | --- |",
        "| Bonn | 331 | 141 |",
        "| Trier | 110 | 117 |",
    ]


@pytest.mark.parametrize("lines", [(265, 310, 425, 465), (310, 425, 465), (265, 310, 425)])
def test_cells_of_several_lines_between_lines(lines: tuple[float, ...]) -> None:
    """A row is what stands between two lines; the first and the last line need not be drawn."""
    lefts = (200, 350, 750)
    rows = put("Item", "What is done", "Cost", base=300, lefts=lefts)
    rows += put("Roof", "Replace all broken tiles", "120", base=345, lefts=lefts)
    rows += put("", "on the north side", "", base=380, lefts=lefts)
    rows += put("", "of the old house", "", base=415, lefts=lefts)
    rows += put("Doors", "Paint them", "80", base=460, lefts=lefts)

    assert markdown(rows, *lines).splitlines() == [
        "| Item | What is done | Cost |",
        "| --- | --- | --- |",
        "| Roof | Replace all broken tiles on the north side of the old house | 120 |",
        "| Doors | Paint them | 80 |",
    ]


def test_a_line_over_all_columns_is_kept_whole() -> None:
    """A heading between rows parts no words, and hides no column."""
    rows = [one for at, cells in enumerate(TOWNS * 3) for one in put(*cells, base=300 + 40 * at)]
    rows.append(Typed(text="All of these lie on a river", base=660))

    text = markdown(rows, 265, 310, 675)

    assert "| All of these lie on a river |  |  |" in text
    assert text.count("| Bonn | 331 | 141 |") == 3


def test_columns_of_prose_between_lines_are_no_table() -> None:
    """Each is read to its end."""
    rows = [*typed(*PROSE, base=300), *typed(*PROSE, base=500)]
    rows += [*typed(*PROSE, base=300, left=760), *typed(*PROSE, base=500, left=760)]

    assert "|" not in markdown(rows, 260, 450, 650, right=1300)


def test_many_lines_and_words_take_no_long() -> None:
    """Each word is looked at once for all lines that begin and end alike."""
    words = [Typed(text="a b c d e f", base=100 + 1.1 * at) for at in range(1900)]
    before = time.process_time()

    markdown(words, *(100 + 0.5 * at for at in range(3900)))

    assert time.process_time() - before < 10
