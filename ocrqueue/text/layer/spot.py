"""A few lines of a text layer, cut from the picture into one strip for an engine to read; pure."""

import re
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from zlib import crc32

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.layout import Line, PageLayout, Word, around
from ocrqueue.text.hocr.text_lines import lines
from ocrqueue.text.ink_rows import rows_in
from ocrqueue.text.layer.agreement import (
    ENOUGH,
    MIXED,
    Pairs,
    agreement,
    alike_of_latin,
    are_exchanged,
    are_others,
    figures_agree,
    is_number,
    latin_share,
    ratio,
)

LINES = 4  # that are looked at
LONG = 20  # letters of a line that tells much
SHORT = 6  # letters; a shorter line tells nothing
WIDEST = 900  # pixels of a line that are looked at
GLANCE = 450  # the same of a first look, which settles most honest pages in half the time
LARGE = 30.0  # pixels; of larger letters as many are looked at as of these
FAR = 3.0  # letter sizes between words; the line is cut there
MARGIN = 0.15  # of the letters' size around a line
BETWEEN = 24  # pixels of paper around each line in the strip
CLEAR = 25  # of 255 between a ground and what is written on it
LEAST_LETTERS = 0.6  # share of a line that is letters: formulas and figures are hard to read
ALIKE = 0.95  # of the letters; honest layers have 0.96, such that a poor OCR left 0.93 at most
PLAIN = 0.975  # of the letters at a first look, where no line is left out: three of 130 are wrong
LEAST_PLAIN = 60  # letters; fewer may be right by chance
LATIN = 0.5  # share of Latin letters in a line; below, it is of another script
NUMBERS = 4  # runs of figures that are looked at
NUMBER = 300  # pixels of such a run
OTHERS_ALIKE = 0.6  # of the letters of another script; of exchanged ones hardly any is right
_LEADER = re.compile(r"[.·…]{2,}")  # an engine makes anything of dots in a row


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Lines below each other in one grey image, and what the layer says they are."""

    image: PageImage
    bands: tuple[tuple[int, int], ...]  # first row of each line, and the first below it
    texts: tuple[str, ...]
    numbers: int = 0  # the last of these are runs of figures

    def told(self, read: PageLayout) -> tuple[Pairs, Pairs]:
        """Return what an engine read of each line, and of each run of figures."""
        pairs = [
            (text, words_in(read, band)) for text, band in zip(self.texts, self.bands, strict=True)
        ]
        lines = len(pairs) - self.numbers
        return pairs[:lines], pairs[lines:]


def glance(page: PageLayout, image: PageImage) -> Strip | None:
    """Return begins and ends of lines from all over; None where they are too little to tell.

    Lines that are not in Latin script need a longer look.
    """
    every = list(lines(page))
    chosen = _parts(_chosen(every), GLANCE)
    text = "".join(word.text for words, _ in chosen for word in words)
    is_enough = len(text) >= LEAST_PLAIN and latin_share(text) >= MIXED
    return stacked(chosen, image, _numbers(every)) if is_enough else None


def agrees_plainly(shown: Strip, read: PageLayout) -> bool:
    """Whether an engine read nearly every letter as the layer has it: nothing more need be read."""
    lines, numbers = shown.told(read)
    words = [word for _, told in lines for word in told]
    is_plain = ratio("".join(text for text, _ in lines), words) >= PLAIN
    return is_plain and figures_agree(numbers) and not are_exchanged(lines)


def strip(page: PageLayout, image: PageImage) -> Strip | None:
    """Return lines from all over the page as a strip; None where no line tells anything.

    Where they are of another script, Latin words from among such lines follow.
    """
    every = list(lines(page))
    chosen = _chosen(every)
    if sum(latin_share(line.text) >= MIXED for line in chosen) < ENOUGH:
        mixed = [line for line in every if latin_share(line.text) < 1]
        runs = [run for line in mixed for run in _runs(line, _is_latin)]
        telling = [run for run in runs if _letters(run) >= SHORT and _is_worded(run)]
        chosen += _spread(telling, ENOUGH)
    return stacked(_parts(chosen, WIDEST), image, _numbers(every))


def strip_of_others(page: PageLayout, image: PageImage) -> Strip | None:
    """Return lines that are not in Latin script as a strip; None where there are none."""
    others = [line for line in lines(page) if latin_share(line.text) < LATIN]
    return stacked(_heads(_chosen(others), WIDEST), image)


def _heads(each: Sequence[Line], widest: int) -> list[tuple[list[Word], float]]:
    """Return the begins of lines, and their sizes."""
    heads = ((_head(line, _widest(widest, line.size)), line.size) for line in each)
    return [(words, size) for words, size in heads if words]


def _parts(each: Sequence[Line], widest: int) -> list[tuple[list[Word], float]]:
    """Return begins and ends of lines in turn, as `_heads` does: a lie may be in either."""
    ends = [
        _tail(line, _widest(widest, line.size)) if at % 2 else line for at, line in enumerate(each)
    ]
    return _heads(ends, widest)


def _numbers(each: Sequence[Line]) -> list[tuple[list[Word], float]]:
    """Return runs of figures from all over the page, as `_heads` does.

    Not of pages in another script: a font may draw its own figures for these.
    """
    if latin_share("".join(line.text for line in each)) < LATIN:
        return []
    found = [run for line in each for run in _runs(line, is_number)]
    return _heads(_spread(found, NUMBERS), NUMBER)


def stacked(
    lines: Sequence[tuple[Sequence[Word], float]],
    image: PageImage,
    numbers: Sequence[tuple[Sequence[Word], float]] = (),
) -> Strip | None:
    """Return words beside each other, and their sizes, as a strip of lines; None without any.

    A line that is not on the page has an empty band. `numbers` are runs of figures below them.
    """
    lines = [*lines, *numbers]
    cuts = [_cut(words, size, image) for words, size in lines]
    if not any(cuts):
        return None
    width = max(len(rows[0]) for rows in cuts if rows) + 2 * BETWEEN
    pixels, bands = bytearray(), []
    blank = b"\xff" * width
    for rows in cuts:
        pixels += blank * BETWEEN
        top = len(pixels) // width
        for row in rows:
            pixels += (b"\xff" * BETWEEN + row).ljust(width, b"\xff")
        bands.append((top, len(pixels) // width))
    pixels += blank * BETWEEN
    whole = replace(image, width=width, height=len(pixels) // width, pixels=bytes(pixels))
    texts = tuple(" ".join(word.text for word in words) for words, _ in lines)
    return Strip(image=whole, bands=tuple(bands), texts=texts, numbers=len(numbers))


def disagreement(shown: Strip, read: PageLayout) -> str:
    """Return what is wrong with the layer's lines by what an engine read of them; "" for nothing.

    Lines in a script other than Latin are not compared, for the engine may not have it; but where
    it is sure to see Latin words, the layer is wrong.
    """
    pairs, numbers = shown.told(read)
    others = sum(latin_share(text) < LATIN and are_others(text, words) for text, words in pairs)
    if pairs and 2 * others >= len(pairs):
        return "the picture shows other letters"
    if not figures_agree(numbers):
        return "the picture shows other figures"
    latin = [(text, words) for text, words in pairs if latin_share(text) >= LATIN]
    if why := _told(agreement(latin, alike_of_latin), ALIKE):
        return why
    return "the picture shows another letter for one of them" if are_exchanged(latin) else ""


def disagreement_of_others(shown: Strip, read: PageLayout) -> str:
    """Return what is wrong with lines in another script by what was read with its data."""
    return _told(agreement(shown.told(read)[0], ratio), OTHERS_ALIKE)


def _told(agreed: float, least: float) -> str:
    return f"the picture says something else (agreement {agreed:.2f})" if agreed < least else ""


def _runs(line: Line, holds: Callable[[Word], bool]) -> Iterator[Line]:
    """Yield the words of a kind that stand together in a line among others."""
    ordered = sorted(line.words, key=lambda word: word.box.left)
    for is_wanted, run in groupby(ordered, key=holds):
        words = tuple(run)
        if is_wanted:
            yield replace(line, words=words, box=around([word.box for word in words]))


def _is_latin(word: Word) -> bool:
    return latin_share(word.text) == 1


def _chosen(lines: Sequence[Line]) -> list[Line]:
    """Return lines from each part of the page: long ones, of letters rather than figures."""
    best = [line for line in lines if _letters(line) >= LONG and _is_worded(line)]
    if len(best) < LINES:
        best = [line for line in lines if _letters(line) >= SHORT and _is_worded(line)]
    if len(best) < LINES:
        rest = [line for line in lines if len(line.text) >= SHORT and line not in best]
        best += _spread(rest, LINES - len(best))
    best.sort(key=lambda line: (line.box.top, line.box.left))
    return _spread(best, LINES)


def _spread(lines: Sequence[Line], count: int) -> list[Line]:
    """Return a line of each of so many parts of the page.

    Which one depends on the text, so that nobody knows where not to lie.
    """
    chance = crc32(" ".join(line.text for line in lines).encode("utf-8", "replace"))
    parts = [
        lines[len(lines) * at // count : len(lines) * (at + 1) // count] for at in range(count)
    ]
    return [part[(chance >> (4 * at)) % len(part)] for at, part in enumerate(parts) if part]


def _letters(line: Line) -> int:
    return sum(map(str.isalpha, "".join(word.text for word in line.words)))


def _is_worded(line: Line) -> bool:
    return _letters(line) >= LEAST_LETTERS * sum(len(word.text) for word in line.words)


def _widest(usual: int, size: float) -> float:
    return usual * max(1.0, size / LARGE)


def _head(line: Line, widest: float) -> list[Word]:
    """Return the words of a line from its left end to a wide gap or dots, or of a width."""
    words = sorted(line.words, key=lambda word: word.box.left)
    taken = words[:1]
    for word in words[1:]:
        far = word.box.left - taken[-1].box.right > FAR * line.size
        leader = _LEADER.search(taken[-1].text[-1:] + word.text)
        if far or leader or word.box.right - taken[0].box.left > widest:
            break
        taken.append(word)
    return [word for word in line.words if word in taken]


def _tail(line: Line, widest: float) -> Line:
    """Return the words of a width at the right end of a line; all where they are few."""
    reach = line.box.right - widest
    words = tuple(word for word in line.words if word.box.left >= reach)
    tail = replace(line, words=words, box=around([word.box for word in words])) if words else line
    return tail if _letters(tail) >= LONG and _head(tail, widest) == list(words) else line


def _cut(words: Sequence[Word], size: float, image: PageImage) -> list[bytes]:
    """Return the rows of pixels around words, dark on white; [] where they are not on the page."""
    margin = round(MARGIN * size)
    box = around([word.box for word in words])
    left, right = max(0, box.left - margin), min(image.width, box.right + margin)
    right = min(right, left + round(_widest(WIDEST, size)) + 2 * margin)
    top, bottom = max(0, box.top - margin), min(image.height, box.bottom + margin)
    if left >= right or top >= bottom:
        return []
    rows = rows_in(image, (left, top, right, bottom))
    sample = sorted(b"".join(rows)[:: max(1, len(rows) * len(rows[0]) // 5000)])
    ground = sample[len(sample) // 2]
    darker, brighter = bisect(sample, ground - CLEAR), len(sample) - bisect(sample, ground + CLEAR)
    on_white = _from_dark(ground) if brighter > darker else _from_bright(ground)
    return [row.translate(on_white) for row in rows]


@cache
def _from_bright(ground: int) -> bytes:
    """Return the table that maps brightness so that a ground becomes white."""
    return bytes(min(255, level * 255 // max(1, ground)) for level in range(256))


@cache
def _from_dark(ground: int) -> bytes:
    """Return the same for letters that are brighter than their ground: they become dark."""
    return _from_bright(255 - ground)[::-1]


def words_in(read: PageLayout, band: tuple[int, int]) -> list[Word]:
    """Return the words that an engine read in a band of a strip."""
    top, bottom = band[0] - BETWEEN // 3, band[1] + BETWEEN // 3
    return [word for word in read.words if top <= (word.box.top + word.box.bottom) / 2 <= bottom]
