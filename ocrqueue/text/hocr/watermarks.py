"""A dark watermark across the lines of a page: the engine takes print and letters for one ink.

Words break where its letters begin and end, and each piece is sure of itself: nothing looks wrong.
Print is darker than what lies under it, so whatever is as bright as the watermark becomes paper.
"""

import re
from collections import Counter
from dataclasses import dataclass, replace

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.grounds import even_levels
from ocrqueue.text.hocr.ink_coverage import paper_tone
from ocrqueue.text.hocr.layout import Box, PageLayout, around
from ocrqueue.text.hocr.second_reading import Ask, cut_out, within
from ocrqueue.text.hocr.text_lines import telling_words, upright_lines

DARKEST = 40  # grey levels; below it print cannot be told from what lies under it
PALEST = 60  # grey levels below the paper's; print over a paler one is read
ALIKE = 16  # grey levels to either side that are of the same tone
AS_DARK = 0.8  # of its tone: noise and edges of the watermark, and lighter than print
RUN = 0.03  # inches of one tone in a row; the strokes of print are narrower
LEAST_SHARE = 0.004  # of the pixels are even and of this tone
SAMPLED_PIXELS = 60_000
MOST_SHARE = 0.08  # the same; what is more is the paper's own shadow, or a picture
LEAST_STROKES = 2  # of print on the watermark, in the middle of a line
LEAST_LINES = 5
FEW_LINES = 8
MOST_PIXELS = 5_000_000  # of these lines; eight of A4 at 400 dots an inch have three million
MORE = 3  # words that prove that there is text, and were not read before
AS_MUCH = 0.9  # of such words that the first reading has, and the second has too
_STROKE = re.compile(rb"\x01{3}\x02{1,14}+(?=\x01{3})")  # print (2) in what has the tone (1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """A page without its watermark, and a few lines that it crossed."""

    image: PageImage
    lines: Box


def without(image: PageImage, page: PageLayout, *, ask_part: Ask, ask_page: Ask) -> PageLayout:
    """Return what is read of a grey page without its watermark, where that is more.

    A few lines tell first whether it is. The page itself stays: what the watermark hides is still
    to be missed.
    """
    if (clear := cleared(image, page)) is None:
        return page
    few = ask_part(cut_out(clear.image, clear.lines))
    if few is None:
        return page
    if _more(few, within(page, clear.lines)) <= 0:  # of a strip less may be read than of a page
        same = ask_part(cut_out(image, clear.lines))
        if same is None or _more(few, same) <= 0:
            return page
    again = ask_page(clear.image)
    if again is None or _more(again, page) < MORE:
        return page
    words, more = (Counter(one.text for one in telling_words(read)) for read in (page, again))
    return again if (words & more).total() >= AS_MUCH * words.total() else page


def _more(again: PageLayout, page: PageLayout) -> int:
    return len(telling_words(again)) - len(telling_words(page))


def cleared(image: PageImage, page: PageLayout) -> Cleared | None:
    """Return a grey page with paper for what lies across its lines in one tone; None: nothing."""
    run = max(3, round(RUN * (image.dpi or 200)))
    lines = [line.box for line in upright_lines(page)]
    if len(lines) < LEAST_LINES or (tone := _tone(image, run)) is None:
        return None
    tones = bytes(2 * (level < tone - ALIKE) + (abs(level - tone) <= ALIKE) for level in range(256))
    left, _, right, _ = around(lines)  # the watermark cuts lines into pieces
    rows = sorted(box._replace(left=left, right=right) for box in lines)
    crossed = [row for row in rows if _strokes(row, image, tones) >= LEAST_STROKES]
    if len(crossed) < LEAST_LINES:
        return None
    few = around(crossed[max(0, len(crossed) // 2 - FEW_LINES // 2) :][:FEW_LINES])
    if few.width * few.height > MOST_PIXELS:
        return None  # the letters of a poster, over its picture: to read them takes as long again
    return Cleared(image=_wiped(image, around(crossed), round(AS_DARK * tone)), lines=few)


def _tone(image: PageImage, run: int) -> int | None:
    """Return the commonest tone of what is even and neither paper nor print; None for none."""
    levels = even_levels(image, run, alike=ALIKE, samples=SAMPLED_PIXELS)
    tones = range(DARKEST, paper_tone(image.pixels) - PALEST)
    near = {tone: sum(levels[at] for at in range(tone - ALIKE, tone + ALIKE + 1)) for tone in tones}
    most = max(near, key=lambda tone: (near[tone], levels[tone]), default=0)
    least, largest = (share * levels.total() for share in (LEAST_SHARE, MOST_SHARE))
    return most if near and least <= near[most] <= largest else None


def _strokes(box: Box, image: PageImage, tones: bytes) -> int:
    """Return how many strokes of print in a line's middle have the watermark on both sides."""
    start = (box.top + box.bottom) // 2 * image.width
    there = image.pixels[start + max(0, box.left) : start + max(0, box.right)]
    return len(_STROKE.findall(there.translate(tones)))


def _wiped(image: PageImage, box: Box, darkest: int) -> PageImage:
    """Return the page with paper for what is as bright as this, or brighter, in a box's rows."""
    table = bytes(level if level < darkest else 255 for level in range(256))
    first, last = (max(0, row) * image.width for row in (box.top, box.bottom))
    pixels = image.pixels
    return replace(
        image, pixels=pixels[:first] + pixels[first:last].translate(table) + pixels[last:]
    )
