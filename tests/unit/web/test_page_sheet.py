"""The picture of a page, with a frame."""

import io

import pytest
from PIL import Image

from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.text import figures
from ocrqueue.web import page_sheet


def a_page() -> PageImage:
    pixels = bytes(n % 251 for n in range(40 * 30 * 3))
    return PageImage(width=40, height=30, mode=ImageMode.RGB, pixels=pixels, dpi=72, ink=0.1)


def test_a_frame_goes_round_a_place() -> None:
    """What lies inside and outside of it stays as it is."""
    page = a_page()
    framed = page_sheet.framed(page, (15, 12, 20, 16))
    with Image.open(io.BytesIO(figures.png(framed))) as shown:
        changed = {
            (x, y)
            for x in range(40)
            for y in range(30)
            if shown.getpixel((x, y)) == page_sheet.FRAME
        }

    assert {(9, 6), (25, 21), (9, 21), (12, 14), (17, 21)} <= changed
    assert (17, 14) not in changed
    assert all(9 <= x < 26 and 6 <= y < 22 for x, y in changed)


@pytest.mark.parametrize(
    "box", [(-99, -99, 9999, 9999), (50, 50, 60, 60), (9, 9, 3, 3), (0, 0, 1, 1), (39, 29, 99, 99)]
)
def test_a_place_that_is_none_harms_nothing(box: tuple[int, int, int, int]) -> None:
    """Somebody else may have written it; the picture keeps its size."""
    framed = page_sheet.framed(a_page(), box)

    assert len(framed.pixels) == len(a_page().pixels)
