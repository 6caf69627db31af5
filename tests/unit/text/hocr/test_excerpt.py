"""Facts about the part of a page that tells which way is up."""

from dataclasses import replace

from ocrqueue.text.hocr.excerpt import excerpt, proof
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
        [Put(text="some words", top=first + down) for down in (0, 40, 80)] for first in (400, 1600)
    )

    part = excerpt(image, page(*above, Put(text="lone", top=1000), *below))

    assert set(range(40, 51)) | set(range(160, 171)) <= set(part.pixels)
    assert 100 not in part.pixels
    assert part.height == 2 * part.width == 640


def test_few_sure_words_prove_nothing() -> None:
    """Shapes pass for words now and then, in any turn."""
    sure = Put(text="hand", top=100)
    unsure = [Put(text="lllu", top=top, confidence=20) for top in range(200, 1200, 40)]

    assert proof(page(sure)) == 0
    assert proof(page(sure, replace(sure, top=140))) == 2
    assert proof(page(sure, replace(sure, top=140), *unsure)) == 0
