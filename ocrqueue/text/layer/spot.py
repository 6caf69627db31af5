"""A few lines of a text layer, cut from the picture into one strip for an engine to read; pure."""

import re
import unicodedata
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache
from itertools import groupby
from zlib import crc32

from ocrqueue.model.page import PageImage
from ocrqueue.text.hocr.layout import Line, PageLayout, Word, around
from ocrqueue.text.hocr.text_lines import lines
from ocrqueue.text.ink_rows import rows_in
from ocrqueue.text.layer.glyphs import LAST_LATIN

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
ENOUGH = 3  # lines, of which one may be left out
PLAIN = 0.975  # of the letters at a first look, where no line is left out: three of 130 are wrong
LEAST_PLAIN = 60  # letters; fewer may be right by chance
OTHER_SCRIPT = 75.0  # confidence of Latin words read where the layer has another script
SAME = str.maketrans("‘’‚‛“”„‟′″‐‑‒–—−", "''''\"\"\"\"'\"------")  # noqa: RUF001
LATIN = 0.5  # share of Latin letters in a line; below, it is of another script
MIXED = 0.9  # the same; below, it has words of another script, of which an engine makes anything
OTHERS_ALIKE = 0.6  # of the letters of another script; of exchanged ones hardly any is right
_LEADER = re.compile(r"[.·…]{2,}")  # an engine makes anything of dots in a row


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Lines below each other in one grey image, and what the layer says they are."""

    image: PageImage
    bands: tuple[tuple[int, int], ...]  # first row of each line, and the first below it
    texts: tuple[str, ...]


def glance(page: PageLayout, image: PageImage) -> Strip | None:
    """Return the begins of lines from all over the page; None where they are too little to tell.

    Lines that are not in Latin script need a longer look.
    """
    chosen = [
        (_head(line, _widest(GLANCE, line.size)), line.size) for line in _chosen(list(lines(page)))
    ]
    text = "".join(word.text for words, _ in chosen for word in words)
    is_enough = len(text) >= LEAST_PLAIN and _latin_share(text) >= MIXED
    return stacked(chosen, image) if is_enough else None


def agrees_plainly(shown: Strip, read: PageLayout) -> bool:
    """Whether an engine read nearly every letter as the layer has it: nothing more need be read."""
    told = [word for band in shown.bands for word in words_in(read, band)]
    return _ratio("".join(shown.texts), told) >= PLAIN


def strip(page: PageLayout, image: PageImage) -> Strip | None:
    """Return lines from all over the page as a strip; None where no line tells anything.

    Where they are of another script, Latin words from among such lines follow.
    """
    every = list(lines(page))
    chosen = _chosen(every)
    if sum(_latin_share(line.text) >= MIXED for line in chosen) < ENOUGH:
        mixed = [line for line in every if _latin_share(line.text) < 1]
        chosen += _spread([run for line in mixed for run in _latin_runs(line)], ENOUGH)
    return _stacked_heads(chosen, image)


def strip_of_others(page: PageLayout, image: PageImage) -> Strip | None:
    """Return lines that are not in Latin script as a strip; None where there are none."""
    others = [line for line in lines(page) if _latin_share(line.text) < LATIN]
    return _stacked_heads(_chosen(others), image)


def _stacked_heads(lines: Sequence[Line], image: PageImage) -> Strip | None:
    heads = ((_head(line, _widest(WIDEST, line.size)), line.size) for line in lines)
    return stacked([(words, size) for words, size in heads if words], image)


def stacked(lines: Sequence[tuple[Sequence[Word], float]], image: PageImage) -> Strip | None:
    """Return words beside each other, and their sizes, as a strip of lines; None without any.

    A line that is not on the page has an empty band.
    """
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
    return Strip(image=whole, bands=tuple(bands), texts=texts)


def disagreement(shown: Strip, read: PageLayout) -> str:
    """Return what is wrong with the layer's lines by what an engine read of them; "" for nothing.

    Lines in a script other than Latin are not compared, for the engine may not have it; but where
    it is sure to see Latin words, the layer is wrong.
    """
    told = [words_in(read, band) for band in shown.bands]
    pairs = list(zip(shown.texts, told, strict=True))
    others = sum(_latin_share(text) < LATIN and _are_others(text, words) for text, words in pairs)
    if 2 * others >= len(pairs):
        return "the picture shows other letters"
    latin = [(text, words) for text, words in pairs if _latin_share(text) >= LATIN]
    return _told(agreement(latin, _alike), ALIKE)


def disagreement_of_others(shown: Strip, read: PageLayout) -> str:
    """Return what is wrong with lines in another script by what was read with its data."""
    pairs = [
        (text, words_in(read, band)) for text, band in zip(shown.texts, shown.bands, strict=True)
    ]
    return _told(agreement(pairs, _ratio), OTHERS_ALIKE)


def _told(agreed: float, least: float) -> str:
    return f"the picture says something else (agreement {agreed:.2f})" if agreed < least else ""


def agreement(
    pairs: Sequence[tuple[str, Sequence[Word]]], alike: Callable[[str, Sequence[Word]], float]
) -> float:
    """Return how far lines are what was read, 0 to 1; 1 where there are none.

    A letter of a long line counts as much as one of a short line. Where there are three lines or
    more, the one that is least alike is left out: it may be a formula or a signature. Not where it
    has most of the letters: the others are figures then.
    """
    told = [(alike(text, words), len(text), sum(map(str.isalpha, text))) for text, words in pairs]
    odd, *others = sorted(told) or [(1.0, 0, 0)]
    enough = len(told) >= ENOUGH and 2 * odd[2] <= sum(letters for _, _, letters in told)
    kept = others if enough else told
    signs = sum(length for _, length, _ in kept)
    return sum(alike * length for alike, length, _ in kept) / signs if signs else 1.0


def _alike(text: str, words: Sequence[Word]) -> float:
    """Return how far a line is what was read; of a mixed one its Latin letters alone are held."""
    if _latin_share(text) >= MIXED:
        return _ratio(text, words)
    read = _plain("".join(word.text for word in words))
    latin = [sign for sign in _plain(text) if sign.isalpha() and sign <= LAST_LATIN]
    found = SequenceMatcher(None, latin, read, autojunk=False).get_matching_blocks()
    return sum(block.size for block in found) / max(1, len(latin))


def _ratio(text: str, words: Sequence[Word]) -> float:
    read = _plain("".join(word.text for word in words))
    return SequenceMatcher(None, _plain(text), read, autojunk=False).ratio()


def _latin_runs(line: Line) -> Iterator[Line]:
    """Yield the Latin words that stand together in a line among others."""
    ordered = sorted(line.words, key=lambda word: word.box.left)
    for is_latin, run in groupby(ordered, key=lambda word: _latin_share(word.text) == 1):
        words = tuple(run)
        part = replace(line, words=words, box=around([word.box for word in words]))
        if is_latin and _letters(part) >= SHORT and _is_worded(part):
            yield part


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


def _latin_share(text: str) -> float:
    letters = [sign for sign in text if sign.isalpha()]
    return sum(sign <= LAST_LATIN for sign in letters) / len(letters) if letters else 1.0


def _are_others(text: str, words: Sequence[Word]) -> bool:
    """Whether an engine surely read Latin letters and figures, of which a line has hardly any."""
    sure = [word.text for word in words if word.confidence >= OTHER_SCRIPT]
    letters = _known("".join(sure))
    return letters >= max(LONG // 2, 2 * _known(text)) and 2 * len(sure) >= len(words)


def _known(text: str) -> int:
    return sum(sign <= LAST_LATIN and sign.isalnum() for sign in text)


def _plain(text: str) -> str:
    """Return letters and figures alone, small, without accents."""
    return "".join(_signs(text.translate(SAME)))


def _signs(text: str) -> Iterator[str]:
    for sign in unicodedata.normalize("NFKD", text).casefold():
        if sign.isalnum() and not unicodedata.combining(sign):
            yield sign
