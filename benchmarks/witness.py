"""How much of what is wrong with a page does a second reading notice, and how often is it alarmed?

    python -m benchmarks.witness [--sample 110] [--seed 7] [--half 0|1] [--offset 1]

Good readings of the corpus are damaged in known ways, and held against a witness that nobody
damaged: Tesseract's reading with the page's own text as the witness, and the other way round. The
pages that are read well show the false alarms.
"""

import argparse
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from benchmarks import corpus, readers, score, text_score
from ocrqueue.text.witness.agreement import Witness, agreement
from ocrqueue.text.witness.verdict import doubt

WELL = 0.9  # word recall of a page that is damaged
FAIR = 0.85  # of a page on which an alarm is false
LEAST_WORDS = 60
IN_LINE = 11  # words
IN_PARAGRAPH = 6  # lines
_NUMBER = re.compile(r"(?<![\w.,])\d{2,6}(?![\w.,])")

Damage = Callable[[Sequence[str], Sequence[str], random.Random], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as Tesseract read it and as its own text has it."""

    name: str
    read: str
    own: str

    @property
    def recall(self) -> float:
        """Return the share of its words that were read."""
        return text_score.recall(self.read, self.own)


def main() -> None:
    """Read a sample; print detection and false alarms for both directions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sample", type=int, default=110, help="pages to read, about")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--half", type=int, choices=(0, 1), help="of the documents, by their path")
    parser.add_argument("--offset", type=int, default=0, help="another one gives other pages")
    given = parser.parse_args()
    pages = list(_pages(given.sample, given.half, given.offset))
    print(f"{len(pages)} pages, seed {given.seed}")
    _report("reader Tesseract, witness the page's own text", pages, given.seed, lambda p: p)
    _report("reader the page's own text, witness Tesseract", pages, given.seed, _turned)


def _pages(count: int, half: int | None, offset: int) -> list[Page]:
    found = []
    pages = corpus.sample(count, ["born-digital"], score.pages_of, half=half, offset=offset)
    ours = readers.Ours(readers.OURS["tesseract"])
    ours.style = replace(ours.style, keep_headers=True)  # the page's own text has them too
    with ours as reader:
        for document, page in pages:
            own = score.own_text(document, page) or ""
            if len(own.split()) >= LEAST_WORDS:
                name = f"{document.path} {page}"
                found.append(Page(name=name, read=reader.read(document, page).text, own=own))
    return [page for page in found if page.read]


def _turned(page: Page) -> Page:
    return Page(name=page.name, read=page.own, own=page.read)


def _report(title: str, pages: Sequence[Page], seed: int, seen: Callable[[Page], Page]) -> None:
    chance = random.Random(seed)  # noqa: S311
    print(f"\n{title}")
    fair = [page for page in pages if page.recall >= FAIR]
    alarms = [page for page in fair if _alarm(seen(page).read, seen(page).own)]
    print(f"{'false alarms':32} {len(alarms)} of {len(fair)}")
    bad = [page for page in pages if page.recall < FAIR]
    found = sum(_alarm(seen(page).read, seen(page).own) for page in bad)
    print(f"{'badly read pages found':32} {found} of {len(bad)}")
    good = [seen(page) for page in fair if page.recall >= WELL and page not in alarms]
    for name, damage in DAMAGES.items():
        noticed = []
        for place, page in enumerate(good):
            other = _lines(good[(place + 3) % len(good)].read)
            damaged = damage(_lines(page.read), other, chance)
            if damaged is not None:
                noticed.append(_alarm(damaged, page.own))
        share = sum(noticed) / max(1, len(noticed))
        print(f"{name:32} {sum(noticed)} of {len(noticed)} ({share:.0%})")


def _alarm(reading: str, witness: str) -> bool:
    return bool(doubt(agreement(reading, Witness(text=witness))).reason)


def _lines(text: str) -> list[str]:
    """Return a text in lines as long as printed ones."""
    found = []
    for line in text.split("\n"):
        words = line.split()
        found += [" ".join(words[at : at + IN_LINE]) for at in range(0, len(words), IN_LINE)]
    return found


def _full(lines: Sequence[str], chance: random.Random) -> int | None:
    """Return the place of a line that is full, None where there is none."""
    places = [place for place, line in enumerate(lines) if len(line.split()) >= IN_LINE - 2]
    return chance.choice(places) if places else None


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
    if len(lines) < 3 * IN_PARAGRAPH:
        return None
    place = chance.randrange(len(lines) - IN_PARAGRAPH)
    return "\n".join([*lines[:place], *lines[place + IN_PARAGRAPH :]])


def _ended(share: float) -> Damage:
    def damage(lines: Sequence[str], _: Sequence[str], __: random.Random) -> str:
        return "\n".join(lines[: int(len(lines) * share)])

    return damage


def _invented(instead: int) -> Damage:
    """Return what puts a paragraph of another page in, for so many lines of this one."""

    def damage(lines: Sequence[str], other: Sequence[str], chance: random.Random) -> str | None:
        more = other[:IN_PARAGRAPH]
        if sum(len(line.split()) for line in more) < 3 * IN_LINE or len(lines) < 2 * IN_PARAGRAPH:
            return None
        place = chance.randrange(len(lines) - IN_PARAGRAPH)
        return "\n".join([*lines[:place], *more, *lines[place + instead :]])

    return damage


def _other_page(_: Sequence[str], other: Sequence[str], __: random.Random) -> str:
    return "\n".join(other)


def _swapped(lines: Sequence[str], _: Sequence[str], chance: random.Random) -> str | None:
    text = "\n".join(lines)
    numbers = list(_NUMBER.finditer(text))
    if len({found[0] for found in numbers}) < 2:  # noqa: PLR2004
        return None
    one = chance.choice(numbers)
    other = chance.choice([found for found in numbers if found[0] != one[0]])
    first, last = sorted((one, other), key=lambda found: found.start())
    between = text[first.end() : last.start()]
    return text[: first.start()] + last[0] + between + first[0] + text[last.end() :]


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
}


if __name__ == "__main__":
    main()
