"""Facts about the time that a page of hOCR takes: it grows with the lines, and ends at a limit."""

import time
from collections.abc import Callable

import pytest

from ocrqueue.model.errors.page import ReplyHopeless
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.text.hocr.ink_coverage import coverage
from ocrqueue.text.hocr.markdown import to_markdown, to_table
from ocrqueue.text.hocr.parser import LONGEST_HOCR, MOST_LINES, parse

FEW, MANY = 100, 600  # lines
STEEP = 3  # times as fast as the lines; what compares each with all: 6
TRIES = 2
PROSE = "the quick brown fox jumps over the lazy dog again and"


def word(text: str, left: int, top: int) -> str:
    box = f"bbox {left} {top} {left + 20} {top + 10}"
    return f"<span class='ocrx_word' title='{box}; x_wconf 95'>{text}</span>"


def line(words: str, top: int, gap: int = 21) -> str:
    found = [word(text, gap * place, top) for place, text in enumerate(words.split(" ")) if text]
    box = f"bbox 0 {top} 900 {top + 10}; x_size 10"
    return f"<span class='ocr_line' title='{box}'>{' '.join(found)}</span>"


def page(lines: str) -> str:
    head = "<div class='ocr_page' title='bbox 0 0 2000 20000'><div class='ocr_carea'>"
    return f"{head}<p class='ocr_par'>{lines}"


LAYOUTS: dict[str, Callable[[int], str]] = {
    "two columns of prose": lambda row: line(f"{PROSE}      {PROSE}", 12 * row),
    "words divided at each line": lambda row: line("fox quick-", 12 * row),
    "items between lines": lambda row: line("a) quick:" if row % 2 else "Then quick:", 12 * row),
    "numbers": lambda row: line(f"{row}. quick:", 12 * row, gap=60),
    "rows of a table": lambda row: line(f"ab {row}", 12 * row, gap=300),
}


def seconds(read: Callable[[], object]) -> float:
    began = time.thread_time()
    read()
    return time.thread_time() - began


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("spelt", [to_markdown, to_table])
def test_no_page_takes_longer_than_its_lines_grow(
    name: str, spelt: Callable[[object], str]
) -> None:
    """Whatever the lines look like, each is compared with few others."""
    few, many = (parse(page("".join(map(LAYOUTS[name], range(size))))) for size in (FEW, MANY))

    least = min(seconds(lambda: spelt(few)) for _ in range(TRIES))
    most = max(least, 1e-3) * STEEP * MANY / FEW

    assert any(seconds(lambda: spelt(many)) < most for _ in range(TRIES))


def test_more_lines_than_a_page_holds_are_no_page() -> None:
    """Nobody would ask for them again."""
    with pytest.raises(ReplyHopeless, match="lines"):
        parse(page(line("a", 1) * (MOST_LINES + 1)))


def test_more_markup_than_a_page_needs_is_no_page() -> None:
    """It is not looked at."""
    with pytest.raises(ReplyHopeless, match="bytes"):
        parse(b" " * (LONGEST_HOCR + 1))


def test_a_list_of_many_parts_is_read() -> None:
    """Each begins a paragraph of its own, however many there are."""
    lines = (line("• quick" if row % 2 else "1. quick", 12 * row) for row in range(3000))

    assert to_markdown(parse(page("".join(lines)))).markdown


def test_a_word_far_below_its_page_costs_nothing() -> None:
    """What stands outside the image has no pixels that could be read."""
    image = PageImage(width=4, height=4, dpi=200, mode=ImageMode.GREY, pixels=bytes(16), ink=0.0)
    found = parse(page(line("far", 1).replace("bbox 0 1 20 11", "bbox 0 1 20 999999") * 200))

    assert seconds(lambda: coverage(image, found)) < 1.0
