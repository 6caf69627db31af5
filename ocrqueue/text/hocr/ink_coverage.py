"""How much of what is drawn on a page the engine took for words, and where the rest is.

Handwriting is often skipped. Whole lines of print are, where a stamp, a signature or a grid lies
over them: the engine then takes all of it for a picture, and is sure of what little it has read.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.layout import Box, PageLayout, around
from ocrqueue.text.ink_rows import STROKE, dots, strokes_in

SAMPLED_ROWS = 400
SURE = 40.0  # confidence of a word that counts as read
DARK = 0.72  # of the paper's brightness; below it is ink
DARKER = 0.36  # the same for what is printed on a coloured panel
AROUND = 3  # pixels around a word that belong to it
RULES = 6  # strokes in a row; drawn frames and columns have fewer
CELL = 0.16  # inches; neighbouring cells with unread strokes are one region
CELL_STROKES = 4  # in a cell that belongs to a region; a lone rule has fewer
RULE = 0.4  # inches; strokes below each other over so much are a drawn line, not letters
REGION_SHARE = 0.01  # of all strokes in a region; half a line of a full page has as many
REGION_STROKES = 80  # in a region; two words have fewer
MOST_REGIONS = 4  # of a page that are looked at
SPECK = 4  # pixels from where a stroke begins, with paper above and below: noise of a scanner
STEEP = 0.5  # of the tones between ground and ink: what an edge of print crosses at once ...
AT_ONCE = range(-2, 4)  # ... within so many pixels of where a stroke begins
LEAST_STEEP = 0.45  # share of strokes; print has 0.9, blurred print 0.65, photographs 0.3
ON_PAPER = 0.45  # share of pixels about as bright as paper; print has 0.54, photographs 0.3
TONES = 32  # levels of brightness that are about as bright
LEAST_PAPER = 190  # brightness; what is darker is the ground of a cover, and no paper
FAINTEST = 0.02  # share of the pixels of a part that are darker than its ink, or paler than paper
JUDGED_ROWS, JUDGED_TONES = 60, 5000  # of a part, to tell whether it is a photograph
_Places = dict[int, list[int]]  # a sampled row -> where its strokes begin
_Span = tuple[int, int]  # the first pixel of a row, and the first one after


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many of a page's pen strokes are in no word, and the regions that have most of them.

    A stroke is where a row of pixels passes from paper to ink; a sample of rows is looked at.
    """

    unread: float  # share of all strokes, 0 to 1; those of photographs count as read
    read: float = 0.0  # share of all strokes that are in words that it is sure of
    regions: tuple[Box, ...] = ()  # those of photographs too: there may be text on them
    photographs: tuple[Box, ...] = ()


