"""Which pages of a document are chosen: `1-3,7,r1,r3-r1,5-`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from ocrqueue.model.errors.operator import UsageError

_BOUND = r"(r?0*[1-9]\d{0,8})"
_PART = re.compile(rf"{_BOUND}(?:(-){_BOUND}?)?")

Span = tuple[int, int]  # first and last page; -1 is a document's last one, -2 the one before it


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSelection:
    """Chosen pages of any document; `str()` gives text that `parse_pages` reads."""

    spans: tuple[Span, ...]

    def __str__(self) -> str:
        return ",".join("-".join(dict.fromkeys(map(_spelt, span))) for span in self.spans)

    def resolve(self, total: int) -> Sequence[int]:
        """Return the chosen pages of a document of so many pages, sorted, each once."""
        chosen = [
            range(max(_at(first, total), 1), min(_at(last, total), total) + 1)
            for first, last in self.spans
        ]
        return chosen[0] if len(chosen) == 1 else sorted({*chain(*chosen)})


def parse_pages(spec: str) -> PageSelection:
    """Return the pages a person asked for.

    `r1` is the last page, `r2` the one before it, as in qpdf; `5-` goes to the last page. Pages
    a document does not have are ignored.

    Raises:
        UsageError: names the part that cannot be understood.
    """
    return PageSelection(spans=tuple(_span(part.strip(), spec) for part in spec.split(",")))


def _span(part: str, spec: str) -> Span:
    match = _PART.fullmatch(part)
    if not match:
        shown = repr(part) if part else "an empty part"
        raise UsageError(f"{shown} in {spec!r} is no page or range: write 1-3,7,r1 (r1: the last)")
    first = _page(match[1])
    if not match[2]:
        return first, first
    last = _page(match[3] or "r1")
    if (first < 0) == (last < 0) and first > last:
        raise UsageError(f"{part!r} in {spec!r} runs backwards")
    return first, last


def _page(text: str) -> int:
    return -int(text[1:]) if text.startswith("r") else int(text)


def _spelt(page: int) -> str:
    return f"r{-page}" if page < 0 else str(page)


def _at(page: int, total: int) -> int:
    """Return the page that is meant in a document of so many pages; may lie outside."""
    return total + 1 + page if page < 0 else page
