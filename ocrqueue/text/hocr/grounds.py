"""Print on grounds of many tones, as in the cells of a table: each is made paper, and read again.

An engine looks for one border between paper and ink. In a table whose cells have many tones, dark
print on darker cells is ink all over, and light print on lighter ones is paper: single cells are
lost, and what is read around them looks whole. So each even ground becomes white and what stands on
it black, however dark the ground is; the rules between the cells go too.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import second_reading
from ocrqueue.text.hocr.ink_coverage import SURE, paper_tone
from ocrqueue.text.hocr.layout import Box, PageLayout, around
from ocrqueue.text.hocr.text_lines import lines
from ocrqueue.text.ink_rows import STROKE, pieces, rows_in

ALIKE = 14  # grey levels to either side that are of the same ground
LIGHT = 40  # grey levels below the paper's; print on a lighter ground is read beside that on paper
LEAST_TONE = 0.002  # share of the pixels
MOST_TONES = 12
SAMPLED_PIXELS = 100_000
STEP = 0.02  # inches between two rows that are looked at ...
MOST_ROWS = 2500  # ... and so many at most; A0 has 1,700
RUN = 0.025  # inches of one tone in a row; the gap between two words
LEAST_WIDTH, LEAST_HEIGHT = 0.2, 0.08  # inches; of a ground
EVEN = 0.7  # share of a row of the ground that has its tone
FILLED = 0.35  # share of the box around it; print takes less than the rest
MOST_GROUNDS = 600  # of a page
NEAR = 0.08  # inches; grounds that are nearer to each other are cells of one table
LEAST_CELLS = 3
MOST_TABLES = 4
RULE = 0.02  # inches: between two cells
CONTRAST = 0.4  # of what black or white has on a ground; less is no print
LEAST_STROKES = 0.5  # in a row, of as many as there are rows to an inch; two letters have more


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A part of a page that has one tone, but for what stands on it."""

    tone: int
    box: Box


def on_white(
    image: PageImage, page: PageLayout, ask: second_reading.Ask
) -> tuple[PageImage, PageLayout]:
    """Return a grey page whose tables on many grounds are white, and what is read in them then."""
    reach = round(NEAR * (image.dpi or 200))
    for cells in _tables(grounds(image), reach)[:MOST_TABLES]:
        box = around([cell.box for cell in cells])
        whole = around([box, *(one.box for one in lines(page) if one.box.meets(box))])
        if any(_is_unread(image, page, cell) for cell in cells):
            again = ask(second_reading.cut_out(levelled(image, cells), whole))
            if again is None:
                break
            if second_reading.is_better(page, whole, again):
                page = second_reading.joined(page, whole, again)
        if _is_read(page, cells):
            image = levelled(image, cells)
    return image, page