def coverage(
    image: PageImage, page: PageLayout, lines: Sequence[Box] = (), shades: PageImage | None = None
) -> Coverage:
    """Return how much of a grey image was read; `lines` that are known to be drawn do not count.

    What the engine calls a picture is one only if it is shaded as photographs are: in `shades`,
    where the image is not as it was drawn.
    """
    paper = 0 if shades else paper_tone(image.pixels)  # where all is dark, noise has no paper
    shades = shades or image
    step = max(1, image.height // SAMPLED_ROWS)
    sure = [word.box for word in page.words if word.confidence >= SURE]
    words, drawn_lines = (_by_row(boxes, step, image) for boxes in (sure, lines))
    every, read = 0, 0
    left = _Places()
    for top, whole_row in _inked_rows(image, step):
        row = _without(whole_row, drawn_lines[top // step])
        strokes = row.count(STROKE)
        left[top] = list(strokes_in(_without(row, words[top // step])))
        every += strokes
        read += strokes - len(left[top])
    if not every:
        return Coverage(unread=0.0)
    dpi = image.dpi or 200
    least = max(REGION_STROKES, REGION_SHARE * every)
    letters = _letters(left, _rules(left, max(2, round(RULE * dpi / step))) | _dots(left, image))
    regions = _regions(letters, max(8, round(CELL * dpi)), least)
    # What the engine does not call a picture may be a photograph all the same.
    pictures = (*page.pictures, *regions)
    photographs = [box for box in pictures if _is_photograph(shades, box, letters, paper)]
    return Coverage(
        unread=_count(letters, _by_row(photographs, step, image), step) / every,
        read=max(0, read) / every,
        regions=tuple(regions[:MOST_REGIONS]),
        photographs=tuple(photographs),
    )


def _count(places: _Places, spans: dict[int, list[_Span]], step: int) -> int:
    """Return how many strokes lie in no span of their row, in rows that have more than a few."""
    rows = (
        sum(not any(left <= place < right for left, right in spans[row // step]) for place in there)
        for row, there in places.items()
    )
    return sum(strokes for strokes in rows if strokes > RULES)


def _letters(places: _Places, rules: set[tuple[int, int]]) -> _Places:
    """Return the strokes that are no part of lines, in rows that have more than a few of them."""
    others = {
        row: [place for place in there if (row, place) not in rules]
        for row, there in places.items()
    }
    return {row: there for row, there in others.items() if len(there) > RULES}


def _dots(places: _Places, image: PageImage) -> set[tuple[int, int]]:
    """Return the strokes that no pen made: those of lines of dots, and specks, a pixel high."""
    ink, width = ink_table(image.pixels, DARK), image.width
    found = set[tuple[int, int]]()
    for row, there in places.items():
        found.update((row, at) for run in dots(there, row, image, ink) for at in run)
        above, below = (
            image.pixels[max(0, y) * width : (y + 1) * width].translate(ink)
            for y in (row - 1, row + 1)
        )
        beside = ((at, above[at : at + SPECK], below[at : at + SPECK]) for at in there)
        found.update((row, at) for at, high, low in beside if 1 not in high and 1 not in low)
    return found


def _rules(places: _Places, least: int) -> set[tuple[int, int]]:
    """Return the strokes that stand below each other in so many sampled rows: a drawn line."""
    found = set[tuple[int, int]]()
    chains = dict[int, list[tuple[int, int]]]()
    for row in sorted(places):
        grown = dict[int, list[tuple[int, int]]]()
        for place in places[row]:
            above = next((near for near in (place, place - 1, place + 1) if near in chains), None)
            chain = [] if above is None else chains.pop(above)
            chain.append((row, place))
            grown[place] = chain
        found.update(at for chain in chains.values() if len(chain) >= least for at in chain)
        chains = grown
    found.update(at for chain in chains.values() if len(chain) >= least for at in chain)
    return found


def photographed(image: PageImage, boxes: Sequence[Box]) -> list[Box]:
    """Return those of a few parts of a grey image that show a photograph."""
    paper = paper_tone(image.pixels)
    dark = _ink_table(paper, DARK)

    def strokes(row: int, box: Box) -> list[int]:
        start, left = row * image.width, max(0, box.left)
        inked = image.pixels[start + left : start + min(image.width, box.right)].translate(dark)
        return [left + place for place in strokes_in(inked)]

    return [
        box
        for box in boxes
        if _is_photograph(image, box, {row: strokes(row, box) for row in _rows(image, box)}, paper)
    ]


def _rows(image: PageImage, box: Box) -> range:
    """Return some rows of a part."""
    rows = range(max(0, box.top), min(image.height, box.bottom))
    return rows[:: max(1, len(rows) // JUDGED_ROWS)]


def _is_photograph(image: PageImage, box: Box, places: _Places, paper: int) -> bool:
    """Whether the tones of a part pass into each other where strokes begin.

    Print has edges there; where it is blurred, it still has paper around it.
    """
    tones = _tones(image, box)
    bright = sum(tone >= paper - TONES for tone in tones)
    if not tones or (paper >= LEAST_PAPER and bright >= ON_PAPER * len(tones)):
        return False
    faintest = int(FAINTEST * len(tones))
    depth = STEEP * (tones[-1 - faintest] - tones[faintest])
    rows = [row for row in places if box.top <= row < box.bottom]
    steep = [
        is_steep(image, row, place, depth)
        for row in rows[:: max(1, len(rows) // JUDGED_ROWS)]
        for place in places[row]
        if box.left <= place < box.right
    ]
    return sum(steep) < LEAST_STEEP * len(steep)


def is_steep(image: PageImage, row: int, place: int, depth: float) -> bool:
    """Whether the brightness changes by so much at once where a stroke begins."""
    start, end = row * image.width, (row + 1) * image.width
    first = max(start, start + place + AT_ONCE.start)
    near = image.pixels[first : min(end, start + place + AT_ONCE.stop)]
    return max(near) - min(near) >= depth


def _tones(image: PageImage, box: Box) -> list[int]:
    """Return a sample of a part's levels of brightness, the darkest first."""
    left, right = max(0, box.left), min(image.width, box.right)
    starts = (row * image.width for row in _rows(image, box))
    part = b"".join(image.pixels[start + left : start + max(left, right)] for start in starts)
    return sorted(part[:: max(1, len(part) // JUDGED_TONES)])


def _inked_rows(image: PageImage, step: int) -> Iterator[tuple[int, bytes]]:
    """Yield sampled rows of an image as paper (0) and ink (1), with their places."""
    paper = paper_tone(image.pixels)
    dark, darker = (_ink_table(paper, share) for share in (DARK, DARKER))
    for top in range(0, image.height, step):
        row = image.pixels[top * image.width : (top + 1) * image.width]
        inked = row.translate(dark)
        if 1 in inked:  # half of the rows lie between lines
            inked = max(inked, row.translate(darker), key=lambda row: row.count(STROKE))
        yield top, inked


def _by_row(boxes: Sequence[Box], step: int, image: PageImage) -> dict[int, list[_Span]]:
    """Return where boxes and what is around them begin and end in each sampled row."""
    rows: dict[int, list[_Span]] = defaultdict(list)
    for box in boxes:
        left, right = max(0, box.left - AROUND), min(image.width, box.right + AROUND)
        top, bottom = max(0, box.top - AROUND), min(image.height, box.bottom + AROUND)
        span = (left, max(left, right))
        for row in range(top // step, bottom // step + 1):
            rows[row].append(span)
    return rows


def ink_table(pixels: bytes, share: float) -> bytes:
    """Return the table that maps a brightness to 1 (ink) or 0 (paper)."""
    return _ink_table(paper_tone(pixels), share)


def paper_tone(pixels: bytes) -> int:
    """Return the commonest light tone of a grey page."""
    sample = pixels[:: max(1, len(pixels) // 100_000)]
    if 2 * sample.count(255) > len(sample):
        return 255  # to count all levels takes ten times as long
    counts = Counter(sample)
    return max(range(128, 256), key=lambda level: counts[level])


def _ink_table(paper: int, share: float) -> bytes:
    return bytes(level < paper * share for level in range(256))


def _without(row: bytes, spans: Sequence[_Span]) -> bytes:
    if not spans:
        return row
    cut = bytearray(row)
    for left, right in spans:
        cut[left:right] = bytes(right - left)
    return bytes(cut)


def _regions(left: _Places, cell: int, least: float) -> list[Box]:
    """Return the boxes around so many strokes that lie together, those with most strokes first."""
    cells = Counter[tuple[int, int]]()
    for top, places in left.items():
        cells.update((top // cell, place // cell) for place in places)
    full = {at for at, strokes in cells.items() if strokes >= CELL_STROKES}
    found = []
    while full:
        together = _together(full)
        box = around([Box(x * cell, y * cell, (x + 1) * cell, (y + 1) * cell) for y, x in together])
        found.append((sum(cells[at] for at in together), box))
    found.sort(reverse=True)
    return [box for strokes, box in found if strokes >= least]


def _together(full: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Take a cell and all that hang together with it out of the set; they may be one cell apart."""
    waiting = [full.pop()]
    taken = list(waiting)
    while waiting:
        y, x = waiting.pop()
        near = {
            (y + down, x + across) for down in (-2, -1, 0, 1, 2) for across in (-2, -1, 0, 1, 2)
        }
        waiting += (fresh := full & near)
        taken += fresh
        full -= fresh
    return taken
