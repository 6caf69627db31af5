"""What becomes of a page: its image, a backend's reply, the attempts at it, the settled result."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, ClassVar, Self

from ocrqueue.model.errors.page import PageError
from ocrqueue.model.wire import BRIEF, Record

# Who reads a page where no backend does.
PERSON = "person"
TEXT_LAYER = "text-layer"  # the page has its own text


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
    is_reduced: bool = False  # the cap on the long side made it smaller than was asked for

    def in_grey(self) -> "PageImage":
        """Return it in grey; of colours the green channel, the nearest to brightness."""
        if self.mode is ImageMode.GREY:
            return self
        return replace(self, mode=ImageMode.GREY, pixels=self.pixels[1::3])


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure(Record):
    """A picture on a page; the page's Markdown links to it by its name."""

    name: str  # such as p0007-1.png, unique in its document
    box: tuple[int, int, int, int]  # pixels: left, top, then the first column and row outside
    sha256: str = ""  # of its PNG file, once there is one


class Place(StrEnum):
    """The end of a page at which a line stands."""

    HEAD = "head"
    FOOT = "foot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin(Record):
    """A line at an end of a page that may be a running head, a foot or a page number."""

    block: int  # which one of those that empty lines part in the page's Markdown, from 0
    place: Place
    level: int = -1  # thousandths of the page's height above its middle; -1: it needs no others
    sure: bool = False  # it is one, whatever other pages say


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a backend answered for one page image."""

    text: str  # Markdown (task page, table) or LaTeX (task formula)
    backend: str
    model: str
    confidence: float | None = None  # mean word confidence, 0 to 100, where the backend has one
    words: int = 0  # words the backend read, before noise was dropped
    letter_px: float | None = None  # height of most letters, or of many tiny ones, in pixels
    unread: float | None = None  # share of pen strokes outside all words, 0 to 1, where known
    unread_at: str = ""  # where most of them are, in words; "": not known
    unsure: float | None = None  # share of words in lines of text that may be others, 0 to 1
    agreed: float | None = None  # share of words that a second reading has too; None: not asked
    doubt: str = ""  # what the backend itself holds to be lost or wrong, in words
    lang: str = ""  # the language it was read in, where the backend chose it
    rotation: int = 0  # degrees the image was turned clockwise before it was read
    tokens: int | None = None  # written by the model
    tokens_per_s: float | None = None
    first_token_s: float | None = None  # from being asked to the first token, where it is known
    prompt_tokens: int | None = None  # text and image, as the model saw them
    finish_reason: str = ""  # of a model: stop, length (cut off) or loop (ended by us)
    loop: str = ""  # why it counts as a loop, in words; "" where it is none
    own_text: str = ""  # why the text that the page has itself was not taken; "": there is none
    retried: str = ""  # what was wrong with a first reply to the same attempt; "": it is the first
    final: bool = False  # whoever asks this backend again gets no other reply
    cost_usd: float | None = None  # of all that was asked for it, at most; None: nothing to pay
    provider: str = ""  # whom a service asked to read it
    raw: str | None = None  # what a model said; `text` and `figures` follow from it
    chats: bool = False  # the model was made to talk: what it says around the page is taken off
    figures: tuple[Figure, ...] = ()
    witness: "Testimony | None" = None  # what a second reading says; None: none was wanted
    margins: tuple[Margin, ...] = ()  # lines of `text` that the document may do without


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict on a reply, with the reason in words a user understands."""

    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimony(Record):
    """What a second, independent reading says of a page that a model read."""

    brief: ClassVar[bool] = True

    by: str = ""  # who it is: text-layer or an engine; "": nobody
    unwitnessed: str = ""  # why it is nobody
    agreed: float | None = None  # share of the words that both have, 0 to 1
    missing: int = 0  # words in runs that only the witness has
    invented: int = 0  # words in runs that only the page's text has
    repeated: int = 0  # words that the text has more often
    numbers: int = 0  # that stand against other numbers
    doubt: str = ""  # what is wrong, if anything is
    words: str = ""  # the longest run of it
    box: tuple[int, int, int, int] | None = None  # where that is on the page, in pixels
    at: int | None = None  # letters of the page's text before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt(Record):
    """One try of one backend at one page, as the ledger tells it."""

    brief: ClassVar[bool] = True

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
    tokens: int | None = None  # written by a model
    tokens_per_s: float | None = None
    first_token_s: float | None = None  # from being asked to the first token
    cost_usd: float | None = None  # at most
    provider: str = ""  # whom a service asked to read the page
    lang: str = ""  # read in, as Tesseract calls it; "": not known
    left: bool = False  # the page was sent to another machine, or may have been
    counts: bool = True  # False: the backend could not be asked as it should, and is asked again
    checks: bool = False  # it is a second reading of what another backend has read
    memory_mb: int | None = None  # most that its worker, and a child of that, have held so far

    @classmethod
    def ended_by(cls, error: PageError, *, at: str, backend: str = "", **known: Any) -> Self:
        """Return the attempt that an error ended; without a backend nobody tried."""
        return cls(
            backend=backend,
            at=at,
            error=error.code,
            message=str(error),
            again=error.again,
            hand_over=error.hand_over,
            **{"seconds": 0.0, **known},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResult(Record):
    """The settled page: its Markdown, or why there is none, and how it came to be."""

    versioned: ClassVar[bool] = True

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
    figures: tuple[Figure, ...] = ()
    witness: Testimony | None = field(default=None, metadata=BRIEF)  # None: none was wanted
    # Lines that the document leaves out if they are what they seem.
    margins: tuple[Margin, ...] = field(default=(), metadata=BRIEF)

    @property
    def failed(self) -> bool:
        """Whether nobody could read the page."""
        return self.markdown is None

    @property
    def by_person(self) -> bool:
        """Whether a person wrote it, or confirmed what was read."""
        return bool(self.attempts) and self.attempts[-1].backend == PERSON

    @property
    def state(self) -> str:
        """How the queue is told of the page: done, doubtful or failed."""
        if self.failed:
            return "failed"
        return "doubtful" if self.verdict is Verdict.DOUBTFUL else "done"

    @property
    def seconds(self) -> float:
        """Time spent on the page over all its attempts."""
        return sum(attempt.seconds for attempt in self.attempts)

    @property
    def left(self) -> bool:
        """Whether the page was sent to another machine, or may have been."""
        return any(attempt.left for attempt in self.attempts)

    @property
    def cost_usd(self) -> float | None:
        """What all attempts at the page cost at most; None: nothing was to be paid."""
        costs = [attempt.cost_usd for attempt in self.attempts if attempt.cost_usd is not None]
        return round(sum(costs), 6) if costs else None


def failed_result(page: int, history: Sequence[Attempt]) -> PageResult:
    """Return the result of a page that nobody could read."""
    last = history[-1]
    return PageResult(
        page=page,
        markdown=None,
        attempts=tuple(history),
        backend=last.backend,
        model=last.model,
        error=last.error,
        message=last.message,
    )
