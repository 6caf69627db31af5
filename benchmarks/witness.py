"""How much of what is wrong with a page does a second reading notice, and how often is it alarmed?

    python -m benchmarks.witness [--half 0|1] [--sample 300] [--seed 7] [--each]
    python -m benchmarks.witness --replies --each           real replies of models, with their pages

Good readings of the corpus are damaged in known ways, and held against a witness that nobody
damaged: Tesseract's reading with the page's own text as the witness, and the other way round. The
pages that are read well show the false alarms. What was read once is kept (`second_readings`).
"""

import argparse
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import corpus, score, second_readings, text_score
from benchmarks.second_readings import SecondReadings
from ocrqueue.model.errors.base import OcrqueueError
from ocrqueue.model.page import Figure, ImageMode, PageImage, Reply, Testimony
from ocrqueue.pipeline import own_text
from ocrqueue.pipeline import witness as pipeline_witness
from ocrqueue.pipeline.order import reading_of
from ocrqueue.settings.schema import Settings
from ocrqueue.text import prose, replies
from ocrqueue.text.hocr.layout import Word
from ocrqueue.text.witness import verdict
from ocrqueue.text.witness.testimony import testimony

WELL = 0.9  # word recall of a page that is damaged
FAIR = 0.85  # of a page on which an alarm is false
LEAST_WORDS = 60
IN_LINE = 11  # words
IN_PARAGRAPH = 6  # lines ...
LEAST_IN_PARAGRAPH = 25  # ... and words of three letters: less is a table or a list
SHOWN_LETTERS = 160  # of a run that is printed
_NUMBER = re.compile(r"(?<![\w.,])\d{2,6}(?![\w.,])")
_WORD = re.compile(r"[^\W\d_]{3,}")

