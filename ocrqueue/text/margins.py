"""Running heads, feet and page numbers: which lines at the ends of its pages a document omits.

Where pages have others beside them, repetition decides: the same words at the same height, be the
pages left or right ones or those of one chapter, and numbers that count as the pages do. Where too
few are there for that, only what is sure by itself goes. A number that stands alone, and what a
model has labelled as a head or foot, needs no others.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ocrqueue.model.page import Margin, PageResult

NEARBY = 6  # pages before and behind
ALIKE = 2  # other pages that say the same
HEIGHT = 15  # thousandths of the page: so far apart the same line may stand
COMMON = 0.75  # of the words of two lines that say the same, for an engine misreads some
LEAST_WORDS = 3  # of lines that are compared so
MOST = 16  # margins of a page
LONGEST = 200  # letters of a line
LEAST_LABEL = 2  # letters of a word that has its own number; "S84" is a page's
_COUNT = re.compile(r"\d{1,6}|\b[ivxlc]{1,7}\b", re.IGNORECASE)
_SIGN = re.compile(r"[^\w#]+")
_ODD = re.compile(r"[^\w\s()\[\]|/~.·•–—-]")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_ENDS = (".", ";", ":", "。")
_PAGE = {"page", "p", "pp", "seite", "s", "pagina", "página", "pág", "sida", "side", "strona"}
_OF = {"of", "von", "de", "sur", "di", "av", "van", "z"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What a margin says: its words, with # for each number, and these numbers."""

    page: int
    margin: Margin
    words: tuple[str, ...]
    counts: tuple[int, ...]
    is_heading: bool
    is_sentence: bool
    is_bare: bool  # it has no signs but those that stand around page numbers

    @property
    def is_number(self) -> bool:
        """Whether it is a page number and nothing else."""
        return self.is_bare and "#" in self.words and set(self.words) <= {"#"} | _PAGE | _OF

    @property
    def is_label(self) -> bool:
        """Whether a number belongs to the one word before it, as in "Question 3"."""
        if self.margin.sure or self.is_number or self.words[1:] != ("#",):
            return False
        return len(self.words[0]) >= LEAST_LABEL

    @property
    def offsets(self) -> set[int]:
        """By how much a number at an end of the line is ahead of the page's own one."""
        is_first = self.words[:1] == ("#",) and not self.is_sentence  # else it is a note
        ends = {self.counts[0]} if is_first else set()
        ends |= {self.counts[-1]} if self.words[-1:] == ("#",) else set()
        ends |= set(self.counts) if self.is_number else set()
        return {count - self.page for count in ends}


def without(pages: Sequence[PageResult]) -> list[PageResult]:
    """Return the pages without what their document leaves out."""
    said = {page.page: list(_of_page(page)) for page in pages}
    return [_cut(page, _gone(page.page, said)) for page in pages]


def _cut(page: PageResult, gone: set[int]) -> PageResult:
    if not gone:
        return page
    blocks = enumerate((page.markdown or "").split("\n\n"))
    return replace(page, markdown="\n\n".join(block for at, block in blocks if at not in gone))


def _of_page(page: PageResult) -> Iterator[_Said]:
    blocks = (page.markdown or "").split("\n\n") if page.margins else []
    for margin in page.margins[:MOST]:
        if not 0 <= margin.block < len(blocks):
            continue
        text = blocks[margin.block][:LONGEST].replace("\\", "")
        bare = text.replace("#", "")
        yield _Said(
            page=page.page,
            margin=margin,
            words=tuple(_SIGN.sub(" ", _COUNT.sub(" # ", bare.casefold())).split()),
            counts=tuple(map(_count, _COUNT.findall(bare))),
            is_heading=text.startswith("#"),
            is_sentence=text.endswith(_ENDS),
            is_bare=not _ODD.search(text),
        )


def _count(written: str) -> int:
    if written.isdecimal():
        return int(written)
    values = [_ROMAN[letter] for letter in written.casefold()]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < after else value for value, after in pairs)


def _gone(page: int, said: Mapping[int, Sequence[_Said]]) -> set[int]:
    """Return the blocks of a page that its document does without."""
    own = [one for one in said[page] if one.margin.level >= 0]
    gone = {one.margin.block for one in said[page] if one.margin.level < 0 and one.margin.sure}
    near = range(page - NEARBY, page + NEARBY + 1)
    beside = [said[other] for other in near if other in said and other != page]
    if len(beside) < ALIKE:
        return gone | {one.margin.block for one in own if one.margin.sure}
    nearby = [other for page in beside for other in page]
    gone |= {one.margin.block for one in own if _repeats(one, nearby)}
    return gone | _page_numbers(own, nearby)


def _repeats(one: _Said, nearby: Sequence[_Said]) -> bool:
    """Whether pages nearby say the same at the same height."""
    alike = {other.page for other in nearby if _is_alike(one, other)}
    if one.is_heading and one.page < min(alike, default=one.page):
        return False  # it may be the title: once it stays
    return len(alike) >= (1 if one.margin.sure else ALIKE)


def _is_alike(one: _Said, other: _Said) -> bool:
    if not one.words or one.is_number or not _is_level(one.margin, other.margin):
        return False
    apart = other.page - one.page
    if one.words == other.words:
        steps = {late - early for early, late in zip(one.counts, other.counts, strict=True)}
        if one.is_heading != other.is_heading and apart in steps:
            return steps <= {0, apart}  # taken for a heading, but it counts the pages
        return steps <= ({0} if one.is_label or one.is_heading else {0, apart})
    words, others = set(one.words) - {"#"}, set(other.words) - {"#"}
    most = max(len(words), len(others))
    if one.words[-1:] == other.words[-1:] == ("#",):
        is_next = other.counts[-1] - one.counts[-1] in {0, apart}
    else:
        is_next = one.is_heading == other.is_heading
    return is_next and most >= LEAST_WORDS and len(words & others) >= COMMON * most


def _is_level(one: Margin, other: Margin) -> bool:
    return one.place is other.place and abs(one.level - other.level) <= HEIGHT


def _page_numbers(page: Sequence[_Said], nearby: Sequence[_Said]) -> set[int]:
    """Return the blocks of a page with a number that counts on with those of pages nearby.

    It has one number: what counts with fewer pages is a note or an entry of contents.
    """
    ranks = {one.margin.block: rank for one in page if (rank := _rank(one, nearby))}
    best = max(ranks.values(), default=())
    return {block for block, rank in ranks.items() if rank == best}


def _rank(one: _Said, nearby: Sequence[_Said]) -> tuple[int, ...]:
    """Return with how many pages its number counts, and how much it looks like one; (): none."""
    alike = [other for other in nearby if one.offsets & other.offsets]
    if one.is_label:
        alike = [other for other in alike if other.words != one.words]
    pages = len({other.page for other in alike})
    is_sure = one.is_number and any(other.is_number for other in alike)
    if one.is_heading or pages < (1 if is_sure else ALIKE):
        return ()
    return pages, one.is_number, not one.is_label
