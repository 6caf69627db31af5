"""Which paragraphs are headings, and of which level: by letter size, numbering, words and place."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ocrqueue.text import marks
from ocrqueue.text.hocr.layout import Line, Paragraph

LARGER = 1.2  # times the body's letters
MUCH_LARGER = 1.6
TITLE = 1.4  # the same at the top of a page, where nothing else is so large
LONGEST = 110  # characters
MOST_LINES = 3
IN_A_ROW = 2  # more large paragraphs one after the other are large text, not headings
LEVELS = 6
_NUMBERED = re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){0,4}\.?|[IVX]{1,5}\.|[A-Z]\.\d?)\s+[A-Z\d]")
_NAMED = re.compile(
    r"(?:abstract|summary|introduction|background|(?:materials and )?methods?|results|discussion"
    r"|conclusions?|references|bibliography|acknowledge?ments?|contents|table of contents|index"
    r"|preface|foreword|zusammenfassung|einleitung|inhaltsverzeichnis|literatur(?:verzeichnis)?"
    r"|(?:chapter|part|appendix|kapitel|teil|anhang|section) (?:\d{1,2}|[IVX]{1,5}|[A-Z]))"
    r"(?:[.:]?\s*[A-Z].*)?[.:]?",
    re.IGNORECASE,
)
_SENTENCES = re.compile(
    r"(?<![^\W\d_])[^\W\d_]{3,}+[.;] [^\W\d_]++ "
)  # one ends and the next begins
_LONG_WORD = re.compile(r"[^\W\d_][\w'’-]{3,}")  # noqa: RUF001 - the apostrophe that is printed


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is usual on this page."""

    size: float  # letter height, in pixels
    width: float  # of a line, in pixels
    pitch: float  # from the top of a line to the top of the next one, in pixels
    bold: bool = False  # most words are


