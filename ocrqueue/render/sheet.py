"""Collects what a PDF page holds as text, for the reader of text layers; runs in the child only."""

import ctypes
import math
import re
from dataclasses import dataclass
from typing import Any

import pypdfium2
from pypdfium2 import raw

from ocrqueue.model.document import PageSize
from ocrqueue.model.errors.page import PageDamaged
from ocrqueue.render import pdf
from ocrqueue.render.annotations import annotations, as_drawn
from ocrqueue.render.drawn import Drawn, look_through
from ocrqueue.render.placing import Placing, placing
from ocrqueue.text.layer.sheet import (
    BELOW,
    BOLD,
    HIDDEN,
    MISSING,
    MOST_CHARACTERS,
    PIECE,
    SPACED,
    Character,
    Sheet,
)

BOLD_WEIGHT = 600
FORCED_BOLD = 1 << 18  # of a font's flags: PDF 32000-1, table 123
_BOLD_NAME = re.compile(r"bold|black|heavy|demi|cmbx|sfbx|[-,]bd?$|-medi", re.IGNORECASE)
_HYPHEN = "-"
_HYPHENS = frozenset({0x02, 0x2D, 0xAD, 0x2010, 0xFFFE})  # what PDFium makes of divided words
_BLANKS = frozenset(" \t\r\n\u00a0\u1680\u202f\u205f\u3000\u200b\ufeff") | {
    chr(code) for code in range(0x2000, 0x200B)
}
_LAST_CONTROL = 0x1F  # such codes stand for glyphs that no font map explains, such as ligatures
_LINE_ENDS = frozenset({0x09, 0x0A, 0x0D})
_LONGEST_NAME = 128  # bytes of a font's name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Face:
    """What all characters of a text object have in common."""

    size: float  # pixels
    angle: int  # degrees clockwise
    look: int  # a sum, as of a `Character`
    lean: float = 0.0  # of slanted letters: how far to the right for each pixel up


def read_sheet(
    document: pypdfium2.PdfDocument, page: int, size: PageSize, *, unit: float = 1.0
) -> Sheet:
    """Return what page `page` (from 1) holds, in pixels of the page as `pdf.draw` draws it.

    `unit`: points of 1/72 inch that a unit of the page has.

    Raises:
        PageDamaged: the page or its text cannot be loaded, or it has no size.
    """
    page_object = pdf.open_page(document, page)
    try:
        scale = pdf.page_scale(pdf.page_size(page_object, page), size, unit)
        place = placing(page_object, scale)
        told = annotations(document, page_object, place)
        with as_drawn(document, page_object, page, told.drawn) as whole:
            shown = whole or page_object
            drawn = look_through(shown, place)
            text_page = shown.get_textpage()
            try:
                characters, crowded = _characters(text_page, place, drawn)
            finally:
                text_page.close()
    except pypdfium2.PdfiumError as error:
        raise PageDamaged(f"page {page} has text that cannot be loaded: {error}") from None
    finally:
        page_object.close()
    return Sheet(
        width=place.width,
        height=place.height,
        characters=characters,
        crowded=crowded,
        rulings=drawn.rulings,
        fields=told.fields,
        links=told.links,
        lacks_notes=whole is None,
    )


def _characters(
    text_page: pypdfium2.PdfTextPage, place: Placing, drawn: Drawn
) -> tuple[tuple[Character, ...], bool]:
    """Return the characters that touch the page, and whether there are too many."""
    count = text_page.count_chars()
    if count > MOST_CHARACTERS:
        return (), True
    reader = _Characters(text_page, place, drawn)
    found = (reader.character(index) for index in range(count))
    return tuple(character for character in found if character is not None), False


