"""Lines that begin with a bullet or a number -> the items of a list."""

import re
from collections.abc import Sequence
from dataclasses import replace

from ocrqueue.text.hocr.layout import Box, Line, PageLayout, Paragraph
from ocrqueue.text.hocr.text_lines import lines

BULLET_GAP = 0.45  # letter heights between a bullet and its text; a space has less
BULLET = "•"
MOST_SIGNS = 300  # compared with each other on a page; no page has so many items
ALIGNED = 0.4  # letter heights two lines of one list may differ in where they begin
SHORT = 0.75  # of a paragraph's width; a line below it ends on purpose
_BULLET = re.compile(r"[•·▪◦●○■□‣⁃▶►➢❖]")
_TICK = re.compile(r"[✓✔✗✘]")  # says something itself, so it stays
_DASH = re.compile(r"[-–—]")
# What Tesseract makes of round, hollow and square bullets, and what of these is no word.
_MISREAD = re.compile(r"[¢©®°«»§@eoOQ*+=¥•·]{1,2}|[-–—]")
_NO_WORD = re.compile(r"[¢©®°«»§@*+=¥•·]{1,2}")
_SELDOM = re.compile(r"[¢©®][*•·]?")
_OPERATORS = frozenset("=+")
_WORD = re.compile(r"[^\W\d_]{4}")
_NUMBER = re.compile(r"\d{1,3}[.)]")
_LETTER = re.compile(r"\(?(?:[a-z]|[ivx]{1,4}|\d{1,2})\)|\[\d{1,3}\]")
_LETTER_DOT = re.compile(r"(?:[a-h]|[ivx]{1,5})\.")
_FIRST = re.compile(r"[(\[]?(?:1|a|i)[.)\]]")
_PUNCTUATED = re.compile(r"[.:;,!?]$")

NESTED = 0.75  # letter heights that the text of an item in an item is set in, at least
FARTHEST = 6.0  # the same at most; what stands further right is another list

Items = list[tuple[str, list[Line]]]
Open = tuple[tuple[Box, int], ...]  # the items that others may be in: its text, and their indent


def with_bullets(page: PageLayout) -> PageLayout:
    """Return the page with a true bullet for each sign that two lines or more begin with alike.

    Alike is: at the same place, and with their text at the same place; so it does not matter how
    badly the bullets were read.
    """
    signs = [line for line in lines(page) if _could_be_bullet(line)][:MOST_SIGNS]
    sure = {line for line in signs if any(_are_bullets(line, other) for other in signs)}
    if not sure:
        return page

    def mended(line: Line) -> Line:
        if line not in sure:
            return line
        mark = line.words[0]._replace(text=BULLET, confidence=100.0)
        return replace(line, words=(mark, *line.words[1:]))

    return page.with_lines(mended)


def cut(whole: Paragraph) -> list[Paragraph]:
    """Split a paragraph where a list begins below a text, and where the list ends."""
    parts, lines = [], whole.lines
    while place := _first_cut(lines):
        parts.append(Paragraph(lines[:place]))
        lines = lines[place:]
    return [*parts, Paragraph(lines)] if parts else [whole]


def _first_cut(lines: Sequence[Line]) -> int:
    """Return the line at which a list begins or ends; 0 for none."""
    ends = _ends_list if _marker(lines[0], sure=_indented(lines)) else _begins_list
    return next((place for place in range(1, len(lines)) if ends(lines, place)), 0)


def items(lines: Sequence[Line]) -> Items | None:
    """Return each item's marker in Markdown and its lines; None: this is no list."""
    if not (first := _marker(lines[0], sure=_indented(lines))):
        return None
    found: Items = [(first, [_without_first(lines[0])])]
    for line in lines[1:]:
        marker = _marker(line, sure=first == "- ")
        if marker and (_may_follow(marker, first) or _BULLET.fullmatch(line.words[0].text)):
            found.append((marker, [_without_first(line)]))
        else:
            found[-1][1].append(line)
    return found


def nested(opened: Open, marker: str, line: Line) -> tuple[Open, int]:
    """Return the items that are open from this one on, and how many blanks it is set in."""
    box = line.words[0].box
    if opened and box.top < opened[-1][0].top:
        opened = ()  # the next column
    holding = tuple(one for one in opened if box.left > one[0].left + NESTED * line.size)
    if holding and box.left > holding[-1][0].left + FARTHEST * line.size:
        holding = ()
    indent = holding[-1][1] if holding else 0
    inner = indent + (2 if marker.startswith("- ") else len(marker))
    return (*holding, (box, inner)), indent


