"""Lines that go on where the picture ends: a scanner, or what lies on the page, cut off the rest.

Print keeps clear of the paper's edge. Where line after line runs into the picture's edge, or into
something dark, what followed is lost, however surely the rest was read.
"""

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.gaps import Inked
from ocrqueue.text.hocr.ink_coverage import STEEP, is_steep, paper_tone
from ocrqueue.text.hocr.layout import Box, Line, PageLayout
from ocrqueue.text.hocr.text_lines import is_of_letters, upright_lines

NEAR = 0.5  # of a line's height: no print is so near to the edge
DARK = 2.0  # of a line's height: so far goes on what is dark beside it
LEAST_LINES = 4
OUTERMOST = 3  # rows of pixels; the noise of a scanner's edge is not alike in them
LEAST_STROKES = 20  # in a row that goes through letters; no page but those had 5
LEAST_WORDS = 4  # in a line that may grow pale
PALE = 0.3  # of the contrast of a line's darkest word; its last one has more
LEAST_SHARE = 0.2  # of the lines of text


def doubt(image: PageImage, page: PageLayout) -> str:
    """Return why the text of a grey page is probably only a part of it; "" for no reason."""
    ink, texts = Inked.of(image), upright_lines(page)
    least = max(LEAST_LINES, LEAST_SHARE * len(texts))
    for side in ("top", "bottom"):
        if _is_through_letters(side, ink, image):
            return f"the {side} edge of the page goes through letters: what follows was cut off"
    for side in ("left", "right"):
        cut = sum(_runs_into(side, line, ink) for line in texts)
        if cut >= least:
            return f"{cut} lines of text run into the {side} edge of what can be seen of the page"
        if sum(_fades(side, line, image) for line in texts) >= least:
            return f"the print grows pale until nothing can be seen of it, on the {side}"
    return ""


def _fades(side: str, line: Line, image: PageImage) -> bool:
    """Whether the last word of a line on a side is far paler than its words are."""
    words = sorted(filter(is_of_letters, line.words), key=lambda word: word.box)
    if len(words) < LEAST_WORDS:  # what is a bullet's dot all over is no pale print
        return False
    depths = [_depth(word.box, image) for word in words]
    return depths[0 if side == "left" else -1] < PALE * max(depths)


def _depth(box: Box, image: PageImage) -> int:
    """Return how far apart the darkest and the brightest pixel of a word's middle row are."""
    start = (box.top + box.bottom) // 2 * image.width
    row = image.pixels[start + max(0, box.left) : start + max(0, box.right)]
    return max(row) - min(row) if row else 0


def _is_through_letters(side: str, ink: Inked, image: PageImage) -> bool:
    """Whether the outermost rows of the picture have as many strokes as a line of text.

    A photograph that reaches the edge has as many, but its tones pass into each other.
    """
    first = 0 if side == "top" else max(0, ink.height - OUTERMOST)
    depth = STEEP * paper_tone(image.pixels)
    return all(
        sum(is_steep(image, row, place, depth) for place in ink.strokes(row)) >= LEAST_STROKES
        for row in range(first, first + OUTERMOST)
    )


def _runs_into(side: str, line: Line, ink: Inked) -> bool:
    height = line.box.height
    reach = round((NEAR + DARK) * height)
    if side == "left":
        edge = min(word.box.left for word in line.words)
        beside = Box(edge - reach, line.box.top, edge, line.box.bottom)
        free = edge
    else:
        edge = max(word.box.right for word in line.words)
        beside = Box(edge, line.box.top, edge + reach, line.box.bottom)
        free = ink.width - edge
    if free <= NEAR * height:
        return True
    dark = b"\1" * round(DARK * height)
    rows = ink.rows(beside)
    return sum(dark in row for row in rows) > len(rows) / 2