def measure(paragraphs: Sequence[Paragraph]) -> Measure:
    """Return what the median word sees: its letter height, its line's width, and the line pitch."""
    lines = [line for paragraph in paragraphs for line in paragraph.lines]
    each = [line for line in lines for _ in line.words]
    size = median(line.size for line in each)
    steps: list[float] = [below.box.top - above.box.top for above, below in pairwise(lines)]
    near = sorted(step for step in steps if 0.8 * size < step < 5 * size) or [1.5 * size]
    return Measure(
        size=size,
        width=median(line.box.width for line in each),
        pitch=near[len(near) // 4],  # most steps are within paragraphs, the wider ones between
        bold=2 * sum(line.bold for line in each) > len(each),
    )


def is_run_in(line: Line) -> bool:
    """Whether a paragraph's first line, cut short by hand, is a heading the engine took along."""
    text = line.text
    numbered = _NUMBERED.match(text) is not None and not text.endswith((".", ";", ","))
    return (numbered or _NAMED.fullmatch(text) is not None) and len(text) < LONGEST / 2


def levels(paragraphs: Sequence[Paragraph], usual: Measure) -> list[int]:
    """Return for each paragraph its heading level, 1 to 6, or 0 where it is no heading."""
    found = [_level(paragraphs, place, usual) for place in range(len(paragraphs))]
    found = _with_series(paragraphs, _without_large_text(paragraphs, found))
    return [1, *found[1:]] if _is_title(paragraphs, found, usual) else found


def _level(paragraphs: Sequence[Paragraph], place: int, usual: Measure) -> int:
    paragraph = paragraphs[place]
    text = " ".join(line.text for line in paragraph.lines)
    if not _could_be(paragraph, text):
        return 0
    ratio = paragraph.size / usual.size
    # A formula, or a full sentence in slightly larger letters.
    is_remark = "=" in text or (text.endswith(".") and ratio < MUCH_LARGER)
    if ratio >= LARGER and not _runs_on(paragraphs, place) and not is_remark:
        return _level_by_number(text) or (1 if ratio >= MUCH_LARGER else 2)
    if len(paragraph.lines) > 1 or not _leads(paragraphs, place):
        return 0
    return (
        _level_by_words(paragraphs, place, text)
        or _level_by_weight(paragraph, text, usual)
        or 3 * _isolated(paragraphs, place, usual)
    )


def _level_by_words(paragraphs: Sequence[Paragraph], place: int, text: str) -> int:
    if _NUMBERED.match(text):
        plain = text.endswith((".", ";")) or _is_item(text) or _runs_on(paragraphs, place)
        plain = plain or len(text) > LONGEST * 0.75 or _numbered_neighbour(paragraphs, place)
        return 0 if plain else _level_by_number(text)
    return 2 if _NAMED.fullmatch(text) and len(text) < LONGEST / 2 else 0


def _is_item(text: str) -> bool:
    """Whether this is a question of a form: "1. Name:"; "6.2 What is next?" is a heading."""
    return text.endswith((":", "?")) and _level_by_number(text) == 2  # noqa: PLR2004


def _level_by_number(text: str) -> int:
    """Return 2 for "1. Where", 3 for "1.2 How" and so on; 0 without a number."""
    if not _NUMBERED.match(text):
        return 0
    return min(LEVELS, 2 + text.split(maxsplit=1)[0].rstrip(".").count("."))


def _level_by_weight(paragraph: Paragraph, text: str, usual: Measure) -> int:
    """Return 3 for a bold line on a page whose text is not: known of a text layer alone."""
    bold = paragraph.lines[0].bold and not usual.bold
    return 3 if bold and not text.endswith((".", ":", "?")) else 0


def _could_be(paragraph: Paragraph, text: str) -> bool:
    letters = sum(sign.isalpha() for sign in text)
    long = len(paragraph.lines) > MOST_LINES or len(text) > LONGEST
    if marks.has_box(text) or long or letters < 3 or letters < 0.5 * len(text.replace(" ", "")):  # noqa: PLR2004
        return False
    return not text.endswith((",", ";", "-")) and not text[0].islower() and not is_date(text)


def _runs_on(paragraphs: Sequence[Paragraph], place: int) -> bool:
    """Whether the line is a piece of a sentence whose size was mistaken."""
    text = paragraphs[place].lines[-1].text
    after = paragraphs[place + 1].lines[0].text if place + 1 < len(paragraphs) else ""
    return _SENTENCES.search(text) is not None or after[:1].islower()


def _leads(paragraphs: Sequence[Paragraph], place: int) -> bool:
    """Whether running text follows below."""
    if place + 1 >= len(paragraphs):
        return False
    following = paragraphs[place + 1]
    here, there = paragraphs[place].box, following.box
    below = there.top >= here.bottom - here.height / 2
    words = following.lines[0].words
    sentence = len(words) > 6 or (len(words) > 3 and words[-1].text.endswith("."))  # noqa: PLR2004
    return below and (len(following.lines) > 1 or sentence)


def _numbered_neighbour(paragraphs: Sequence[Paragraph], place: int) -> bool:
    return any(
        0 <= near < len(paragraphs)
        and _NUMBERED.match(paragraphs[near].lines[0].text)
        and (near < place or len(paragraphs[near].lines) <= MOST_LINES)
        for near in (place - 1, place + 1)
    )


def _isolated(paragraphs: Sequence[Paragraph], place: int, usual: Measure) -> bool:
    """Whether this is a short line in capitals, or of capitalised words, above its text."""
    line, following = paragraphs[place].lines[0], paragraphs[place + 1]
    words = _LONG_WORD.findall(line.text)
    if not words or line.text.endswith((".", ":")) or line.size < 0.8 * usual.size:
        return False
    capital = sum(word[0].isupper() for word in words) / len(words)
    short = line.box.width < 0.75 * usual.width
    aligned = abs(following.lines[0].box.left - line.box.left) < 0.25 * usual.width
    free = place == 0 or _gap(paragraphs[place - 1].lines[-1], line) > 0.55 * usual.size
    return capital >= 0.75 and short and aligned and free and len(following.lines) > 1  # noqa: PLR2004


def _gap(above: Line, below: Line) -> float:
    """Return the free pixels between two lines; very many where a new column begins."""
    gap = below.box.top - above.box.bottom
    return float("inf") if gap < -3 * below.size else gap


def _without_large_text(paragraphs: Sequence[Paragraph], found: list[int]) -> list[int]:
    """Undo runs of many large paragraphs: slides and posters are set in large letters."""
    kept, start = list(found), 0
    while start < len(found):
        end = start
        while end < len(found) and found[end] and _alike(paragraphs[start], paragraphs[end]):
            end += 1
        if end - start > IN_A_ROW:
            kept[start:end] = [0] * (end - start)
        start = max(end, start + 1)
    return kept


def _with_series(paragraphs: Sequence[Paragraph], found: Sequence[int]) -> list[int]:
    """Make a heading of "3. Questions" too, be there hardly a text below, where "2. Agenda" is one.

    Numbered lines next to each other are a list.
    """
    kept = list(found)
    numbers = [_plain_number(paragraph) for paragraph in paragraphs]
    places = [place for place, number in enumerate(numbers) if number]
    for here, there in [*pairwise(places), *((b, a) for a, b in pairwise(places))]:
        follows = abs(numbers[here] - numbers[there]) == 1 and abs(here - there) > 1
        edge = abs(paragraphs[here].box.left - paragraphs[there].box.left)
        if kept[here] and not kept[there] and follows and edge < paragraphs[here].size:
            kept[there] = kept[here]
    return kept


def _plain_number(paragraph: Paragraph) -> int:
    """Return 3 for the line "3. Questions"; 0 for anything else."""
    text = paragraph.lines[0].text
    if len(paragraph.lines) > 1 or not _could_be(paragraph, text) or _is_item(text):
        return 0
    head = text.split(maxsplit=1)[0].rstrip(".")
    return int(head) if _NUMBERED.match(text) and head.isdigit() and text[-1] not in ".;" else 0


def _is_title(paragraphs: Sequence[Paragraph], found: Sequence[int], usual: Measure) -> bool:
    """Whether the page begins with a large heading and has no other of its size."""
    first, text = paragraphs[0], paragraphs[0].lines[0].text
    if found[0] != 2 or first.size < TITLE * usual.size or _NAMED.fullmatch(text):  # noqa: PLR2004
        return False
    others = [p.size for p, level in zip(paragraphs[1:], found[1:], strict=True) if level]
    return _level_by_number(text) == 0 and all(size < 0.9 * first.size for size in others)


def _alike(one: Paragraph, other: Paragraph) -> bool:
    return abs(one.size - other.size) < 0.1 * one.size


_WORD_OF_DATE = re.compile(
    r"\d{1,2}(?:st|nd|rd|th|er|º)?[.,]?|\d{4}[.,]?|\d{1,4}([./-])\d{1,2}\1\d{1,4}|of|den|de|le|the"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day,?"
    r"|(?:mon|diens|donners|frei|sams|sonn)tag,?|mittwoch,?"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[.,]?"
    r"|(?:january|february|march|april|june|july|august|(?:sept|nov|dec)ember|october)[.,]?"
    r"|januar|februar|märz|mai|juni|juli|oktober|dezember"
    r"|janvier|février|mars|avril|juin|juillet|août|(?:sept|nov|déc)embre|octobre",
    re.IGNORECASE,
)


def is_date(text: str) -> bool:
    """Whether the line is nothing but a date, perhaps with its place: "Bonn, 3 May 1981"."""
    place, comma, date = text.partition(", ")
    words = date.split() if comma and place.isalpha() and date[:1].isalnum() else text.split()
    figures = any(sign.isdigit() for sign in text)
    return figures and len(words) > 1 and all(map(_WORD_OF_DATE.fullmatch, words))
