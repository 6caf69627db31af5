"""What an attempt asks of the renderer."""

from pathlib import Path
from typing import Protocol

from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.text.layer.sheet import Sheet


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

    def sheet(
        self, source: Path, page: int, *, dpi: int, max_side_px: int, password: str | None = None
    ) -> Sheet | None:
        """Return what the file says about a page in text; None for an image."""
        ...
