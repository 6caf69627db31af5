"""The words of the project as frozen data: document, page, reading, attempt, reply, result.

Everything that crosses a process or lies on disk has `to_wire` and `from_wire`: plain JSON with a
version number, no pickle. Pages are numbered from 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self

WIRE_VERSION = 1


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


class Verdict(StrEnum):
    """What the quality check says of an accepted page."""

    GOOD = "good"
    BLANK = "blank"
    DOUBTFUL = "doubtful"


class ImageMode(StrEnum):
    """Pixel format of a page image: one grey byte a pixel, or three (red, green, blue)."""

    GREY = "L"
    RGB = "RGB"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageImage:
    """A drawn page: raw rows from the top, without padding."""

    width: int  # pixels
    height: int  # pixels
    mode: ImageMode
    pixels: bytes  # width * height * (1 or 3) bytes
    dpi: int  # pixels an inch after the cap on the long side
    ink: float  # share of pixels that differ clearly from the paper, 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a backend answered for one page image."""

    text: str  # Markdown (task page, table) or LaTeX (task formula)
    backend: str
    model: str
    confidence: float | None = None  # mean word confidence, 0 to 100, where the backend has one
    words: int = 0  # words the backend read, before noise was dropped
    unread: float | None = None  # share of pen strokes outside all words, 0 to 1, where known
    rotation: int = 0  # degrees the image was turned clockwise before it was read
    tokens: int | None = None
    cost_usd: float | None = None
    raw: str | None = None  # the reply before it was cleaned, where it is worth keeping


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict on a reply, with the reason in words a user understands."""

    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of one backend at one page, as the ledger tells it."""

    backend: str
    seconds: float
    at: str  # UTC, ISO 8601
    worker: str = ""
    model: str = ""
    confidence: float | None = None
    verdict: Verdict | None = None  # None: failed
    error: str | None = None  # code of the error
    message: str = ""
    again: bool = False  # the same backend may try again
    hand_over: bool = False  # another backend may do better

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON values, without what has its default."""
        values = ((f, getattr(self, f.name)) for f in fields(self))
        return {f.name: value for f, value in values if value != f.default}

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Self:
        """Rebuild an attempt; unknown keys are ignored."""
        known = {k: wire[k] for k in cls.__dataclass_fields__ if k in wire}
        if (verdict := known.get("verdict")) is not None:
            known["verdict"] = Verdict(verdict)
        return cls(**known)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResult:
    """The settled page: its Markdown, or why there is none, and how it came to be."""

    page: int
    markdown: str | None  # None: the page failed
    attempts: tuple[Attempt, ...] = ()
    backend: str = ""
    model: str = ""
    verdict: Verdict | None = None  # None: the page failed
    confidence: float | None = None
    rotation: int = 0
    reason: str = ""  # why the verdict is not `good`
    error: str | None = None  # code of the last error, if the page failed
    message: str = ""  # what a user reads about that error

    @property
    def failed(self) -> bool:
        """Whether nobody could read the page."""
        return self.markdown is None

    @property
    def seconds(self) -> float:
        """Time spent on the page over all its attempts."""
        return sum(attempt.seconds for attempt in self.attempts)

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON values."""
        wire = {f.name: getattr(self, f.name) for f in fields(self)}
        wire["attempts"] = [attempt.to_wire() for attempt in self.attempts]
        return {"version": WIRE_VERSION, **wire}

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Self:
        """Rebuild a result.

        Raises:
            ValueError: the wire is of another version or misses a field.
        """
        require_version(wire)
        try:
            known = {k: wire[k] for k in cls.__dataclass_fields__ if k in wire}
            known["attempts"] = tuple(Attempt.from_wire(a) for a in known.get("attempts", ()))
            if known.get("verdict") is not None:
                known["verdict"] = Verdict(known["verdict"])
            return cls(**known)
        except TypeError as error:
            raise ValueError(str(error)) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteStep:
    """One backend of a route and how often it may try a page."""

    backend: str
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that changes what a page's result says; a part of the document's id."""

    route: tuple[RouteStep, ...]
    engines: tuple[tuple[str, str], ...]  # backend -> model, language and prompt, as one text
    task: Task = Task.PAGE
    dpi: int = 200
    max_side_px: int = 3400
    text_layer: str = "never"  # or "prefer"

    def identity(self) -> dict[str, Any]:
        """Return what enters the document's id: tries do not change a result."""
        return {
            "route": [step.backend for step in self.route],
            "engines": dict(self.engines),
            "task": self.task,
            "dpi": self.dpi,
            "max_side_px": self.max_side_px,
            "text_layer": self.text_layer,
        }

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**self.identity(), "route": [[s.backend, s.tries] for s in self.route]}

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Self:
        """Rebuild a reading."""
        return cls(
            route=tuple(RouteStep(backend=b, tries=t) for b, t in wire["route"]),
            engines=tuple(sorted(wire["engines"].items())),
            task=Task(wire["task"]),
            dpi=wire["dpi"],
            max_side_px=wire["max_side_px"],
            text_layer=wire["text_layer"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One input file as the workspace knows it."""

    id: str  # hexadecimal, from content and reading
    sha256: str
    kind: Kind
    pages: int  # pages of the whole file
    source: str  # absolute path of the file
    size: int  # bytes
    mtime_ns: int  # with size: has the file changed since it was hashed?
    reading: Reading

    def moved_to(self, source: str, mtime_ns: int) -> Self:
        """Return the same document found at another path."""
        return replace(self, source=source, mtime_ns=mtime_ns)

    def to_wire(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"version": WIRE_VERSION, **asdict(self), "reading": self.reading.to_wire()}

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Self:
        """Rebuild a document.

        Raises:
            ValueError: the wire is of another version or misses a field.
        """
        require_version(wire)
        try:
            known = {k: wire[k] for k in cls.__dataclass_fields__}
            known["kind"] = Kind(known["kind"])
            known["reading"] = Reading.from_wire(known["reading"])
            return cls(**known)
        except (KeyError, TypeError) as error:
            raise ValueError(str(error)) from error


def require_version(wire: Mapping[str, Any]) -> None:
    """Refuse what another version wrote.

    Raises:
        ValueError: the version is not ours.
    """
    if wire.get("version") != WIRE_VERSION:
        message = f"written by another version ({wire.get('version')!r})"
        raise ValueError(message)


def spell_pages(pages: Sequence[int]) -> str:
    """Return sorted page numbers the way a person writes them: `1-3,7`."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][1] + 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
