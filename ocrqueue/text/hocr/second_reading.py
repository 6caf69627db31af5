"""What is read a second time: regions whose ink is in no word; how their words join the page."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from statistics import median

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr import columns, pale_print
from ocrqueue.text.hocr.ink_coverage import DARK as INK
from ocrqueue.text.hocr.ink_coverage import RULES, Coverage, coverage, ink_table
from ocrqueue.text.hocr.layout import TINY_LETTERS, Box, PageLayout, Paragraph, around
from ocrqueue.text.hocr.text_lines import (
    CONFIDENT,
    is_of_letters,
    is_telling,
    is_telling_number,
    lines,
    numbers_read,
    words_in_text,
)
from ocrqueue.text.ink_rows import STROKE, rows_in
from ocrqueue.text.turning import mirrored

MARGIN = 10  # pixels around a region that are read along
BLACK, PANEL = 64, 215  # between them lies the brightness of a ground that is no paper
ALIKE = 16  # levels to either side that are of the same ground
LEAST_GROUND = 0.1  # share of a region's pixels
DARK = 0.5  # of its ground's brightness; what is darker on a panel is print
LEAST_DARK = 0.01  # share of a region's pixels; where fewer are dark, its print is pale
SAMPLED_PIXELS = 100_000
SURE_ON_PHOTOGRAPH = 80.0  # mean confidence; less is text beside it, read with its tones
LEAST_TELLING = 3  # words that prove that a region is text
LEAST_NUMBERS = 6  # the same for a table or a chart
LEAST_GUESSED = 8  # numbers in a region that are lost; a chart that is read well has 5 at most
LEAST_WORDS = 25  # in lines of text; fewer are a figure's labels
LEAST_LINES = 4  # of tiny print, below each other
LOWEST = 5  # pixels; what is lower are dots
APART = 1.5  # of the lines' height: what is free between them
LEAST_PALE = 0.03  # share of strokes that pale print has more of unread ones
MOST_PALE = 0.12  # share of strokes in pale print that nobody could read
MOST_BROKEN = 2  # words of letters that prove nothing, in lines of text
MOST_BROKEN_SHARE = 0.06  # of the words of these lines; under pens and stamps it is 0.07 and more


Ask = Callable[[PageImage], PageLayout | None]  # read a part as one block; None: no time is left


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A page with what its regions hold, read again; what is in no word then; and a doubt."""

    page: PageLayout
    found: Coverage
    doubt: str = ""


def completed(image: PageImage, page: PageLayout, ask: Ask) -> Completed:
    """Return a grey page with what a second reading finds where the first one has no words."""
    page, guess = _with_columns(image, page, ask)
    found = coverage(image, page)
    whole, doubt = _with_regions(image, found, page, ask)
    doubt = guess or doubt
    if whole is not page:
        found = coverage(image, whole)
    if pale := pale_print.darkened(image):
        also = coverage(pale, whole, shades=image)
        if also.unread >= found.unread + LEAST_PALE:
            return _with_pale_print(
                pale, image, Completed(page=whole, found=also, doubt=doubt), ask
            )
    return Completed(page=whole, found=found, doubt=doubt)


def _with_columns(image: PageImage, page: PageLayout, ask: Ask) -> tuple[PageLayout, str]:
    """Return the page with its columns of figures that were read as lines up the page.

    And the doubt that some of these figures are others.
    """
    doubt = ""
    for box in islice(columns.turned(page), columns.MOST):
        again = ask(cut_out(image, box))
        if again is not None and (column := columns.column(again)):
            page = joined(page, box, column)
            if columns.is_guessed(column):
                where = place_of(box, page.box)
                doubt = doubt or f"some figures of a column {where} could only be guessed"
    return page, doubt


def _with_pale_print(pale: PageImage, image: PageImage, seen: Completed, ask: Ask) -> Completed:
    """Return the page with its pale print; what of that cannot be read was not read."""
    page, _ = _with_regions(pale, seen.found, seen.page, ask)
    found = coverage(pale, page, shades=image)
    if found.unread <= MOST_PALE or _is_back(pale, found, page, ask):
        found = coverage(image, page)
    return Completed(page=page, found=found, doubt=seen.doubt)


