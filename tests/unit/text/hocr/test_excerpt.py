"""Facts about the part of a page that tells which way is up."""

from dataclasses import replace

import pytest

from ocrqueue.text.hocr.excerpt import excerpt, parts, proof
from ocrqueue.text.hocr.layout import PageLayout
from ocrqueue.text.hocr.parser import parse
from tests.support.hocr_pages import Put, hocr
from tests.support.page_images import blank


def page(*lines: Put) -> PageLayout:
    return parse(hocr([list(lines)]))


def test_the_parts_with_most_letters_are_taken() -> None:
    """What is a lone word, and what lies between the parts, is left out."""
    image = blank(1700, 2200)
    tones = b"".join(bytes([top // 10]) * image.width for top in range(image.height))
    image = replace(image, dpi=200, pixels=tones)
    above, below = (
        [Put(text="x" * 30, top=first + down) for down in (0, 40, 80, 120)] for first in (400, 1600)
    )

    part = excerpt(parts(image, page(*above, Put(text="lone", top=1000), *below)), 180)

    assert set(range(40, 55)) | set(range(160, 175)) <= set(part.pixels)
    assert 100 not in part.pixels
    assert part.height == 2 * part.width == 600
    assert parts(image, page()) == []


@pytest.mark.parametrize("dpi", [1, 72, 2400])
def test_the_letters_say_how_large_a_part_is(dpi: int) -> None:
    """Not the resolution that a file claims: cameras write any."""
    image = replace(blank(1700, 2200), dpi=dpi)

    (part,) = parts(image, page(Put(text="some large words", top=400, size=60)))

    assert part.width == part.height == 600


def test_a_sure_word_among_many_others_proves_nothing() -> None:
    """Shapes pass for words, in any turn."""
    sure = Put(text="hand", top=100)
    unsure = [Put(text="lllu", top=top, confidence=20) for top in range(200, 1200, 40)]

    assert proof(page(sure, *unsure[:9])) == 1
    assert proof(page(sure, *unsure)) == 0
    assert proof(page()) == 0


def test_a_table_of_short_numbers_proves_which_way_is_up() -> None:
    """It has no words."""
    assert proof(page(*(Put(text=f"{top} 7", top=top) for top in (15, 55, 95)))) == 3
