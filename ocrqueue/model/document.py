"""What is read and how: the document, its reading, the route that its pages take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, ClassVar, Self

from ocrqueue.model.wire import BRIEF, Record
from ocrqueue.model.wire_types import require_types

ID_LENGTH = 24  # hexadecimal characters of a document's id
MOST_PAGES = 999_999  # that are read of a document; it may claim more


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
class RouteStep:
    """One backend of a route and how often it may try a page."""

    backend: str
    tries: int
    remote: bool = False  # it sends pages to another machine

    def to_wire(self) -> list[Any]:
        """Return plain JSON values."""
        return [self.backend, self.tries, *([True] if self.remote else [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that changes what a page's result says; a part of the document's id."""

    route: tuple[RouteStep, ...]
    engines: tuple[tuple[str, str], ...]  # backend -> model, language and prompt, as one text
    task: Task = Task.PAGE
    dpi: int = 200
    max_side_px: int = 3400
    text_layer: str = "never"  # or "prefer"
    tables: str = "markdown"  # or "html": what a model's tables become
    keep_headers: bool = False  # headers, footers and page numbers that a model found

    def identity(self) -> dict[str, Any]:
        """Return what enters the document's id: tries do not change a result.

        What was added later enters it only where it is not the default, so that ids stay.
        """
        later = {"tables": self.tables} if self.tables != "markdown" else {}
        return {
            "route": [step.backend for step in self.route],
            "engines": dict(self.engines),
            "task": self.task,
            "dpi": self.dpi,
            "max_side_px": self.max_side_px,
            "text_layer": self.text_layer,
            **later,
            **({"keep_headers": True} if self.keep_headers else {}),
        }

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**self.identity(), "route": [step.to_wire() for step in self.route]}

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Self:
        """Rebuild a reading."""
        return cls(
            route=tuple(
                RouteStep(backend=backend, tries=tries, remote=bool(rest))
                for backend, tries, *rest in wire["route"]
            ),
            engines=tuple(sorted(wire["engines"].items())),
            task=Task(wire["task"]),
            dpi=wire["dpi"],
            max_side_px=wire["max_side_px"],
            text_layer=wire["text_layer"],
            tables=wire.get("tables", "markdown"),
            keep_headers=wire.get("keep_headers", False),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Record):
    """One input file as the workspace knows it."""

    versioned: ClassVar[bool] = True

    id: str  # hexadecimal, from content and reading
    sha256: str
    kind: Kind
    pages: int  # pages of the whole file
    source: str  # absolute path of the file
    size: int  # bytes
    mtime_ns: int  # with size: has the file changed since it was hashed?
    reading: Reading
    stand_in: StandIn | None = field(default=None, metadata=BRIEF)
    # Names of the files inside, as they can be shown.
    attached: tuple[str, ...] = field(default=(), metadata=BRIEF)

    def found_at(self, source: str, mtime_ns: int, reading: Reading) -> Self:
        """Return the same document as it is found now; the reading says the same."""
        return replace(self, source=source, mtime_ns=mtime_ns, reading=reading)

    @classmethod
    def from_wire(cls, wire: Any) -> Self:
        """Rebuild a document.

        Raises:
            ValueError: the wire is of another version or form.
        """
        document = super(Document, cls).from_wire(wire)
        for part in (document.reading, *document.reading.route):
            require_types(part)
        if not document.reading.route or document.pages < 1:
            message = "a document has pages, and somebody reads them"
            raise ValueError(message)
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
