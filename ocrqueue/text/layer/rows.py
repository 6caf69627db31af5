"""Words -> rows of words on one baseline, and the pieces of a row that belong to one column."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ocrqueue.text.layer.words import LayerWord

LEVEL = 0.35  # of the smaller size two baselines in a row may differ
RAISED = 0.6  # of the larger size, for what is set smaller: raised and lowered figures
SMALLEST, SMALLER = 0.4, 0.8  # of the larger size; beside a letter that is larger still is text
BESIDE = 0.4  # of the larger size between such a figure and its word
NEAR_ROWS = 3  # above and below
MOST_RAISED = 40  # words of a row of such figures
MOST_WORDS = 200  # of a row that they are put to
LOOKED_BACK = 12  # rows; a word of the row before these is in none of them


@dataclass(slots=True)
class TextRow:
    """Words on one baseline, from left to right."""

    words: list[LayerWord]
    base: float
    size: float

    @property
    def left(self) -> float:
        """Where its first word begins."""
        return self.words[0].left

    @property
    def right(self) -> float:
        """Where its last word ends."""
        return max(word.right for word in self.words)


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of a row that stand in one column, or a whole table; the unit that is put in order."""

    left: float
    top: float
    right: float
    bottom: float
    size: float
    words: tuple[LayerWord, ...] = ()
    table: int = -1  # which of the page's ruled tables this is; -1: none

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return (self.top + self.bottom) / 2


def rows(words: Sequence[LayerWord]) -> list[TextRow]:
    """Return rows from the top, each from left to right."""
    found: list[TextRow] = []
    for word in sorted(words, key=lambda word: word.base):
        for row in reversed(found[-LOOKED_BACK:]):
            if abs(row.base - word.base) < LEVEL * min(row.size, word.size):
                row.words.append(word)
                if word.size > row.size:
                    row.size, row.base = word.size, word.base
                break
        else:
            found.append(TextRow([word], word.base, word.size))
    found = _with_raised(sorted(map(_measured, found), key=lambda row: row.base))
    for row in found:
        row.words.sort(key=lambda word: word.left)
    return found


def piece(words: Sequence[LayerWord]) -> Piece:
    """Return words of one row as a piece."""
    return Piece(
        left=min(word.left for word in words),
        top=min(word.top for word in words),
        right=max(word.right for word in words),
        bottom=max(word.bottom for word in words),
        size=median(word.size for word in words),
        words=tuple(words),
    )


def _measured(row: TextRow) -> TextRow:
    """Return the row as large as most of its letters: a bullet may be larger than its text."""
    letters = [word for word in row.words for sign in word.text if sign.isalnum()]
    if letters and any(word.size != row.size for word in row.words):
        usual = sorted(letters, key=lambda word: word.size)[len(letters) // 2]
        row.size, row.base = usual.size, usual.base
    return row


def _with_raised(found: Sequence[TextRow]) -> list[TextRow]:
    """Put raised and lowered figures to the words that they stand at."""
    for at, row in enumerate(found):
        if len(row.words) > MOST_RAISED:
            continue
        for other in (*found[max(0, at - NEAR_ROWS) : at], *found[at + 1 : at + 1 + NEAR_ROWS]):
            raised = SMALLEST * other.size < row.size < SMALLER * other.size
            if not raised or len(other.words) > MOST_WORDS:
                continue
            if abs(row.base - other.base) < RAISED * other.size:
                moved = [word for word in row.words if _stands_at(word, other)]
                row.words = [word for word in row.words if word not in moved]
                other.words += moved
    return [row for row in found if row.words]


def _stands_at(word: LayerWord, row: TextRow) -> bool:
    near = BESIDE * row.size
    return any(
        -near < word.left - other.right < near or -near < other.left - word.right < near
        for other in row.words
    )
