"""What may be wrong with a reading: good text, damaged in known ways; pure."""

import random
import re
from collections.abc import Callable, Sequence

from ocrqueue.text import prose

IN_LINE = 11  # words
IN_PARAGRAPH = 6  # lines ...
LEAST_IN_PARAGRAPH = 25  # ... and words of three letters: less is a table or a list
_NUMBER = re.compile(r"(?<![\w.,])\d{2,6}(?![\w.,])")
_WORD = re.compile(r"[^\W\d_]{3,}")

Damage = Callable[[Sequence[str], Sequence[str], random.Random], str | None]


def lines_of(text: str) -> list[str]:
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


def _numbers(text: str) -> list[re.Match[str]]:
    """Return the numbers of a text, but for those in the addresses of links."""
    shown = prose.alone(text)
    return [found for found in _NUMBER.finditer(text) if shown[found.start()] != " "]


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
    numbers = _numbers(text)
    if len({found[0] for found in numbers}) < 2:  # noqa: PLR2004
        return None
    one = chance.choice(numbers)
    other = chance.choice([found for found in numbers if found[0] != one[0]])
    first, last = sorted((one, other), key=lambda found: found.start())
    between = text[first.end() : last.start()]
    return text[: first.start()] + last[0] + between + first[0] + text[last.end() :]


def _misread(lines: Sequence[str], _: Sequence[str], chance: random.Random) -> str | None:
    text = "\n".join(lines)
    numbers = _numbers(text)
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
