"""A page that is nothing but a picture of print, so that only an engine can be its witness."""

from pathlib import Path

from ocrqueue.model.document import PageSize
from ocrqueue.model.page import ImageMode
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.schema import RenderSettings
from ocrqueue.text import figures
from tests.support.pdfs import write_pdf

LINES = (
    "The station at the northern shore took samples between April and June",
    "and sent them to the laboratory in the capital where they were counted",
    "by three people who did not know from which of the lakes they had come",
    "All but four of the samples were clear and those four had been shaken",
    "during the transport so that nobody could say what they had contained",
)
DPI = 150


def picture_of(lines: tuple[str, ...], folder: Path) -> bytes:
    """Return the PNG file of a page with these lines; `folder` is for scratch."""
    folder.mkdir(parents=True, exist_ok=True)
    source = write_pdf(folder / "drawn.pdf", "\n".join(lines))
    with Renderer(RenderSettings()) as renderer:
        page = renderer.page(source, 1, PageSize(dpi=DPI, max_side_px=3400), mode=ImageMode.GREY)
    return figures.png(page, (0, 0, page.width, page.height))
