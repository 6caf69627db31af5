"""Opens, draws and reads PDF pages with PDFium; runs in the child only."""

import ctypes
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image
from pypdfium2 import raw

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
from ocrqueue.render.text_layer import HYPHEN_MARK, TextLayer

POINTS_PER_INCH = 72
SMALL_POINTS = 576  # a page whose long side is below 8 inches is drawn as if it had them
MOST_ENLARGED = 3
MAX_CODE = 0x10FFFF  # the last Unicode value
PALE = 245  # each of red, green, blue at least this: cannot be seen on white paper


def open_pdf(source: Path, passwords: Sequence[str]) -> tuple[pypdfium2.PdfDocument, str | None]:
    """Return the document and the password that opened it (None: it needs none).

    Raises:
        DocumentDamaged, NoPages, PasswordNeeded, PasswordWrong: it does not open.
    """
    for password in (None, *passwords):
        try:
            document = pypdfium2.PdfDocument(source, password=password)
        except pypdfium2.PdfiumError as error:
            if error.err_code != raw.FPDF_ERR_PASSWORD:
                raise _why_not(error) from None
        except OSError as error:
            message = f"the file cannot be opened: {error.strerror or 'it is gone'}"
            raise FileUnreadable(message) from None
        except UnicodeError:
            continue  # a password PDFium cannot be given opens nothing
        else:
            document.init_forms()  # before any page is loaded, or fields are not drawn
            return document, password
    if passwords:
        message = f"none of the {len(passwords)} given passwords opens the PDF"
        raise PasswordWrong(message)
    raise PasswordNeeded("the PDF is encrypted and needs a password")


def draw(
    document: pypdfium2.PdfDocument,
    page: int,
    *,
    dpi: int,
    mode: ImageMode,
    max_side_px: int,
    unit: float = 1.0,
) -> Drawing:
    """Return page `page` (from 1) on white paper, with its annotations and filled form fields.

    `unit`: points of 1/72 inch that a unit of the page has.

    Raises:
        PageDamaged: it cannot be loaded or has no size.
    """
    sheet = _load(document, page)
    try:
        points = _size(sheet, page)
        scale = _scale(points, dpi, max_side_px, unit)
        grey = mode is ImageMode.GREY
        bitmap = sheet.render(scale=scale, grayscale=grey, rev_byteorder=not grey)
    finally:
        sheet.close()
    size = (bitmap.width, bitmap.height)
    image = Image.frombuffer(mode.value, size, bitmap.buffer, "raw", mode.value, 0, 1)
    return Drawing(
        width=bitmap.width,
        height=bitmap.height,
        pixels=bitmap.buffer,
        dpi=max(1, round(scale / unit * POINTS_PER_INCH)),
        ink=page_ink(image),
        is_reduced=scale < _scale(points, dpi, sys.maxsize, unit),
    )


def read_layer(document: pypdfium2.PdfDocument, page: int) -> TextLayer:
    """Return the text of page `page` (from 1) and what is suspicious about it.

    Raises:
        PageDamaged: the page or its text cannot be loaded.
    """
    sheet = _load(document, page)
    try:
        text_page = sheet.get_textpage()
        return _collect(sheet, text_page)
    except pypdfium2.PdfiumError as error:
        message = f"page {page} has text that cannot be loaded: {error}"
        raise PageDamaged(message) from None
    finally:
        sheet.close()


def _why_not(error: pypdfium2.PdfiumError) -> DocumentDamaged | NoPages:
    if error.err_code == raw.FPDF_ERR_SUCCESS:
        return NoPages("the PDF opens but holds no page")
    return DocumentDamaged("the PDF does not open: its data are damaged or incomplete")


def _load(document: pypdfium2.PdfDocument, page: int) -> pypdfium2.PdfPage:
    count = len(document)
    if page > count:
        message = f"there is no page {page}: the PDF has {count}"
        raise PageDamaged(message)
    try:
        return document.get_page(page - 1)
    except pypdfium2.PdfiumError:
        message = f"page {page} is in the PDF's count of {count}, but it cannot be loaded"
        raise PageDamaged(message) from None


