"""What an OCR engine saw on a page: blocks of paragraphs of lines of words, each with its box."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import NamedTuple, TypeVar

SURE_CONFIDENCE = 40.0  # of a word that counts as read
PRINT_CONFIDENCE = 75.0  # of a word that is no speck
TINY_LETTERS = 14.0  # pixels; larger ones are read well beside print of any size
TINY_SHARE = 0.1  # of the words
_One = TypeVar("_One")


class Box(NamedTuple):
    """A rectangle in pixels from the top left corner of the page."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.bottom - self.top

    def grown(self, by: int, page: "Box") -> "Box":
        """Return the box with so many pixels around it, as far as its page goes."""
        return Box(
            max(page.left, self.left - by),
            max(page.top, self.top - by),
            min(page.right, self.right + by),
            min(page.bottom, self.bottom + by),
        )

    def holds(self, other: "Box") -> bool:
        """Whether the middle of the other box lies in this one."""
        across, down = (other.left + other.right) / 2, (other.top + other.bottom) / 2
        return self.left <= across <= self.right and self.top <= down <= self.bottom

    def meets(self, other: "Box", reach: int = 0) -> bool:
        """Whether the two overlap, or are less than so many pixels apart."""
        across = self.left - reach < other.right and other.left < self.right + reach
        return across and self.top - reach < other.bottom and other.top < self.bottom + reach


class Word(NamedTuple):
    """One word, with how sure the engine is of it (0 to 100)."""

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Line:
    """Words on one baseline; `size` is the height of its letters, in pixels."""

    words: tuple[Word, ...]
    box: Box
    size: float
    bold: bool = False  # known of a text layer alone
    exact: bool = False  # its words are those of a text layer, each where it stands

    @property
    def text(self) -> str:
        """The words with a space between them."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines the engine holds to be one paragraph; `cells` is what they say, where it is a table."""

    lines: tuple[Line, ...]
    cells: tuple[tuple[str, ...], ...] = ()  # rows from the top

    @property
    def words(self) -> Iterator[Word]:
        """All words in reading order."""
        return (word for line in self.lines for word in line.words)

    @property
    def box(self) -> Box:
        """The rectangle around all lines."""
        return around([line.box for line in self.lines])

    @property
    def size(self) -> float:
        """Median letter height, in pixels."""
        return median(line.size for line in self.lines)

    @property
    def confidence(self) -> float:
        """Mean confidence of its words."""
        return fmean(word.confidence for word in self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLayout:
    """A page in the engine's reading order."""

    box: Box
    blocks: tuple[tuple[Paragraph, ...], ...] = ()
    pictures: tuple[Box, ...] = ()

    @property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        """All paragraphs of all blocks."""
        return tuple(paragraph for block in self.blocks for paragraph in block)

    @property
    def words(self) -> tuple[Word, ...]:
        """All words."""
        return tuple(word for paragraph in self.paragraphs for word in paragraph.words)

    @property
    def text(self) -> str:
        """All words with a space between them."""
        return " ".join(word.text for word in self.words)

    def with_lines(self, change: Callable[[Line], Line | None]) -> "PageLayout":
        """Return the page with each line as it is changed; one that becomes None goes."""
        blocks = (
            tuple(
                replace(paragraph, lines=kept)
                for paragraph in block
                if (kept := tuple(line for old in paragraph.lines if (line := change(old))))
            )
            for block in self.blocks
        )
        return replace(self, blocks=tuple(block for block in blocks if block))

    @property
    def letter_px(self) -> float | None:
        """Median height of the letters of words that were read, in pixels; None without any.

        Of the tiny ones alone, where a tenth is tiny and surely print. The engine says 20 and more
        of any that are, so their line's height counts.
        """
        sizes = [
            (min(line.size, line.box.height), word.confidence)
            for paragraph in self.paragraphs
            for line in paragraph.lines
            for word in line.words
            if word.confidence >= SURE_CONFIDENCE
        ]
        tiny = [size for size, sure in sizes if size < TINY_LETTERS and sure >= PRINT_CONFIDENCE]
        if tiny and len(tiny) >= TINY_SHARE * len(sizes):
            return median(tiny)
        return median(size for size, _ in sizes) if sizes else None

    @property
    def confidence(self) -> float:
        """Mean confidence of all words, 0 to 100; 0 without words."""
        words = self.words
        return fmean(word.confidence for word in words) if words else 0.0


def around(boxes: list[Box]) -> Box:
    """Return the smallest box that holds all boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


def split_where(
    row: Sequence[_One], is_parted: Callable[[_One, _One], bool]
) -> Iterator[list[_One]]:
    """Yield what stands in a row in groups: one ends where two neighbours are parted."""
    group: list[_One] = []
    for one in row:
        if group and is_parted(group[-1], one):
            yield group
            group = []
        group.append(one)
    if group:
        yield group