def is_marker(word: str) -> bool:
    """Whether the first word of a line numbers or marks what follows, and is no cell of a table."""
    return any(sign.fullmatch(word) for sign in (_BULLET, _TICK, _NUMBER, _LETTER, _LETTER_DOT))


def is_numbered_heading(found: Items) -> bool:
    """Whether these items may as well be one numbered heading: "1. Where we measured"."""
    return len(found) == 1 and found[0][0][0].isdigit()


def _marker(line: Line, *, sure: bool) -> str:
    """Return the Markdown marker for the line's first word; "" where it is none."""
    if len(line.words) < 2:  # noqa: PLR2004
        return ""
    head, after = line.words[0].text, line.words[1].text
    if _BULLET.fullmatch(head) or _DASH.fullmatch(head) or _SELDOM.fullmatch(head):
        return "- "
    if sure and _MISREAD.fullmatch(head):
        return "- "
    if head in {"e", "o", "«", "°", "+"} and after[:1].isupper():
        return "- "
    if _NUMBER.fullmatch(head):
        return head + " "
    letter = (
        _TICK.fullmatch(head)
        or _LETTER.fullmatch(head)
        or (_LETTER_DOT.fullmatch(head) and after[:1].isupper())
    )
    return "- " + head + " " if letter else ""


def _begins_list(lines: Sequence[Line], place: int) -> bool:
    """Whether a list begins at this line, which is not the paragraph's first."""
    line, head = lines[place], lines[place].words[0].text
    if len(line.words) < 2 or not _marker(line, sure=False):  # noqa: PLR2004
        return False
    if _BULLET.fullmatch(head) or _TICK.fullmatch(head):
        return True
    before, first = lines[place - 1], _FIRST.fullmatch(head) is not None
    if first and before.box.width < SHORT * max(other.box.width for other in lines):
        return True
    if not _PUNCTUATED.search(before.text):
        return False
    more = any(_alike(line, other) for other in lines[place + 1 :])
    return more or (first and before.text.endswith(":"))


def _ends_list(lines: Sequence[Line], place: int) -> bool:
    """Whether this line stands at the left edge of a list whose other lines are indented."""
    first, line = lines[0], lines[place]
    if _marker(line, sure=True) or line.box.left > first.box.left + ALIGNED * line.size:
        return False
    if first.words[0].text == BULLET and not line.text[0].islower():
        return line.box.left < first.words[1].box.left - ALIGNED * line.size
    return any(other.box.left > first.box.left + ALIGNED * line.size for other in lines[1:place])


def _alike(line: Line, other: Line) -> bool:
    """Whether both lines begin with markers of one kind at the same edge."""
    mine, theirs = _marker(line, sure=False), _marker(other, sure=False)
    same = bool(theirs) and (mine == theirs if mine == "- " else theirs != "- ")
    return same and abs(line.box.left - other.box.left) < ALIGNED * line.size


def _may_follow(marker: str, first: str) -> bool:
    """Whether an item may be in one list with the first: numbers may hold letters, not bullets."""
    if marker == "- " or first == "- ":
        return marker == first
    return marker[0] == "-" or first[0] != "-"


def _indented(lines: Sequence[Line]) -> bool:
    """Whether every further line begins right of the first one's marker, as a wrapped item does."""
    edge = lines[0].box.left + 0.6 * lines[0].size
    return len(lines) > 1 and all(line.box.left > edge for line in lines[1:])


def _could_be_bullet(line: Line) -> bool:
    if len(line.words) < 2 or not _MISREAD.fullmatch(line.words[0].text):  # noqa: PLR2004
        return False
    mark, text = line.words[0], line.words[1]
    wide = text.box.left - mark.box.right > BULLET_GAP * line.size
    return wide or _NO_WORD.fullmatch(mark.text) is not None


def _are_bullets(one: Line, other: Line) -> bool:
    """Whether the lines begin alike, and are not two lines of a formula."""
    off = one.box.left - other.box.left, one.words[1].box.left - other.words[1].box.left
    alike = one is not other and max(map(abs, off)) < ALIGNED * one.size
    return alike and not (_is_formula(one) and _is_formula(other))


def _is_formula(line: Line) -> bool:
    """Whether the line begins with an operator that may be meant as one."""
    mark, *others = (word.text for word in line.words)
    wording = _WORD.match(others[0]) is not None and not _OPERATORS & set("".join(others))
    return mark in _OPERATORS and not wording


def _without_first(line: Line) -> Line:
    return replace(line, words=line.words[1:])
