"""Print so pale that an engine takes it for paper beside darker print: it is made dark.

An engine looks for one border between paper and ink on a page. What is paler than that, such as
small print in light grey or a part that got no toner, is lost without a trace. So is grey print in
a grey box: there, each small part of the page has a ground of its own.
"""

from collections.abc import Sequence
from dataclasses import replace

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.ink_coverage import paper_tone

NOISE = 10  # grey levels below the paper's that are still paper
DEPTH = 40  # grey levels below the paper's that become black
LEAST, MOST = 0.002, 0.12  # share of the pixels in between; more is a ground
TILE = 0.25  # inches; a part that has one ground
TONES = 8  # grey levels that are told apart where a ground is looked for
LEAST_GROUND = 0.5  # share of a part's pixels; photographs have less
LEAST_PALE = 0.02  # share of a part's pixels; a scanner's noise has less
DARKEST_GROUND = 128  # grey level; print on a darker one is brighter
SAMPLED_ROWS = 12  # of a part
PALE = 80  # grey levels below the paper's; what is darker an engine sees by itself


def darkened(image: PageImage) -> PageImage | None:
    """Return a grey page with its pale print as dark as any; None where it hardly has any."""
    paper = paper_tone(image.pixels)
    sample = image.pixels[:: max(1, len(image.pixels) // 100_000)]
    pale = sum(map(sample.count, range(max(0, paper - PALE), max(0, paper - 2 * NOISE))))
    if pale <= LEAST * len(sample):
        return None
    if pale >= MOST * len(sample):
        return _on_its_grounds(image)
    return with_contrast(image, paper, DEPTH)


def _on_its_grounds(image: PageImage) -> PageImage:
    """Return a grey page with all that is paler than print, but not than its ground, black."""
    side = max(SAMPLED_ROWS, round(TILE * (image.dpi or 200)))
    tables: dict[int, bytes] = {}
    rows = list[bytes]()
    lefts = range(0, image.width, side)
    for top in range(0, image.height, side):
        starts = range(top * image.width, min(image.height, top + side) * image.width, image.width)
        grounds = [_ground(image, starts, left, min(side, image.width - left)) for left in lefts]
        used = [tables.setdefault(ground, _table(ground, DEPTH)) for ground in grounds]
        rows += (
            image.pixels[start + left : start + min(left + side, image.width)].translate(table)
            for start in starts
            for left, table in zip(lefts, used, strict=True)
        )
    return replace(image, pixels=b"".join(rows))


def _ground(image: PageImage, starts: Sequence[int], left: int, width: int) -> int:
    """Return the tone of most of a part; 0 where there is none, or no pale print on it."""
    sampled = starts[:: max(1, len(starts) // SAMPLED_ROWS)]
    part = b"".join(image.pixels[start + left : start + left + width] for start in sampled)
    counts = list(map(part.translate(_COARSE).count, range(256 // TONES)))
    most = max(range(len(counts)), key=counts.__getitem__)
    near = sum(counts[max(0, most - 1) : most + 2])
    ground = most * TONES + TONES // 2
    if near < LEAST_GROUND * len(part) or ground < DARKEST_GROUND:
        return 0
    pale = sum(counts[(ground - PALE) // TONES : (ground - 2 * NOISE) // TONES])
    return ground if pale >= LEAST_PALE * len(part) else 0


def with_contrast(image: PageImage, paper: int, depth: int) -> PageImage:
    """Return a grey page in which all that is `depth` levels below the paper's tone is black."""
    return replace(image, pixels=image.pixels.translate(_table(paper, depth)))


def _table(ground: int, depth: int) -> bytes:
    """Return what becomes of each tone on a ground; without one, which is 0, it stays."""
    if not ground:
        return bytes(range(256))
    below = (ground - NOISE - level for level in range(256))
    return bytes(max(0, min(255, 255 - each * 255 // (depth - NOISE))) for each in below)


_COARSE = bytes(level // TONES for level in range(256))