def _with_regions(
    image: PageImage, found: Coverage, page: PageLayout, ask: Ask
) -> tuple[PageLayout, str]:
    """Return the page with what its regions hold, and the doubt that words in one were lost."""
    doubt = ""
    for box in wanted(found, page):
        readings = []
        for part in versions(image, box):
            if (read := ask(part)) is None:
                return page, doubt
            readings.append(read)
        readings.sort(key=lambda read: sum(_told(read)) * read.confidence, reverse=True)
        on_photograph = any(box.meets(one) for one in found.photographs)
        is_sure = readings[0].confidence >= (SURE_ON_PHOTOGRAPH if on_photograph else 0.0)
        if is_sure and is_better(page, box, readings[0]):
            readings.append(within(page, box))
            page = joined(page, box, readings[0])
        else:
            readings.insert(0, within(page, box))
        doubt = doubt or lost_in(readings, place_of(box, page.box))
    return page, doubt


def lost_in(readings: Sequence[PageLayout], place: str) -> str:
    """Return why words of a region, of which the first reading counts, are lost; "" for no reason.

    Numbers that another reading has only unsurely stand on a chart or between rules.
    """
    first, *others = readings
    if is_broken(first, *others):
        return f"words {place} lie under something and were not all read"
    more = max(map(numbers_read, others), default=0) - numbers_read(first)
    return f"some {more} numbers {place} could only be guessed" if more >= LEAST_GUESSED else ""


def _is_back(pale: PageImage, found: Coverage, page: PageLayout, ask: Ask) -> bool:
    """Whether pale print that nobody reads is that of the sheet's other side: read in a mirror."""
    most = wanted(found, page)[:1]
    read = [(box, ask(mirrored(cut_out(pale, box)))) for box in most]
    return any(seen is not None and is_better(page, box, seen) for box, seen in read)


def wanted(found: Coverage, page: PageLayout) -> list[Box]:
    """Return the regions to read again: with the pictures and the whole lines that they cut."""
    regions: list[Box] = []
    for region in found.regions:
        grown = around([region, *(box for box in page.pictures if region.meets(box))])
        grown = around([grown, *(line.box for line in lines(page) if grown.meets(line.box))])
        grown = around([grown, *(other for other in regions if grown.meets(other))])
        regions = [other for other in regions if not grown.meets(other)]
        regions.append(grown)
    return [region.grown(MARGIN, page.box) for region in regions]


def cut_out(image: PageImage, box: Box) -> PageImage:
    """Return a part of a grey image."""
    return replace(image, width=box.width, height=box.height, pixels=b"".join(rows_in(image, box)))


