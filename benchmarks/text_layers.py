"""Is a page's own text taken where it is honest, and never where it lies?

python -m benchmarks.text_layers --pages 60 --half 0

Honest: pages of born-digital documents as they are. The lies are made from the same pages: letters
mean others, the text of another page, what a poor OCR would have left, lines in the wrong
places, text that the picture does not show, and half a page without text. Pages whose text the file
itself hides, or cannot explain, are no honest ones and are told apart; so are pages in another
script than Latin, which the engine cannot read without its data. What is taken and says that nobody
could check it is counted by itself.
"""

import argparse
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from statistics import fmean

from benchmarks import corpus
from benchmarks.score import own_text as text_of
from benchmarks.score import pages_of as known_pages_of
from benchmarks.stage import children_cpu_s
from ocrqueue.backends.tesseract import Tesseract
from ocrqueue.model.document import PageSize
from ocrqueue.model.errors.base import OcrqueueError
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.pipeline import own_text
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.engines import TesseractSettings
from ocrqueue.settings.schema import RenderSettings
from ocrqueue.text.layer import glyphs
from ocrqueue.text.layer.sheet import HIDDEN, MISSING, Character, Sheet

AS_USUAL = PageSize(dpi=200, max_side_px=RenderSettings().max_side_px)
SECONDS = 60.0
LEAST_LETTERS = 200  # of a page that lies are made from
ALIKE = 0.6  # of the first letters of two pages that are one
WRONG = 0.2  # share of letters that a poor OCR gets wrong
UNCHECKED = "taken, and says that nobody could check it"
OTHERS = 0.25  # share of letters of a page in another script
LETTERS = "abcdefghijklmnopqrstuvwxyz"
KINDS = ("paper", "journal", "book", "report", "slides", "form", "multilingual", "layout", "misc")

Lie = Callable[[Sheet, Sheet, random.Random], Sheet]


