"""What an attempt needs of a renderer."""

from pathlib import Path
from typing import Protocol

from ocrqueue.model.page import ImageMode, PageImage


class Draws(Protocol):
    """What draws pages: `ocrqueue.render.Renderer`."""

    def page(
        self,
        source: Path,
        page: int,
        *,
        dpi: int,
        max_side_px: int,
        mode: ImageMode,
        password: str | None = None,
    ) -> PageImage:
        """Draw a page."""
        ...

    def text_layer(self, source: Path, page: int, *, password: str | None = None) -> str | None:
        """Return the page's own text where it is plausible."""
        ...