def versions(image: PageImage, box: Box) -> Iterator[PageImage]:
    """Yield a part of a grey image, then the same with its ground white where some is dark.

    An engine takes paper and panel apart, not panel and print: dark letters on it are lost. So are
    those under a stain, however well they can be seen.
    """
    part = cut_out(image, box)
    yield part
    levels = Counter(part.pixels[:: max(1, len(part.pixels) // SAMPLED_PIXELS)])
    ground = max(range(BLACK, PANEL), key=lambda level: levels[level])
    near = sum(levels[level] for level in range(ground - ALIKE, ground + ALIKE + 1))
    if not near >= LEAST_GROUND * levels.total() > 0:
        return
    dark = sum(levels[level] for level in range(int(ground * DARK)))
    if dark < LEAST_DARK * levels.total() and ground > pale_print.DARKEST_GROUND:
        yield pale_print.with_contrast(part, ground, pale_print.DEPTH)
    else:
        step = 255 / (ground * DARK)
        table = bytes(min(255, int(level * step)) for level in range(256))
        yield replace(part, pixels=part.pixels.translate(table))


def is_better(page: PageLayout, box: Box, again: PageLayout) -> bool:
    """Whether a region, read again, is text or numbers, and more of it than the page has there."""
    telling, numbers = _told(again)
    is_text = telling >= LEAST_TELLING or numbers >= LEAST_NUMBERS
    return is_text and telling + numbers > sum(_told(within(page, box)))


def _told(page: PageLayout) -> tuple[int, int]:
    """Return how many words, and how many numbers, prove that there is text."""
    return sum(map(is_telling, page.words)), sum(map(is_telling_number, page.words))


def joined(page: PageLayout, box: Box, again: PageLayout) -> PageLayout:
    """Return the page with a region's lines as they were read again, where they stand."""
    blocks: list[tuple[Paragraph, ...]] = []
    place: int | None = None
    for block in page.blocks:
        pieces = [piece for paragraph in block for piece in _outside(paragraph, box)]
        end = next(
            (at for at, piece in enumerate(pieces) if _is_below(piece.box, box)), len(pieces)
        )
        held = any(box.holds(line.box) for paragraph in block for line in paragraph.lines)
        if place is None and (end < len(pieces) or held):
            blocks.append(tuple(pieces[:end]))
            place = len(blocks)
            pieces = pieces[end:]
        blocks.append(tuple(pieces))
    place = len(blocks) if place is None else place
    blocks[place:place] = [tuple(_moved(p, box) for p in block) for block in again.blocks]
    pictures = tuple(picture for picture in page.pictures if not box.holds(picture))
    return replace(page, blocks=tuple(block for block in blocks if block), pictures=pictures)


def within(page: PageLayout, box: Box) -> PageLayout:
    """Return what the page has in a box: its lines, in one block."""
    there = tuple(line for line in lines(page) if box.holds(line.box))
    return PageLayout(box=page.box, blocks=((Paragraph(there),),) if there else ())


def is_broken(region: PageLayout, *others: PageLayout) -> bool:
    """Whether words inside lines of text were not read: something lies over them.

    A word that another reading of the region has too is what is printed there.
    """
    words = words_in_text(region)
    if len(words) < LEAST_WORDS or 2 * sum(map(is_of_letters, words)) < len(words):
        return False  # labels of a figure, a table of numbers: often unsure, and right
    known = {one.text for other in others for one in other.words}
    unsure = [one for one in words if is_of_letters(one) and one.confidence < CONFIDENT]
    broken = sum(word.text not in known for word in unsure)
    return broken > max(MOST_BROKEN, MOST_BROKEN_SHARE * len(words))


def letter_px(image: PageImage, found: Coverage, page: PageLayout) -> float | None:
    """Return the height of a page's letters: of lines too low to be read, where it has such."""
    table = ink_table(image.pixels, INK) if found.regions else b""
    for box in found.regions:
        rows = (row.translate(table).count(STROKE) for row in rows_in(image, box))
        runs = [(inked, len(list(run))) for inked, run in groupby(rows, lambda n: n > RULES)]
        heights, gaps = ([size for inked, size in runs if inked is kind] for kind in (True, False))
        if len(heights) < LEAST_LINES or len(gaps) < LEAST_LINES:
            continue
        height = median(heights)
        if LOWEST <= height < TINY_LETTERS and median(gaps) <= APART * height:
            return height
    return page.letter_px


def place_of(box: Box, page: Box) -> str:
    """Return where a region is, for a person."""
    corner, size = f"{box.left}, {box.top}", f"{page.width} x {page.height} pixels"
    return f"at {corner} to {box.right}, {box.bottom} of {size}"


def _outside(paragraph: Paragraph, box: Box) -> Iterator[Paragraph]:
    """Yield what is left of a paragraph without the lines in the box, cut where the box lies."""
    kept = [line for line in paragraph.lines if not box.holds(line.box)]
    for _, piece in groupby(kept, key=lambda line: _is_below(line.box, box)):
        yield Paragraph(tuple(piece))


def _is_below(there: Box, box: Box) -> bool:
    across = there.left < box.right and box.left < there.right
    return across and there.top >= box.top + box.height / 2


def _moved(part: Paragraph, to: Box) -> Paragraph:
    """Return a paragraph of a part of a page, in pixels of the page."""
    lines = []
    for line in part.lines:
        words = tuple(word._replace(box=_moved_box(word.box, to)) for word in line.words)
        lines.append(replace(line, words=words, box=_moved_box(line.box, to)))
    return Paragraph(tuple(lines))


def _moved_box(box: Box, to: Box) -> Box:
    return Box(box.left + to.left, box.top + to.top, box.right + to.left, box.bottom + to.top)
