"""What every backend promises to the one who asks it to read a page."""

from typing import Protocol

from ocrqueue.model import ImageMode, PageImage, Reply

# What a backend that needs no image (`image_mode` is None) is given.
NO_IMAGE = PageImage(width=0, height=0, mode=ImageMode.GREY, pixels=b"", dpi=0, ink=0.0)


class Backend(Protocol):
    """Reads one page image at a time; loads what it needs when it is first asked.

    `deadline` is an instant of `time.monotonic()`, in seconds; `page` is the page's number in its
    document. Every method raises only `PageError`s; `BaseException`s that are no `Exception`, such
    as a `SystemExit` raised by a signal handler, pass through and leave nothing running.
    """

    name: str
    model: str
    image_mode: ImageMode | None  # None: needs no image, give it NO_IMAGE

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
