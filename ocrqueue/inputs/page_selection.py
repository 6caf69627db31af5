"""Which pages of a document are chosen: `1-3,7,r1,r3-r1,5-`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from ocrqueue.model.errors.operator import UsageError

_BOUND = r"(r?)(0*[1-9]\d{0,8})"
_PART = re.compile(rf"{_BOUND}(?:(-)(?:{_BOUND})?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A page number, from the start or from the end; both begin at 1."""

    number: int
    from_end: bool = False

    def __str__(self) -> str:
        return f"r{self.number}" if self.from_end else str(self.number)

    def at(self, total: int) -> int:
        """Return the page it means in a document of so many pages; may lie outside."""
        return total + 1 - self.number if self.from_end else self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Pages from one bound to another, both included."""

    first: Bound
    last: Bound

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSelection:
    """Chosen pages of any document; `str()` gives text that `parse_pages` reads."""

    spans: tuple[Span, ...]

    def __str__(self) -> str:
        return ",".join(str(span) for span in self.spans)

    def resolve(self, total: int) -> Sequence[int]:
        """Return the chosen pages of a document of so many pages, sorted, each once."""
        chosen = [
            range(max(span.first.at(total), 1), min(span.last.at(total), total) + 1)
            for span in self.spans
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
    first = Bound(number=int(match[2]), from_end=bool(match[1]))
    if not match[3]:
        return Span(first=first, last=first)
    end = int(match[5]) if match[5] else 1
    last = Bound(number=end, from_end=bool(match[4]) or not match[5])
    backwards = first.number < last.number if last.from_end else first.number > last.number
    if first.from_end == last.from_end and backwards:
        raise UsageError(f"{part!r} in {spec!r} runs backwards")
    return Span(first=first, last=last)
