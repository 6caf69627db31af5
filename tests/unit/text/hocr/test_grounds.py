"""Facts about print on grounds of many tones."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import grounds
from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph, Word
from tests.support.page_images import blank

WIDTH, HEIGHT = 700, 300
TONES = (60, 110, 150, 190)  # of the cells, from the left
CELLS = [Box(50 + 150 * at, 100, 197 + 150 * at, 160) for at in range(4)]
WORDS = [Box(cell.left + 10, 115, cell.left + 100, 145) for cell in CELLS]


def table(*empty: int) -> PageImage:
    """Return cells with a word each, which is white on dark ones, and rules between them."""
    pixels = bytearray(b"\xff" * (WIDTH * HEIGHT))
    for y in range(98, 162):
        pixels[y * WIDTH + 48 : y * WIDTH + 649] = bytes([90]) * 601
    for at, (cell, word, tone) in enumerate(zip(CELLS, WORDS, TONES, strict=True)):
        for y in range(cell.top, cell.bottom):
            pixels[y * WIDTH + cell.left : y * WIDTH + cell.right] = bytes([tone]) * cell.width
            if at not in empty and word.top <= y < word.bottom:
                for x in range(word.left, word.right, 10):
                    pixels[y * WIDTH + x : y * WIDTH + x + 4] = bytes([255 * (tone < 100)]) * 4
    return replace(blank(WIDTH, HEIGHT), dpi=200, pixels=bytes(pixels))


def page(*cells: int) -> PageLayout:
    """Return the page on which the words of these cells were read."""
    words = tuple(Word("printed", WORDS[at], 95.0) for at in cells)
    line = Line(words, Box(WORDS[cells[0]].left, 115, WORDS[cells[-1]].right, 145), 20.0)
    return PageLayout(box=Box(0, 0, WIDTH, HEIGHT), blocks=((Paragraph((line,)),),))


def unasked(part: PageImage) -> PageLayout | None:
    """Fail: nothing is to be read again."""
    pytest.fail(f"a part of {part.width} x {part.height} was read again")


def test_each_cell_becomes_white_with_black_print() -> None:
    """Or nearly black, whatever its tone was, and the rules between the cells go."""
    found = grounds.grounds(table())

    said = grounds.levelled(table(), found)
    assert sorted(one.box for one in found) == CELLS
    assert [said.pixels[105 * WIDTH + cell.left + 5] for cell in CELLS] == [255] * 4
    assert [said.pixels[130 * WIDTH + word.left] for word in WORDS] == [0, 62, 0, 0]
    assert {said.pixels[130 * WIDTH + cell.right + 1] for cell in CELLS} == {255}


def test_of_a_page_of_many_rows_no_more_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where a file says that they are inches apart."""
    image = replace(table(), dpi=10)
    monkeypatch.setattr(grounds, "MOST_ROWS", HEIGHT // 10)
    looked: list[int] = []

    def pieces(rows: Iterable[bytes], _least: int) -> list[tuple[int, ...]]:
        looked.append(len(list(rows)))
        return []

    monkeypatch.setattr(grounds, "pieces", pieces)
    grounds.grounds(image)
    assert max(looked) == HEIGHT // 10


def test_a_table_with_unread_cells_is_read_again() -> None:
    """On white; what is read then stands on the page, and the page is white there too."""
    lost, whole = page(0, 3), page(0, 1, 2, 3)
    moved = [Word("printed", Box(one.left - 50, 15, one.right - 50, 45), 95.0) for one in WORDS]
    again = whole.with_lines(lambda line: replace(line, words=tuple(moved)))

    image, said = grounds.on_white(table(), lost, lambda _: again)

    assert len(said.words) == 4
    assert image.pixels[105 * WIDTH + CELLS[0].left + 5] == 255


def test_a_table_that_was_read_is_made_white_alone() -> None:
    """Its dark cells are no blots, and no edge that lines run into."""
    image, said = grounds.on_white(table(), page(0, 1, 2, 3), unasked)

    assert said == page(0, 1, 2, 3)
    assert image.pixels[105 * WIDTH + CELLS[0].left + 5] == 255


def test_dark_bars_stay_dark() -> None:
    """What has no words may lie over some: it is not made paper."""
    image, _ = grounds.on_white(table(0, 1, 2), page(3), unasked)
    assert image == table(0, 1, 2)


def test_white_paper_has_no_grounds() -> None:
    """Nor has print on it."""
    assert not grounds.grounds(blank(WIDTH, HEIGHT))


def test_the_large_letters_of_a_stamp_are_no_grounds() -> None:
    """A cell has its tone all along its top and its foot; an A has not."""
    pixels = bytearray(b"\xff" * (WIDTH * HEIGHT))
    for y in range(100, 200):
        for middle in (150, 260, 370):
            half = 5 + (y - 100) // 2
            pixels[y * WIDTH + middle - half : y * WIDTH + middle + half] = bytes([82]) * (2 * half)

    assert grounds.grounds(replace(blank(WIDTH, HEIGHT), dpi=200, pixels=bytes(pixels))) == []