def _size(sheet: pypdfium2.PdfPage, page: int) -> tuple[float, float]:
    """Return width and height in points; a crop box that misses the page is ignored."""
    width, height = sheet.get_size()
    if width <= 0 or height <= 0:
        sheet.set_cropbox(*sheet.get_mediabox())
        width, height = sheet.get_size()
    if not (0 < width < math.inf and 0 < height < math.inf):
        message = f"page {page} has no usable size: {width:g} x {height:g} points"
        raise PageDamaged(message)
    return width, height


def _scale(size: tuple[float, float], dpi: int, max_side_px: int, unit: float = 1.0) -> float:
    """Return pixels a unit of the page: as asked, more for a small page, less for a large one.

    A page of 180 x 300 points, as slides and screenshots have, holds print far below the usual
    size: at 200 dpi word recall on one was 0.39, at 300 dpi 0.93.
    """
    enlarged = unit * min(MOST_ENLARGED, max(1.0, SMALL_POINTS / (unit * max(size))))
    # PDFium's binding rounds up: a hair less keeps the cap exact.
    return min(enlarged * dpi / POINTS_PER_INCH, max_side_px / max(size) * (1 - 1e-9))


def _collect(sheet: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage) -> TextLayer:
    box = sheet.get_bbox()
    seen: list[str] = []
    characters = hidden = pale = unmapped = 0
    for index in range(text_page.count_chars()):
        text_object = raw.FPDFText_GetTextObject(text_page, index)
        char = _character(text_page, index)
        if not text_object or char.isspace():  # PDFium adds blanks and line ends by itself
            seen.append(char)
        elif _is_inside(text_page.get_charbox(index), box):
            characters += 1
            unmapped += raw.FPDFText_HasUnicodeMapError(text_page, index) == 1
            pale += _is_pale(text_object)
            if _is_hidden(text_object):
                hidden += 1
            else:
                seen.append(char)
    return TextLayer(
        text="".join(seen),
        characters=characters,
        hidden=hidden,
        pale=pale,
        unmapped=unmapped,
        image_cover=_image_cover(sheet),
    )


def _is_inside(
    inner: tuple[float, float, float, float], outer: tuple[float, float, float, float]
) -> bool:
    """Say whether two boxes (left, bottom, right, top) touch."""
    return (
        inner[0] <= outer[2]
        and inner[2] >= outer[0]
        and inner[1] <= outer[3]
        and inner[3] >= outer[1]
    )


def _character(text_page: pypdfium2.PdfTextPage, index: int) -> str:
    if raw.FPDFText_IsHyphen(text_page, index) == 1:
        return HYPHEN_MARK
    code = raw.FPDFText_GetUnicode(text_page, index)
    return chr(code) if code <= MAX_CODE else "\ufffd"


def _is_hidden(text_object: Any) -> bool:
    return bool(raw.FPDFTextObj_GetTextRenderMode(text_object) == raw.FPDF_TEXTRENDERMODE_INVISIBLE)


def _is_pale(text_object: Any) -> bool:
    channels = [ctypes.c_uint() for _ in range(4)]
    if not raw.FPDFPageObj_GetFillColor(text_object, *channels):
        return False
    red, green, blue, opacity = (channel.value for channel in channels)
    return opacity < PALE // 10 or min(red, green, blue) >= PALE


def _image_cover(sheet: pypdfium2.PdfPage) -> float:
    """Return the share of the page that its largest image covers."""
    left, bottom, right, top = sheet.get_bbox()
    largest: float = 0.0
    for image in sheet.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        x0, y0, x1, y1 = image.get_bounds()
        width = min(x1, right) - max(x0, left)
        height = min(y1, top) - max(y0, bottom)
        largest = max(largest, max(0.0, width) * max(0.0, height))
    return float(largest / max(1.0, (right - left) * (top - bottom)))
