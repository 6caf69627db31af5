"""What lies on a PDF page: filled fields, links, and notes and stamps that it shows.

Runs in the child only.
"""

import ctypes
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pypdfium2
from pypdfium2 import raw

from ocrqueue.render.placing import Placing
from ocrqueue.text.layer.sheet import Field, FieldKind, Link, Rect

MOST_ANNOTATIONS = 3_000  # of a page; the fullest form has some 500
LONGEST_TEXT = 20_000  # characters of a field or a note
LONGEST_ADDRESS = 2_000
_ADDRESSES = ("http://", "https://", "mailto:")
_UNSEEN = raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW | raw.FPDF_ANNOT_FLAG_INVISIBLE
_PASSWORD = 1 << 13  # of a text field's flags: PDF 32000-1, table 228
_OFF = ("", "Off")
_TEXTS = (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX)
_CHOICES = (raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX)
_BUTTONS = (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON)


@dataclass(slots=True)
class Annotations:
    """What was found."""

    fields: tuple[Field, ...] = ()
    links: tuple[Link, ...] = ()
    drawn: tuple[int, ...] = ()  # numbers of notes, stamps and signatures whose text is only drawn


def annotations(
    document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, place: Placing
) -> Annotations:
    """Return what a reader sees of a page's annotations; of very many, the first."""
    found = Annotations()
    for index in range(min(MOST_ANNOTATIONS, raw.FPDFPage_GetAnnotCount(page.raw))):
        annotation = raw.FPDFPage_GetAnnot(page.raw, index)
        if not annotation:
            continue
        try:
            if not raw.FPDFAnnot_GetFlags(annotation) & _UNSEEN:
                _take(index, annotation, document, place, found)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    return found


@contextmanager
def as_drawn(
    document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, number: int, drawn: Sequence[int]
) -> Iterator[pypdfium2.PdfPage | None]:
    """Open page `number` (from 1) with these annotations of it as a part of what it draws.

    What somebody wrote about a note need not be what the page shows. None: PDFium cannot do it.
    """
    if not drawn:
        yield page
        return
    copy = pypdfium2.PdfDocument.new()
    try:
        copy.import_pages(document, [number - 1])
        is_whole = _flattened(copy, drawn, raw.FPDFPage_GetAnnotCount(page.raw))
        flat = copy.get_page(0)
        try:
            yield flat if is_whole else None
        finally:
            flat.close()
    finally:
        copy.close()


def _flattened(copy: pypdfium2.PdfDocument, drawn: Sequence[int], count: int) -> bool:
    page = copy.get_page(0)
    try:
        if raw.FPDFPage_GetAnnotCount(page.raw) != count:
            return False
        for index in reversed(range(count)):
            if index not in drawn:
                raw.FPDFPage_RemoveAnnot(page.raw, index)
        flat = raw.FPDFPage_Flatten(page.raw, raw.FLAT_NORMALDISPLAY)
        return bool(flat == raw.FLATTEN_SUCCESS)
    finally:
        page.close()


def _take(
    index: int, annotation: Any, document: pypdfium2.PdfDocument, place: Placing, found: Annotations
) -> None:
    box = _box(annotation, place)
    match raw.FPDFAnnot_GetSubtype(annotation):
        case raw.FPDF_ANNOT_WIDGET if document.formenv is not None:
            _take_field(index, annotation, document.formenv.raw, place, found)
        case raw.FPDF_ANNOT_LINK:
            address = _address(annotation, document)
            found.links += (Link(box, address),) if address else ()
        case raw.FPDF_ANNOT_FREETEXT | raw.FPDF_ANNOT_STAMP | raw.FPDF_ANNOT_WIDGET:
            found.drawn += (index,) if _draws_text(annotation) else ()


def _take_field(index: int, annotation: Any, form: Any, place: Placing, found: Annotations) -> None:
    kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in (*_TEXTS, *_BUTTONS):
        found.fields += (_field(annotation, form, kind, place),)
    elif kind != raw.FPDF_FORMFIELD_PUSHBUTTON:
        found.drawn += (index,) if _draws_text(annotation) else ()


def _field(annotation: Any, form: Any, kind: int, place: Placing) -> Field:
    box = _box(annotation, place)
    if kind in _BUTTONS:
        ticked = _is_ticked(annotation, form)
        return Field(FieldKind.CHECK, box, "", ticked=ticked, size=0.0)
    size = ctypes.c_float()
    raw.FPDFAnnot_GetFontSize(form, annotation, ctypes.byref(size))
    scale = abs(place.direction(0, 1)[0]) + abs(place.direction(0, 1)[1])
    filled = _filled(annotation, form, kind)
    return Field(FieldKind.TEXT, box, filled, ticked=False, size=size.value * scale)


