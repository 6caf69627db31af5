"""Which single facts of the truth a Markdown text holds, give or take a few letters."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ocrqueue.evaluation.similarity import WordScore, plain, score, words

__all__ = ["WordScore", "headings", "holds", "plain", "recall", "score", "tables", "words"]

LONGEST_PATTERN_DIFFS = 0.05  # share of a fact's letters that may differ where it does not say
_RULE = re.compile(r"\|?(?:\s*+:?-{3,}+:?\s*+\|?)++\s*+")

_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_NUMBER = re.compile(r"^(?:chapter )?(?:[\dA-Z]{1,3}\.)*\d{0,3}\.?\s+", re.IGNORECASE)


def recall(text: str, truth: str) -> float:
    """Return the share of the truth's words that the text has."""
    return score(text, truth).recall


def holds(fact: Mapping[str, Any], markdown: str) -> bool | None:
    """Return whether a fact of the truth's tests holds for the text; None: not for us (formulas).

    `present`/`absent`: a text, `order`: one text ends ahead of another, `table`: a cell and its
    neighbours. Texts may differ by `max_diffs` edits.
    """
    match fact["type"]:
        case "present":
            return _present(fact, markdown)
        case "absent":
            return not _present(fact, markdown)
        case "order":
            return _ordered(fact, plain(markdown))
        case "table":
            return any(_in_table(fact, rows) for rows in tables(markdown))
        case _:
            return None


def headings(markdown: str) -> list[str]:
    """Return the headings' texts, plain and in small letters, without their numbers."""
    return [_NUMBER.sub("", plain(line).casefold()) for line in _HEADING.findall(markdown)]


def tables(markdown: str) -> list[list[list[str]]]:
    """Return the pipe tables: rows of plain cells, without the rule below the heading."""
    found: list[list[list[str]]] = []
    inside = False
    for line in markdown.splitlines():
        row = line.strip()
        if not row.startswith("|"):
            inside = False
            continue
        if not inside:
            found.append([])
        inside = True
        if not _RULE.fullmatch(row):
            found[-1].append([plain(cell) for cell in re.split(r"(?<!\\)\|", row)[1:-1]])
    return found


def _present(fact: Mapping[str, Any], markdown: str) -> bool:
    text, wanted = plain(markdown), plain(fact["text"])
    if not fact.get("case_sensitive", True):
        text, wanted = text.lower(), wanted.lower()
    first, last = fact.get("first_n"), fact.get("last_n")
    if first or last:
        text = (text[:first] if first else "") + " " + (text[-last:] if last else "")
    return _nearest(wanted, text)[0] <= _allowed(fact, wanted)


def _ordered(fact: Mapping[str, Any], text: str) -> bool:
    before, after = plain(fact["before"]), plain(fact["after"])
    first, last = _nearest(before, text), _nearest(after, text)
    found = first[0] <= _allowed(fact, before) and last[0] <= _allowed(fact, after)
    return found and first[1] < last[1]


def _in_table(fact: Mapping[str, Any], rows: Sequence[Sequence[str]]) -> bool:
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            if _same(fact, cell, fact["cell"]) and _neighbours_fit(fact, rows, y, x):
                return True
    return False


def _neighbours_fit(fact: Mapping[str, Any], rows: Sequence[Sequence[str]], y: int, x: int) -> bool:
    places = {"up": (y - 1, x), "down": (y + 1, x), "left": (y, x - 1), "right": (y, x + 1)}
    for side, (row, column) in places.items():
        if fact.get(side) and not _same(fact, _cell(rows, row, column), fact[side]):
            return False
    top = [_cell(rows, above, x) for above in range(y)]
    left = [_cell(rows, y, before) for before in range(x)]
    headings = (("top_heading", top), ("left_heading", left))
    return all(
        any(_same(fact, cell, fact[key]) for cell in cells)
        for key, cells in headings
        if fact.get(key)
    )


def _cell(rows: Sequence[Sequence[str]], y: int, x: int) -> str:
    return rows[y][x] if 0 <= y < len(rows) and 0 <= x < len(rows[y]) else ""


def _same(fact: Mapping[str, Any], cell: str, wanted: str) -> bool:
    wanted = plain(wanted)
    return bool(cell) and _nearest(wanted, cell)[0] <= _allowed(fact, wanted)


def _allowed(fact: Mapping[str, Any], wanted: str) -> int:
    given = fact.get("max_diffs")
    return int(len(wanted) * LONGEST_PATTERN_DIFFS) if given is None else int(given)


def _nearest(wanted: str, text: str) -> tuple[int, int]:
    """Return the fewest edits between `wanted` and any part of the text, and where that part ends.

    Myers' bit-parallel search, https://doi.org/10.1145/316542.316550
    """
    if (at := text.find(wanted)) >= 0:
        return 0, at + len(wanted)
    size = len(wanted)
    if not size:
        return 0, 0
    masks: dict[str, int] = {}
    for place, letter in enumerate(wanted):
        masks[letter] = masks.get(letter, 0) | 1 << place
    everything, top = (1 << size) - 1, 1 << (size - 1)
    up, down, edits, best, end = everything, 0, size, size, 0
    for place, letter in enumerate(text):
        match = masks.get(letter, 0)
        diagonal = ((((match & up) + up) ^ up) | match | down) & everything
        gain = (down | ~(diagonal | up)) & everything
        loss = up & diagonal
        edits += bool(gain & top) - bool(loss & top)
        gain, loss = (gain << 1) & everything, (loss << 1) & everything
        up = (loss | ~(diagonal | gain)) & everything
        down = gain & diagonal
        if edits < best:
            best, end = edits, place + 1
    return best, end
