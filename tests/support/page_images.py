"""Draws small PDFs made by hand as page images, through the real renderer."""

from pathlib import Path

from PIL import Image

from ocrqueue.model.document import PageSize
from ocrqueue.model.page import ImageMode, PageImage
from ocrqueue.render.renderer import Renderer
from ocrqueue.settings.schema import RenderSettings
from tests.support.pdfs import write_pdf

LETTER = """Dear reader of this page,

the quick brown fox jumps over the lazy dog,
and nobody has ever counted how often it did.
This text is long enough to be recognised as
English print in any direction of the paper.

With kind regards from the printer of it all."""


def drawn(folder: Path, text: str = LETTER, *, dpi: int = 150) -> PageImage:
    """Return a grey page image that shows the text."""
    return drawn_file(write_pdf(folder / "drawn.pdf", text), dpi=dpi)


def drawn_file(path: Path, page: int = 1, *, dpi: int = 200) -> PageImage:
    """Return a page of a file as a grey image."""
    with Renderer(RenderSettings()) as renderer:
        return renderer.page(path, page, PageSize(dpi=dpi, max_side_px=3400), mode=ImageMode.GREY)


def of_picture(image: Image.Image, *, dpi: int, ink: float) -> PageImage:
    """Return a picture as a grey page, of which this share is taken to be ink."""
    grey = image.convert("L")
    return PageImage(
        width=grey.width,
        height=grey.height,
        mode=ImageMode.GREY,
        pixels=grey.tobytes(),
        dpi=dpi,
        ink=ink,
    )


def blank(width: int = 850, height: int = 1100) -> PageImage:
    """Return white paper."""
    return PageImage(
        width=width,
        height=height,
        mode=ImageMode.GREY,
        pixels=b"\xff" * (width * height),
        dpi=100,
        ink=0.0,
    )