def _is_ticked(annotation: Any, form: Any) -> bool:
    """Return the field's state: the picture that is shown, else the field's own value.

    Where a file does not say which is shown, or has no picture of it, PDFium says that it is off,
    but draws what the value tells, be it that of the whole group: then it is not the "Off" picture.
    """
    value, state = _value(annotation, b"V"), _value(annotation, b"AS")
    if state not in _OFF:
        return True
    if raw.FPDFAnnot_GetFormFieldType(form, annotation) == raw.FPDF_FORMFIELD_CHECKBOX:
        if value not in _OFF:
            return True
    elif value and value == _text(raw.FPDFAnnot_GetFormFieldExportValue, form, annotation):
        return True
    if state:
        return False
    shown = _picture(annotation)
    _set_state(annotation, "Off")
    off = _picture(annotation)
    _set_state(annotation, "")
    return shown != off


def _filled(annotation: Any, form: Any, kind: int) -> str:
    """Return what a reader sees in a field: of a choice its label, of a password nothing."""
    flags = raw.FPDFAnnot_GetFormFieldFlags(form, annotation)
    if kind == raw.FPDF_FORMFIELD_TEXTFIELD and flags & _PASSWORD:
        return ""
    if kind in _CHOICES:
        count = min(MOST_ANNOTATIONS, max(0, raw.FPDFAnnot_GetOptionCount(form, annotation)))
        chosen = [n for n in range(count) if raw.FPDFAnnot_IsOptionSelected(form, annotation, n)]
        if chosen:
            labels = (_text(raw.FPDFAnnot_GetOptionLabel, form, annotation, n) for n in chosen)
            return "\n".join(labels)
    return _text(raw.FPDFAnnot_GetFormFieldValue, form, annotation)


def _address(annotation: Any, document: pypdfium2.PdfDocument) -> str:
    """Return where a link leads; "" for one that leads elsewhere than to the web or to mail."""
    action = raw.FPDFLink_GetAction(raw.FPDFAnnot_GetLink(annotation))
    if not action or raw.FPDFAction_GetType(action) != raw.PDFACTION_URI:
        return ""
    size = raw.FPDFAction_GetURIPath(document.raw, action, None, 0)
    if not 1 < size <= LONGEST_ADDRESS:
        return ""
    buffer = ctypes.create_string_buffer(size)
    raw.FPDFAction_GetURIPath(document.raw, action, buffer, size)
    address = buffer.value.decode("ascii", "replace")
    return address if address.lower().startswith(_ADDRESSES) else ""


def _picture(annotation: Any) -> str:
    """Return the operators that draw it; "" for none."""
    return _text(raw.FPDFAnnot_GetAP, annotation, raw.FPDF_ANNOT_APPEARANCEMODE_NORMAL)


def _set_state(annotation: Any, state: str) -> None:
    """Say which of its pictures is shown; "": the one that its value tells."""
    written = ctypes.create_string_buffer(f"{state}\0".encode("utf-16-le"))
    raw.FPDFAnnot_SetStringValue(
        annotation, b"AS", ctypes.cast(written, ctypes.POINTER(ctypes.c_ushort))
    )


def _draws_text(annotation: Any) -> bool:
    """Whether an annotation's picture holds letters, as those of stamps and signatures do."""
    telling = (raw.FPDF_PAGEOBJ_TEXT, raw.FPDF_PAGEOBJ_FORM)
    count = min(MOST_ANNOTATIONS, max(0, raw.FPDFAnnot_GetObjectCount(annotation)))
    objects = (raw.FPDFAnnot_GetObject(annotation, index) for index in range(count))
    return any(raw.FPDFPageObj_GetType(one) in telling for one in objects if one)


def _box(annotation: Any, place: Placing) -> Rect:
    rect = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(annotation, ctypes.byref(rect))
    sides = place.box(rect.left, rect.bottom, rect.right, rect.top)
    return Rect(*(round(side, 1) for side in sides))


def _value(annotation: Any, key: bytes) -> str:
    return _text(raw.FPDFAnnot_GetStringValue, annotation, key)


def _text(ask: Callable[..., int], *of: Any) -> str:
    """Return the text that a function of PDFium writes; one too long is left to the picture."""
    size = ask(*of, None, 0)
    if not 2 < size <= 2 * LONGEST_TEXT:  # noqa: PLR2004 - the zero at its end
        return ""
    buffer = ctypes.create_string_buffer(size)
    ask(*of, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    return buffer.raw.decode("utf-16-le", "replace").split("\0", 1)[0]
