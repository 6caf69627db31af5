"""Facts about the time that a sheet takes: it grows with the characters, and ends at a limit."""

import time
from collections.abc import Callable

import pytest

from ocrqueue.text.layer import page
from ocrqueue.text.layer.sheet import Character, Sheet

FEW, MANY = 1_000, 8_000  # characters
STEEP = 3  # times as fast as the characters; what compares each with all: 8
TRIES = 2


def at(x: float, y: float, *, size: float = 10, sign: str = "a", angle: int = 0) -> Character:
    return Character(sign, x, y - size, x + size / 2, y + 2, x, y, size, angle, 0)


SHAPES: dict[str, Callable[[int], Character]] = {
    "one row": lambda n: at(9.0 * n, 500),
    "a stair": lambda n: at(2.0 * n % 1700, 0.9 * n),
    "a grid": lambda n: at(n % 150 * 11, n // 150 * 14),
    "one place": lambda _: at(100, 100),
    "two columns": lambda n: at(n % 2 * 800 + n // 2 % 30 * 11, n // 60 * 13),
    "a row each": lambda n: at(100 + 37 * n % 900, 8.0 * n),
    "all directions": lambda n: at(31 * n % 1700, 17 * n % 2200, angle=n % 360),
    "all sizes": lambda n: at(31 * n % 1700, 17 * n % 2200, size=1 + n % 90),
    "accents": lambda n: at(n % 40, 100, sign="`"),
    "anywhere": lambda n: at(7919 * n % 1700, 104729 * n % 2200),
}


def seconds(sheet: Sheet) -> float:
    began = time.thread_time()
    page.markdown(sheet, page.read(sheet))
    return time.thread_time() - began


@pytest.mark.parametrize("name", SHAPES)
def test_no_sheet_takes_longer_than_its_characters_grow(name: str) -> None:
    """Wherever the characters stand, each is compared with few others, or the sheet is refused."""
    few, many = (
        Sheet(width=1700, height=2200, characters=tuple(map(SHAPES[name], range(size))))
        for size in (FEW, MANY)
    )

    least = min(seconds(few) for _ in range(TRIES))

    assert min(seconds(many) for _ in range(TRIES)) < max(least, 0.02) * STEEP * MANY / FEW


def test_a_page_that_nobody_can_print_is_left_to_its_picture() -> None:
    """More words at one height than fit there are no row."""
    crowded = Sheet(width=1700, height=2200, characters=tuple(map(SHAPES["one row"], range(900))))

    assert page.read(crowded).crowded
    assert not page.read(crowded).layout.words