def main() -> None:
    """Print how many honest layers are taken, and how many of each kind of lie."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pages", type=int, default=60, help="about so many")
    parser.add_argument("--half", type=int, choices=(0, 1), help="of the documents, by their path")
    parser.add_argument("--seed", type=int, default=13, help="of the lies")
    parser.add_argument("--within", type=float, default=3600, help="seconds; then no more pages")
    parser.add_argument("--each", action="store_true", help="print what is refused or believed")
    parser.add_argument("--others", action="store_true", help="only pages in other scripts")
    given = parser.parse_args()
    print(f"seed {given.seed}, half {given.half}")
    kinds = ["born-digital/olmocr", *(f"born-digital/{kind}" for kind in KINDS)]
    pages_of = others_of if given.others else known_pages_of
    pages = corpus.sample(given.pages, kinds, pages_of, half=given.half)
    taken: dict[str, list[bool]] = defaultdict(list)
    untold: Counter[str] = Counter()
    spent: list[float] = []
    chance = random.Random(given.seed)  # noqa: S311 - the same lies each time
    end = time.monotonic() + given.within
    for what, where, why, seconds in judged(pages, chance):
        if time.monotonic() > end:
            break
        taken[what].append(why in {"", UNCHECKED})
        untold[what] += why == UNCHECKED
        spent += [seconds] if what == "honest" else []
        if given.each and bool(why) == what.startswith("honest"):
            print(f"    {what}: {where}: {why or 'BELIEVED'}", flush=True)
    for what, each in taken.items():
        print(f"{what:45} {sum(each):4} of {len(each)} taken, {untold[what]} unchecked")
    print(
        f"the check took {fmean(spent):.2f} CPU s a page, the drawing aside" if spent else "no page"
    )


def others_of(document: corpus.Document) -> Iterable[int]:
    """Return some pages of a document that are in another script."""
    last = document.pages
    for page in {1, 2, 3, last // 4 + 1, last // 2 + 1, 3 * last // 4 + 1, last}:
        if page <= last and text_of(document, page):
            letters = [sign for sign in text_of(document, page) or "" if sign.isalpha()]
            strange = sum(sign > glyphs.LAST_LATIN for sign in letters)
            if strange > OTHERS * max(LEAST_LETTERS, len(letters)):
                yield page


def judged(
    pages: Sequence[tuple[corpus.Document, int]], chance: random.Random
) -> Iterator[tuple[str, str, str, float]]:
    """Yield what was shown, where it is from, why it was refused ("": taken), and CPU seconds."""
    engine = Tesseract(TesseractSettings())
    before: Sheet | None = None
    for document, page, sheet, image in _opened(pages):
        where = f"{document.path} page {page}"
        other = "" if _is_latin(sheet) else ", in another script"
        what = "honest" if _is_sound(sheet) else "hidden or without meaning"
        yield what + other, where, *_asked(sheet, image, engine)
        if what != "honest" or len(sheet.characters) < LEAST_LETTERS:
            continue
        for name, lie in LIES.items():
            if before is not None and not _is_same(sheet, before):
                yield name + other, where, *_asked(lie(sheet, before, chance), image, engine)
        yield "white on white" + other, where, *_asked(sheet, _wiped(image), engine)
        before = sheet


def _opened(
    pages: Sequence[tuple[corpus.Document, int]],
) -> Iterator[tuple[corpus.Document, int, Sheet, PageImage]]:
    with Renderer(RenderSettings()) as renderer:
        for document, page in pages:
            try:
                sheet = renderer.sheet(document.file, page, AS_USUAL)
                if sheet and sheet.has_text:
                    image = renderer.page(
                        document.file,
                        page,
                        AS_USUAL,
                        mode=ImageMode.GREY,
                    )
                    yield document, page, sheet, image
            except OcrqueueError as error:
                print(f"left out: {document.path} page {page}: {error}")


def _is_sound(sheet: Sheet) -> bool:
    """Whether the file neither hides its text nor lacks the meaning of its letters."""
    bad = sum(bool(one.look & HIDDEN) or one.sign == MISSING for one in sheet.characters)
    return bad <= 0.02 * len(sheet.characters)


def _is_same(sheet: Sheet, other: Sheet) -> bool:
    """Whether both begin alike: some documents of the corpus share a page."""
    one, two = ("".join(each.sign for each in sheet.characters[:400]) for sheet in (sheet, other))
    return SequenceMatcher(None, one, two, autojunk=False).ratio() > ALIKE


def _is_latin(sheet: Sheet) -> bool:
    letters = [one.sign for one in sheet.characters if one.sign.isalpha()]
    return 2 * sum(sign <= glyphs.LAST_LATIN for sign in letters) > len(letters)


def _asked(sheet: Sheet, image: PageImage, engine: Tesseract) -> tuple[str, float]:
    began = time.process_time() + children_cpu_s()
    own = own_text.read(sheet, image, engine, None, time.monotonic() + SECONDS)
    seconds = time.process_time() + children_cpu_s() - began
    if own is None or not own.is_sound:
        return own.judgement.reason if own else "no text", seconds
    return UNCHECKED if own.reply.witness else "", seconds


def _with_signs(sheet: Sheet, signs: Sequence[str]) -> Sheet:
    pairs = zip(sheet.characters, signs, strict=True)
    return replace(sheet, characters=tuple(one._replace(sign=sign) for one, sign in pairs))


def _ciphered(sheet: Sheet, _: Sheet, chance: random.Random) -> Sheet:
    """Give each letter the meaning of another one, vowels among themselves."""
    vowels = [one for one in LETTERS if one in "aeiou"]
    others = [one for one in LETTERS if one not in vowels]
    turned = dict(zip(vowels, vowels[1:] + vowels[:1], strict=True))
    turned |= dict(zip(others, chance.sample(others, len(others)), strict=True))
    turned |= {one.upper(): other.upper() for one, other in turned.items()}
    signs = {one.sign for one in sheet.characters if one.sign.isalpha()}
    strange = sorted(sign for sign in signs if sign > glyphs.LAST_LATIN)
    turned |= dict(zip(strange, chance.sample(strange, len(strange)), strict=True))
    return _with_signs(sheet, [turned.get(one.sign, one.sign) for one in sheet.characters])


def _of_another_page(sheet: Sheet, other: Sheet, _: random.Random) -> Sheet:
    """Keep the places of the letters and put another page's letters there."""
    signs = [one.sign for one in other.characters]
    count = len(sheet.characters)
    return _with_signs(sheet, (signs * (count // max(1, len(signs)) + 1))[:count])


def _misplaced(_: Sheet, other: Sheet, __: random.Random) -> Sheet:
    """Return another page's sheet as it is."""
    return other


def _poorly_read(sheet: Sheet, _: Sheet, chance: random.Random) -> Sheet:
    signs = [one.sign for one in sheet.characters]
    return _with_signs(
        sheet,
        [
            chance.choice(LETTERS) if one.isalpha() and chance.random() < WRONG else one
            for one in signs
        ],
    )


def _shuffled(sheet: Sheet, _: Sheet, chance: random.Random) -> Sheet:
    """Exchange the places of the lines."""
    lines: dict[int, list[Character]] = defaultdict(list)
    for one in sheet.characters:
        lines[round(one.y)].append(one)
    places = list(lines)
    targets = dict(zip(places, chance.sample(places, len(places)), strict=True))
    moved = (
        one._replace(y=one.y + off, top=one.top + off, bottom=one.bottom + off)
        for place, line in lines.items()
        for one in line
        for off in (targets[place] - place,)
    )
    return replace(sheet, characters=tuple(moved))


def _halved(sheet: Sheet, _: Sheet, __: random.Random) -> Sheet:
    """Leave out the lower half of the letters, as if they were drawn as paths."""
    middle = sorted(one.y for one in sheet.characters)[len(sheet.characters) // 2]
    return replace(sheet, characters=tuple(one for one in sheet.characters if one.y <= middle))


def _hidden(sheet: Sheet, _: Sheet, __: random.Random) -> Sheet:
    found = tuple(one._replace(look=one.look | HIDDEN) for one in sheet.characters)
    return replace(sheet, characters=found)


def _wiped(image: PageImage) -> PageImage:
    """Return a picture without the text: paper and a border of ink, so that it is not blank."""
    row = b"\0" * 9 + b"\xff" * (image.width - 18) + b"\0" * 9
    return replace(image, pixels=row * image.height)


LIES: dict[str, Lie] = {
    "another meaning of letters": _ciphered,
    "letters of another page": _of_another_page,
    "text of another page": _misplaced,
    "poor OCR": _poorly_read,
    "lines in wrong places": _shuffled,
    "half a page as paths": _halved,
    "hidden by the file": _hidden,
}


if __name__ == "__main__":
    main()