def grounds(image: PageImage) -> list[Ground]:
    """Return the even grounds of a grey page that are darker than its paper, the largest first."""
    dpi = image.dpi or 200
    step = max(1, round(STEP * dpi), image.height // MOST_ROWS)
    run = max(3, round(RUN * dpi))
    found = []
    for tone in _tones(image, run):
        table = bytes(abs(level - tone) <= ALIKE for level in range(256))
        starts = range(0, image.width * image.height, step * image.width)
        rows = (image.pixels[start : start + image.width].translate(table) for start in starts)
        for left, top, right, bottom, area in pieces(rows, run):
            width, height = right - left, bottom - top
            is_large = width >= LEAST_WIDTH * dpi and height * step >= LEAST_HEIGHT * dpi
            box = Box(left, top * step, right, (bottom - 1) * step + 1)
            is_filled = area >= FILLED * width * height
            if is_large and is_filled and _is_level(image, box, table, step):
                found.append(Ground(tone=tone, box=_whole(image, box, table, step)))
    found.sort(key=lambda one: one.box.width * one.box.height, reverse=True)
    return found[:MOST_GROUNDS]


def levelled(image: PageImage, found: Sequence[Ground]) -> PageImage:
    """Return a grey page with black print on white where there is a ground, or a rule beside it.

    Of grounds on others, the larger ones come first.
    """
    pixels, rule = bytearray(image.pixels), round(RULE * (image.dpi or 200))
    for ground in found:
        left, top, right, bottom = ground.box
        for there in _slices(image, Box(left - rule, top - rule, right + rule, bottom + rule)):
            pixels[there] = b"\xff" * (there.stop - there.start)
    for ground in found:
        table = _table(ground.tone)
        for there in _slices(image, ground.box):
            pixels[there] = image.pixels[there].translate(table)
    return replace(image, pixels=bytes(pixels))


def even_levels(image: PageImage, run: int, *, alike: int, samples: int) -> Counter[int]:
    """Return how often each brightness is that of an even part: so many pixels on, it is alike.

    Of a grey image; about so many of its pixels are looked at.
    """
    step = max(1, len(image.pixels) // samples)
    beside = zip(image.pixels[::step], image.pixels[run::step], strict=False)
    return Counter(one for one, other in beside if abs(one - other) <= alike)


def _tones(image: PageImage, run: int) -> list[int]:
    """Return the commonest tones of even parts of a page, but for that of its paper."""
    levels = even_levels(image, run, alike=ALIKE, samples=SAMPLED_PIXELS)
    least = LEAST_TONE * levels.total()
    darkest = paper_tone(image.pixels) - LIGHT
    found = []
    for _ in range(MOST_TONES):
        tones = ((_near(levels, tone), levels[tone], tone) for tone in range(256))
        most, _, tone = max(tones)
        if most < least:
            break
        if tone <= darkest:
            found.append(tone)
        for level in _around(tone, ALIKE):
            del levels[level]
    return found


def _near(levels: Counter[int], tone: int) -> int:
    return sum(levels[level] for level in _around(tone, ALIKE // 2))


def _around(tone: int, reach: int) -> range:
    return range(tone - reach, tone + reach + 1)


def _is_level(image: PageImage, box: Box, table: bytes, inside: int) -> bool:
    """Whether a ground has its tone all along its top and its foot, as no large letter has."""
    rows = (box.top + inside, box.bottom - 1 - inside)
    return all(_is_alike(image, box, table, row) for row in rows)


def _is_alike(image: PageImage, box: Box, table: bytes, row: int) -> bool:
    start = row * image.width
    there = image.pixels[start + box.left : start + box.right].translate(table)
    return 0 <= row < image.height and there.count(1) >= EVEN * box.width


def _whole(image: PageImage, box: Box, table: bytes, most: int) -> Box:
    """Return a ground's box with the rows above and below it that were not looked at."""
    rows = range(most)
    above = next((n for n in rows if not _is_alike(image, box, table, box.top - 1 - n)), most)
    below = next((n for n in rows if not _is_alike(image, box, table, box.bottom + n)), most)
    return box._replace(top=box.top - above, bottom=box.bottom + below)


def _tables(found: Sequence[Ground], reach: int) -> list[list[Ground]]:
    """Return the grounds that lie beside each other, those with most of them first."""
    tables: list[tuple[Box, list[Ground]]] = []
    for ground in found:
        box, cells = ground.box, [ground]
        while near := [one for one in tables if one[0].meets(box, reach)]:
            tables = [one for one in tables if one not in near]
            cells += (cell for _, others in near for cell in others)
            box = around([box, *(other for other, _ in near)])
        tables.append((box, cells))
    large = [sorted(cells, key=found.index) for _, cells in tables if len(cells) >= LEAST_CELLS]
    return sorted(large, key=len, reverse=True)


def _is_read(page: PageLayout, cells: Sequence[Ground]) -> bool:
    """Whether most of the cells have words, as neither a picture's parts nor black bars have."""
    words = [word.box for word in page.words if word.confidence >= SURE]
    return 2 * sum(any(map(cell.box.holds, words)) for cell in cells) >= len(cells)


def _is_unread(image: PageImage, page: PageLayout, ground: Ground) -> bool:
    """Whether strokes of print on a ground are in no word."""
    dark = bytes(level < 255 * (1 - CONTRAST) for level in _table(ground.tone))
    box = ground.box
    words = [one.box for one in page.words if one.confidence >= SURE and one.box.meets(box)]
    strokes = 0
    for at, row in enumerate(rows_in(image, box), box.top):
        inked = bytearray(row.translate(dark))
        for word in words:
            if word.top <= at < word.bottom:
                left, right = max(0, word.left - box.left), max(0, word.right - box.left)
                inked[left:right] = bytes(len(inked[left:right]))
        strokes += inked.count(STROKE)
    return strokes >= LEAST_STROKES * (image.dpi or 200)


def _slices(image: PageImage, box: Box) -> Iterator[slice]:
    """Yield where the rows of a box lie among the pixels of a page."""
    left, right = max(box.left, 0), min(box.right, image.width)
    top, bottom = max(box.top, 0), min(box.bottom, image.height)
    for start in range(top * image.width, bottom * image.width, image.width):
        yield slice(start + left, start + right)


def _table(tone: int) -> bytes:
    """Return what becomes of each tone on a ground: the further from it, the darker."""
    most = max(tone, 255 - tone)
    return bytes(255 - min(255, abs(level - tone) * 255 // most) for level in range(256))
