"""What is read and how: the document, its reading, the route that its pages take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, ClassVar, Self

from ocrqueue.model.wire import BRIEF, Record

ID_LENGTH = 24  # hexadecimal characters of a document's id
MOST_PAGES = 999_999  # of a document: whoever claims more is not believed


class Task(StrEnum):
    """What is asked of a page image."""

    PAGE = "page"
    TABLE = "table"
    FORMULA = "formula"


class Kind(StrEnum):
    """What a document is, by its content."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    TIFF = "tiff"
    WEBP = "webp"
    GIF = "gif"
    BMP = "bmp"
    JPEG2000 = "jpeg2000"
    AVIF = "avif"
    HEIC = "heic"  # needs the extra `heif`


class StandIn(StrEnum):
    """What the pages of a PDF stand for, where its content is something else."""

    XFA = "xfa"  # a dynamic form, drawn by Adobe's programs alone
    PORTFOLIO = "portfolio"  # files in a cover


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a document is and how many pages it claims."""

    kind: Kind
    pages: int
    stand_in: StandIn | None = None
    attached: tuple[str, ...] = ()  # names of the files inside, as they can be shown
    password: str | None = field(repr=False)  # the one that opened it; None: it needs none


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteStep(Record):
    """One backend of a route and how often it may try a page; on the wire a list."""

    brief: ClassVar[bool] = True

    backend: str
    tries: int
    remote: bool = False  # it sends pages to another machine

    def to_wire(self) -> list[Any]:
        """Return plain JSON values."""
        return [*Record.to_wire(self).values()]

    @classmethod
    def from_wire(cls, wire: Any) -> Self:
        """Rebuild a step.

        Raises:
            ValueError: it is none.
        """
        return super(RouteStep, cls).from_wire(dict(zip(_STEP, wire, strict=False)))


_STEP = ("backend", "tries", "remote")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSize:
    """How large a page is to be drawn."""

    dpi: int  # pixels an inch of paper
    max_side_px: int  # pixels; the long side has no more, whatever `dpi` says


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Record):
    """All that changes what a page's result says; a part of the document's id.

    A field that is added is `brief`, so that ids and records stay as they were.
    """

    route: tuple[RouteStep, ...]
    engines: Mapping[str, str]  # backend -> model, language and prompt, as one text
    task: Task
    dpi: int
    max_side_px: int
    text_layer: str  # never, auto, first or only; the first version said "prefer" for "auto"
    tables: str = field(default="markdown", metadata=BRIEF)  # or "html"
    # Headers, footers and page numbers that a model found stay.
    keep_headers: bool = field(default=False, metadata=BRIEF)
    # auto, require or off: whether a model's pages are held against a second reading.
    witness: str = field(default="off", metadata=BRIEF)

    @property
    def size(self) -> PageSize:
        """How large its pages are drawn."""
        return PageSize(dpi=self.dpi, max_side_px=self.max_side_px)

    def identity(self) -> dict[str, Any]:
        """Return what enters the document's id: tries and witnesses do not change what is said."""
        wire = {name: value for name, value in self.to_wire().items() if name != "witness"}
        return {**wire, "route": [step.backend for step in self.route]}

    def engine(self, backend: str) -> str:
        """Return what was said of a backend of the route, as one text; "" where nothing was."""
        return self.engines.get(backend, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Record):
    """One input file as the workspace knows it."""

    versioned: ClassVar[bool] = True

    id: str  # hexadecimal, from content and reading
    sha256: str
    kind: Kind
    pages: int  # pages of the whole file
    source: str  # absolute path of the file, on the machine that enqueued it
    size: int  # bytes
    mtime_ns: int  # with size: has the file changed since it was hashed?
    reading: Reading
    stand_in: StandIn | None = field(default=None, metadata=BRIEF)
    # Names of the files inside, as they can be shown.
    attached: tuple[str, ...] = field(default=(), metadata=BRIEF)
    # The folder below which the file lies, by its name or its path; "": a version before said none.
    root: str = field(default="", metadata=BRIEF)
    below: str = field(default="", metadata=BRIEF)  # the path of the file below it
    mounted: bool = field(default=False, metadata=BRIEF)  # a drive or share, in that very place

    def found_at(self, source: str, mtime_ns: int, reading: Reading, **root: Any) -> Self:
        """Return the same document as it is found now; the reading says the same."""
        return replace(self, source=source, mtime_ns=mtime_ns, reading=reading, **root)

    @classmethod
    def from_wire(cls, wire: Any) -> Self:
        """Rebuild a document.

        Raises:
            ValueError: the wire is of another version or form, nobody reads the document, or
                it has no pages or more than any has.
        """
        document = super(Document, cls).from_wire(wire)
        if not document.reading.route or not 1 <= document.pages <= MOST_PAGES:
            raise ValueError(f"a document has 1 to {MOST_PAGES:,} pages, and somebody reads them")
        return document


def spell_pages(pages: Sequence[int]) -> str:
    """Return sorted page numbers the way a person writes them: `1-3,7`."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][1] + 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