class _Characters:
    """Asks PDFium for one character after the other; what a text object says is asked once.

    Blanks are no characters: PDFium adds some by itself, and many files have some within words.
    """

    def __init__(self, text_page: pypdfium2.PdfTextPage, place: Placing, drawn: Drawn) -> None:
        self._page = text_page.raw
        self._place = place
        self._drawn = drawn
        self._faces: dict[int, _Face] = {}
        self._spaced = False  # a blank came before
        self._last: tuple[int, float, float] = (0, 0.0, 0.0)  # text object and place
        self._box = raw.FS_RECTF()
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._at_box = ctypes.byref(self._box)
        self._at_x, self._at_y = ctypes.byref(self._x), ctypes.byref(self._y)

    def character(self, index: int) -> Character | None:
        """Return a character that is drawn; PDFium adds blanks and line ends by itself."""
        code = raw.FPDFText_GetUnicode(self._page, index)
        text_object = raw.FPDFText_GetTextObject(self._page, index)
        sign = self._sign(code, index)
        if not text_object or sign in _BLANKS:
            self._spaced = True
            return None
        if not raw.FPDFText_GetLooseCharBox(self._page, index, self._at_box):
            return None
        raw.FPDFText_GetCharOrigin(self._page, index, self._at_x, self._at_y)
        box = self._box
        left, top, right, bottom = self._place.box(box.left, box.bottom, box.right, box.top)
        inside = left <= self._place.width and right >= 0 <= bottom and top <= self._place.height
        if not inside:  # also where a damaged file gives no number
            return None
        key = ctypes.addressof(text_object.contents)
        face = self._faces.get(key)
        if face is None:
            face = self._faces[key] = self._face(index, text_object, key)
        look = face.look | (SPACED if self._spaced else 0)
        self._spaced = False
        x, y = self._place.point(self._x.value, self._y.value)
        if face.lean > 0:  # the box is around all that leans over: words would have no space
            right -= face.lean * (y - top)
        if self._last == (key, x, y):
            look |= PIECE
        self._last = (key, x, y)
        return Character(sign, left, top, right, bottom, x, y, face.size, face.angle, look)

    def _sign(self, code: int, index: int) -> str:
        if code in _HYPHENS and raw.FPDFText_IsHyphen(self._page, index) == 1:
            return _HYPHEN
        return chr(code) if _LAST_CONTROL < code <= pdf.MAX_CODE or code in _LINE_ENDS else MISSING

    def _face(self, index: int, text_object: Any, key: int) -> _Face:
        matrix = raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(self._page, index, ctypes.byref(matrix))
        # The direction of the baseline, not of the stems: those of slanted letters lean.
        along = self._place.direction(matrix.a, matrix.b)
        upward = self._place.direction(matrix.c, matrix.d)
        font_size = raw.FPDFText_GetFontSize(self._page, index)
        angle = round(math.degrees(math.atan2(along[1], along[0]))) % 360 if any(along) else 0
        leans = angle == 0 and 0 < upward[0] < -upward[1]
        return _Face(
            size=_finite(math.hypot(*upward) * font_size),
            angle=angle,
            look=self._look(index, text_object, key),
            lean=upward[0] / -upward[1] if leans else 0.0,
        )

    def _look(self, index: int, text_object: Any, key: int) -> int:
        look = 0
        mode = raw.FPDFTextObj_GetTextRenderMode(text_object)
        if mode in (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP):
            look |= HIDDEN
        if key in self._drawn.covered:
            look |= HIDDEN
        elif key in self._drawn.below:
            look |= BELOW
        if self._is_bold(index):
            look |= BOLD
        return look

    def _is_bold(self, index: int) -> bool:
        if raw.FPDFText_GetFontWeight(self._page, index) >= BOLD_WEIGHT:
            return True
        flags, name = ctypes.c_int(), ctypes.create_string_buffer(_LONGEST_NAME)
        raw.FPDFText_GetFontInfo(self._page, index, name, _LONGEST_NAME, ctypes.byref(flags))
        spelt = name.value.decode("utf-8", "replace")
        return flags.value & FORCED_BOLD != 0 or _BOLD_NAME.search(spelt) is not None


def _finite(size: float) -> float:
    return min(size, float(MOST_CHARACTERS)) if math.isfinite(size) else 0.0