Damage = Callable[[Sequence[str], Sequence[str], random.Random], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """A reading of a page, and what its witness sees there."""

    name: str
    text: str
    words: Sequence[Word]
    height: int
    by: str
    recall: float = 1.0  # of the page's own words, in Tesseract's reading
    figures: Sequence[Figure] = ()

    def told(self, text: str) -> Testimony:
        """Return what the witness says of a text of this page."""
        limits = verdict.OWN_TEXT if self.by == own_text.NAME else verdict.ENGINE
        return testimony(
            text, self.figures, words=self.words, height=self.height, by=self.by, limits=limits
        )


def main() -> None:
    """Read what is not kept yet; print detection and false alarms for both directions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sample", type=int, default=300, help="pages to read, about")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--half", type=int, choices=(0, 1), help="of the documents, by their path")
    parser.add_argument("--kept", type=Path, default=second_readings.KEPT)
    parser.add_argument("--replies", action="store_true", help="of models, instead of the corpus")
    parser.add_argument("--each", action="store_true", help="print each alarm")
    given = parser.parse_args()
    with second_readings.Reader(given.kept) as reader:
        if given.replies:
            _report_replies(list(_replies(reader)), each=given.each)
            return
        pages = corpus.sample(given.sample, ["born-digital"], _pages_of, half=given.half)
        seen = list(_pages(reader, pages))
    print(f"{len(seen)} pages, half {given.half}, seed {given.seed}")
    by_own = [one for name, page in seen if (one := _by_own_text(name, page))]
    by_engine = [one for name, page in seen if (one := _by_engine(name, page))]
    _report("reader Tesseract, witness the page's own text", by_own, given.seed, each=given.each)
    _report("reader the page's own text, witness Tesseract", by_engine, given.seed, each=given.each)


def _pages_of(document: corpus.Document) -> set[int]:
    """Return the pages that a fact is known of, and those that begin each quarter."""
    quarters = {document.pages * quarter // 4 + 1 for quarter in range(4)}
    return quarters | set(score.pages_of(document))


def _pages(
    reader: second_readings.Reader, pages: Sequence[tuple[corpus.Document, int]]
) -> Iterator[tuple[str, SecondReadings]]:
    """Yield the pages whose own text can be trusted."""
    for document, number in pages:
        try:
            page = reader.read(document.file, number)
        except OcrqueueError as error:
            print(f"left out: {document.path} page {number}: {error}")
            continue
        if not page.own.objection and len(page.own.words) >= LEAST_WORDS:
            yield f"{document.path} {number}", page


def _by_own_text(name: str, page: SecondReadings) -> Witnessed | None:
    if page.own.objection or len(page.own.words) < pipeline_witness.LEAST_WORDS:
        return None
    return Witnessed(
        name=name,
        text=page.engine.markdown,
        words=page.own.words,
        height=page.height,
        by=own_text.NAME,
        recall=text_score.recall(page.engine.markdown, page.own.markdown),
    )


def _by_engine(name: str, page: SecondReadings) -> Witnessed | None:
    engine = page.engine
    if pipeline_witness.objection(len(engine.words), engine.confidence, engine.unread):
        return None
    return Witnessed(
        name=name,
        text=page.own.markdown,
        words=engine.words,
        height=page.height,
        by="tesseract",
    )


def _replies(reader: second_readings.Reader) -> Iterator[Witnessed | str]:
    """Yield the replies with the witness that their pages have, or the name of one without."""
    reading = reading_of(Settings(), ["replay"])
    for file in second_readings.pages_of_replies():
        page = reader.read(file, 1)
        raw = file.with_suffix(".md").read_text("utf-8-sig")
        image = PageImage(
            width=page.width, height=page.height, mode=ImageMode.RGB, pixels=b"-", dpi=200, ink=1.0
        )
        said = Reply(text=raw, raw=raw, backend="", model="", chats=True)
        said = replies.finished(said, reading=reading, page=1, image=image)
        name = f"{file.parent.parent.name}/{file.parent.name}/{file.name}"
        found = _by_own_text(name, page) or _by_engine(name, page)
        if found is None:
            yield name
        else:
            yield replace(found, text=said.text, figures=said.figures)


def _report_replies(found: Sequence[Witnessed | str], *, each: bool) -> None:
    told = [(one, one.told(one.text)) for one in found if isinstance(one, Witnessed)]
    for by in sorted({one.by for one, _ in told}):
        alarms = [(one, said) for one, said in told if one.by == by and said.doubt]
        print(f"witness {by}: {len(alarms)} of {sum(one.by == by for one, _ in told)} doubted")
        for one, said in alarms if each else ():
            _print(one, said)
    print(f"no witness: {sum(isinstance(one, str) for one in found)}")


def _report(title: str, pages: Sequence[Witnessed], seed: int, *, each: bool) -> None:
    chance = random.Random(seed)  # noqa: S311
    print(f"\n{title}")
    fair = [page for page in pages if page.recall >= FAIR]
    told = [(page, page.told(page.text)) for page in fair]
    alarms = [(page, said) for page, said in told if said.doubt]
    print(f"{'false alarms':32} {len(alarms)} of {len(fair)}")
    for page, said in alarms if each else ():
        _print(page, said)
    bad = [page for page in pages if page.recall < FAIR]
    found = sum(bool(page.told(page.text).doubt) for page in bad)
    print(f"{'badly read pages found':32} {found} of {len(bad)}")
    good = [page for page, said in told if page.recall >= WELL and not said.doubt]
    for name, damage in DAMAGES.items():
        noticed = []
        for place, page in enumerate(good):
            other = _lines(good[(place + 3) % len(good)].text)
            damaged = damage(_lines(page.text), other, chance)
            if damaged is not None:
                noticed.append(bool(page.told(damaged).doubt))
        share = sum(noticed) / max(1, len(noticed))
        print(f"{name:32} {sum(noticed)} of {len(noticed)} ({share:.0%})", flush=True)


def _print(page: Witnessed, said: Testimony) -> None:
    print(f"    {page.name}: agreed {said.agreed}; {said.doubt}: {said.words[:SHOWN_LETTERS]}")


def _lines(text: str) -> list[str]:
    """Return a text in lines as long as printed ones."""
    found = []
    for line in text.split("\n"):
        words = line.split()
        found += [" ".join(words[at : at + IN_LINE]) for at in range(0, len(words), IN_LINE)]
    return found


def _full(lines: Sequence[str], chance: random.Random) -> int | None:
    """Return the place of a line of text that is full, None where there is none."""
    places = [
        place
        for place, line in enumerate(lines)
        if len(line.split()) >= IN_LINE - 2 and _words([line]) >= IN_LINE // 2
    ]
    return chance.choice(places) if places else None


def _words(lines: Sequence[str]) -> int:
    return len(_WORD.findall(prose.alone("\n".join(lines))))  # not those of addresses


def _paragraphs(lines: Sequence[str]) -> list[int]:
    """Return where so many lines begin that have the words of a paragraph."""
    return [
        place
        for place in range(len(lines) - IN_PARAGRAPH + 1)
        if _words(lines[place : place + IN_PARAGRAPH]) >= LEAST_IN_PARAGRAPH
    ]


def _dropped(lines: Sequence[str], _: Sequence[str], chance: random.Random) -> str | None:
    place = _full(lines, chance)
    return None if place is None else "\n".join([*lines[:place], *lines[place + 1 :]])


def _again(times: int) -> Damage:
    def damage(lines: Sequence[str], _: Sequence[str], chance: random.Random) -> str | None:
        place = _full(lines, chance)
        if place is None:
            return None
        return "\n".join([*lines[:place], *[lines[place]] * times, *lines[place:]])

    return damage


def _paragraph_dropped(lines: Sequence[str], _: Sequence[str], chance: random.Random) -> str | None:
    places = _paragraphs(lines)
    if not places or len(lines) < 3 * IN_PARAGRAPH:
        return None
    place = chance.choice(places)
    return "\n".join([*lines[:place], *lines[place + IN_PARAGRAPH :]])


def _ended(share: float) -> Damage:
    def damage(lines: Sequence[str], _: Sequence[str], __: random.Random) -> str:
        return "\n".join(lines[: int(len(lines) * share)])

    return damage


def _invented(instead: int) -> Damage:
    """Return what puts a paragraph of another page in, for so many lines of this one."""

    def damage(lines: Sequence[str], other: Sequence[str], chance: random.Random) -> str | None:
        if not (places := _paragraphs(other)) or len(lines) < 2 * IN_PARAGRAPH:
            return None
        begin = chance.choice(places)
        more = other[begin : begin + IN_PARAGRAPH]
        place = chance.randrange(len(lines) - IN_PARAGRAPH)
        return "\n".join([*lines[:place], *more, *lines[place + instead :]])

    return damage


def _other_page(_: Sequence[str], other: Sequence[str], __: random.Random) -> str:
    return "\n".join(other)


def _swapped(lines: Sequence[str], _: Sequence[str], chance: random.Random) -> str | None:
    text = "\n".join(lines)
    shown = prose.alone(text)  # not in the address of a link
    numbers = [found for found in _NUMBER.finditer(text) if shown[found.start()] != " "]
    if len({found[0] for found in numbers}) < 2:  # noqa: PLR2004
        return None
    one = chance.choice(numbers)
    other = chance.choice([found for found in numbers if found[0] != one[0]])
    first, last = sorted((one, other), key=lambda found: found.start())
    between = text[first.end() : last.start()]
    return text[: first.start()] + last[0] + between + first[0] + text[last.end() :]


def _misread(lines: Sequence[str], _: Sequence[str], chance: random.Random) -> str | None:
    text = "\n".join(lines)
    shown = prose.alone(text)
    numbers = [found for found in _NUMBER.finditer(text) if shown[found.start()] != " "]
    if not numbers:
        return None
    one = chance.choice(numbers)
    place = chance.randrange(one.start(), one.end())
    digit = chance.choice([other for other in "0123456789" if other != text[place]])
    return text[:place] + digit + text[place + 1 :]


DAMAGES: dict[str, Damage] = {
    "a line dropped": _dropped,
    "a line twice": _again(1),
    "a line three times": _again(2),
    "a paragraph dropped": _paragraph_dropped,
    "half the page": _ended(0.5),
    "the last 30 % missing": _ended(0.7),
    "the last 10 % missing": _ended(0.9),
    "a paragraph invented": _invented(0),
    "a paragraph replaced": _invented(IN_PARAGRAPH),
    "another page": _other_page,
    "two numbers swapped": _swapped,
    "a digit wrong": _misread,
}


if __name__ == "__main__":
    main()
