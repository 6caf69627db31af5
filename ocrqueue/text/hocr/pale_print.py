"""Print so pale that an engine takes it for paper beside darker print: it is made dark.

An engine looks for one border between paper and ink on a page. What is paler than that, such as
small print in light grey or a part that got no toner, is lost without a trace.
"""

from dataclasses import replace

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.ink_coverage import paper_tone

NOISE = 10  # grey levels below the paper's that are still paper
DEPTH = 40  # grey levels below the paper's that become black
LEAST, MOST = 0.002, 0.12  # share of the pixels in between; more is a ground, or noise
PALE = 80  # grey levels below the paper's; what is darker an engine sees by itself


def darkened(image: PageImage) -> PageImage | None:
    """Return a grey page with its pale print as dark as any; None where it hardly has any."""
    paper = paper_tone(image.pixels)
    sample = image.pixels[:: max(1, len(image.pixels) // 100_000)]
    pale = sum(map(sample.count, range(max(0, paper - PALE), max(0, paper - 2 * NOISE))))
    if not LEAST * len(sample) < pale < MOST * len(sample):
        return None
    return with_contrast(image, paper, DEPTH)


def with_contrast(image: PageImage, paper: int, depth: int) -> PageImage:
    """Return a grey page in which all that is `depth` levels below the paper's tone is black."""
    below = (paper - NOISE - level for level in range(256))
    table = bytes(max(0, min(255, 255 - each * 255 // (depth - NOISE))) for each in below)
    return replace(image, pixels=image.pixels.translate(table))
