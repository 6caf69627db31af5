"""What every backend promises to the one who asks it to read a page."""

from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Protocol, runtime_checkable

from ocrqueue.model.gate import Gate
from ocrqueue.model.page import ImageMode, PageImage, Reply
from ocrqueue.settings.engines import Candidate
from ocrqueue.text.hocr.layout import PageLayout

# What a backend that needs no image (`image_mode` is None) is given.
NO_IMAGE = PageImage(width=0, height=0, mode=ImageMode.GREY, pixels=b"", dpi=0, ink=0.0)


# Told the tokens written so far, how many a second, and the seconds before the first; 0: not known.
# What it raises ends the reading.
OnTokens = Callable[[int, float, float], None]


def tell_nobody(tokens: int, tokens_per_s: float, first_token_s: float) -> None:
    """Do nothing: nobody wants to know how far the reading is."""


class Backend(Protocol):
    """Reads one page image at a time; loads what it needs when it is first asked.

    `deadline` is an instant of `time.monotonic()`, in seconds; `page` is the page's number in its
    document. Every method raises only `PageError`s; `BaseException`s that are no `Exception`, such
    as a `SystemExit` raised by a signal handler, pass through and leave nothing running.
    """

    name: str
    model: str
    image_mode: ImageMode | None  # None: needs no image, give it NO_IMAGE
    on_tokens: OnTokens  # `tell_nobody` at first; called by those whose models stream

    def obey(self, asked: Candidate) -> None:
        """Read with these settings from now on: its own, but for what a document may say.

        Raises:
            NotEquipped: it has not what they ask for; another worker may.
        """
        ...

    def page_to_markdown(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        """Read a whole page."""
        ...

    def table_to_markdown(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        """Read an image that shows one table."""
        ...

    def formula_to_latex(self, image: PageImage, *, deadline: float, page: int = 0) -> Reply:
        """Read an image that shows one formula."""
        ...

    def close(self) -> None:
        """Let go of what was loaded; asking again loads it again."""
        ...


@runtime_checkable
class KnowsByName(Protocol):
    """A backend that finds what it says of a page by the document's name."""

    def of_document(self, source: PurePath, pages: int) -> None:
        """Take the next pages for those of the document in this file, which has so many."""
        ...


@runtime_checkable
class Spends(Protocol):
    """A backend whose pages may cost money: without a gate it sends none that does."""

    def use_gate(self, gate: Gate) -> None:
        """Ask this gate before each request."""
        ...

    def reserves(self) -> int:
        """Return the most that one page of common size may cost in one request, in micro-USD."""
        ...


@runtime_checkable
class ReadsLines(Protocol):
    """A backend that reads lines so quickly that they can tell whether another text is right."""

    name: str

    def read_lines(self, image: PageImage, *, deadline: float, lang: str = "") -> PageLayout:
        """Read a grey image of lines below each other; raises `PageError`s as above.

        `lang`: one that `first_of` has named; "": what pages are read in first.
        """
        ...

    def first_of(self, codes: Sequence[str], *, deadline: float) -> str:
        """Return the first of these languages that can be read here; "" for none."""
        ...

    def read_page(self, image: PageImage, *, deadline: float) -> PageLayout:
        """Read a whole grey page, upright or turned; raises `PageError`s as above."""
        ...


@runtime_checkable
class KeepsModel(Protocol):
    """A backend that loads a model into this process, with the first page."""

    load_timeout_s: float  # what loading may add to the time of that page
    broken: str  # why this process should read no more with it, in words; "": it may

    @property
    def is_loaded(self) -> bool:
        """Whether the model is in memory."""
        ...

    @property
    def memory_mb(self) -> float:
        """What the model's library holds, in MB (2^20 bytes), wherever that is."""
        ...

    @property
    def peak_memory_mb(self) -> float:
        """The most it has held at once, in MB (2^20 bytes)."""
        ...

    def load(self, *, deadline: float) -> None:
        """Load the model now; waits for others who compute until this instant, as above."""
        ...
