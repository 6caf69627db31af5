"""Opens, draws and reads PDF pages with PDFium; runs in the child only."""

import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pypdfium2
from PIL import Image
from pypdfium2 import raw

from ocrqueue.model.document import PageSize
from ocrqueue.model.errors.document import (
    DocumentDamaged,
    FileUnreadable,
    NoPages,
    PasswordNeeded,
    PasswordWrong,
)
from ocrqueue.model.errors.page import PageDamaged
from ocrqueue.model.page import ImageMode
from ocrqueue.render.ink import page_ink
from ocrqueue.render.protocol import Drawing

POINTS_PER_INCH = 72
SMALL_POINTS = 576  # a page whose long side is below 8 inches is drawn as if it had them
MOST_ENLARGED = 3
MAX_CODE = 0x10FFFF  # the last Unicode value


def open_pdf(source: Path, passwords: Sequence[str]) -> tuple[pypdfium2.PdfDocument, str | None]:
    """Return the document and the password that opened it (None: it needs none).

    Raises:
        DocumentDamaged, NoPages, PasswordNeeded, PasswordWrong: it does not open.
    """
    for password in (None, *passwords):
        try:
            document = pypdfium2.PdfDocument(source, password=password)
        except pypdfium2.PdfiumError as error:
            if error.err_code == raw.FPDF_ERR_SUCCESS:
                raise NoPages("the PDF opens but holds no page") from None
            if error.err_code != raw.FPDF_ERR_PASSWORD:
                message = "the PDF does not open: its data are damaged or incomplete"
                raise DocumentDamaged(message) from None
        except OSError as error:
            message = f"the file cannot be opened: {error.strerror or 'it is gone'}"
            raise FileUnreadable(message) from None
        except UnicodeError:
            continue  # a password PDFium cannot be given opens nothing
        else:
            document.init_forms()  # before any page is loaded, or fields are not drawn
            return document, password
    if passwords:
        raise PasswordWrong(f"none of the {len(passwords)} given passwords opens the PDF")
    raise PasswordNeeded("the PDF is encrypted and needs a password")


def draw(
    document: pypdfium2.PdfDocument,
    page: int,
    size: PageSize,
    *,
    mode: ImageMode,
    unit: float = 1.0,
) -> Drawing:
    """Return page `page` (from 1) on white paper, with its annotations and filled form fields.

    `unit`: points of 1/72 inch that a unit of the page has.

    Raises:
        PageDamaged: it cannot be loaded or has no size.
    """
    sheet = open_page(document, page)
    try:
        points = page_size(sheet, page)
        scale = page_scale(points, size, unit)
        grey = mode is ImageMode.GREY
        bitmap = sheet.render(scale=scale, grayscale=grey, rev_byteorder=not grey)
    finally:
        sheet.close()
    drawn = (bitmap.width, bitmap.height)
    image = Image.frombuffer(mode.value, drawn, bitmap.buffer, "raw", mode.value, 0, 1)
    return Drawing(
        width=bitmap.width,
        height=bitmap.height,
        pixels=bitmap.buffer,
        dpi=max(1, round(scale / unit * POINTS_PER_INCH)),
        ink=page_ink(image),
        is_reduced=scale < page_scale(points, replace(size, max_side_px=sys.maxsize), unit),
    )


def open_page(document: pypdfium2.PdfDocument, page: int) -> pypdfium2.PdfPage:
    """Return page `page` (from 1); the caller closes it.

    Raises:
        PageDamaged: it cannot be loaded.
    """
    count = len(document)
    if page > count:
        raise PageDamaged(f"there is no page {page}: the PDF has {count}")
    try:
        return document.get_page(page - 1)
    except pypdfium2.PdfiumError:
        message = f"page {page} is in the PDF's count of {count}, but it cannot be loaded"
        raise PageDamaged(message) from None


def page_size(sheet: pypdfium2.PdfPage, page: int) -> tuple[float, float]:
    """Return width and height in points; a crop box that misses the page is ignored.

    Raises:
        PageDamaged: it has none.
    """
    width, height = sheet.get_size()
    if width <= 0 or height <= 0:
        sheet.set_cropbox(*sheet.get_mediabox())
        width, height = sheet.get_size()
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise PageDamaged(f"page {page} has no usable size: {width:g} x {height:g} points")
    return width, height


def page_scale(points: tuple[float, float], size: PageSize, unit: float = 1.0) -> float:
    """Return pixels a unit of the page: as asked, more for a small page, less for a large one.

    A page of 180 x 300 points, as slides and screenshots have, holds print far below the usual
    size: at 200 dpi word recall on one was 0.39, at 300 dpi 0.93.
    """
    enlarged = unit * min(MOST_ENLARGED, max(1.0, SMALL_POINTS / (unit * max(points))))
    # PDFium's binding rounds up: a hair less keeps the cap exact.
    return min(enlarged * size.dpi / POINTS_PER_INCH, size.max_side_px / max(points) * (1 - 1e-9))
