"""What a PDF says of itself as a whole: is it more than its pages? Runs in the child only."""

import ctypes
import re
from pathlib import PurePosixPath

import pypdfium2
from pypdfium2 import raw

from ocrqueue.model.document import StandIn
from ocrqueue.render.written import look
from ocrqueue.text import escape

MOST_ATTACHED = 50  # files that are named; a portfolio may have thousands
LONGEST_NAME = 200  # characters that are told of a file's name
LONGEST_NAME_BYTES = 65536  # a longer one is not asked for
_COLLECTION = re.compile(rb"/Collection(?![0-9A-Za-z])")


def stand_in(document: pypdfium2.PdfDocument) -> StandIn | None:
    """Return what the pages of a document stand for, if they are not its content."""
    if raw.FPDF_GetFormType(document) == raw.FORMTYPE_XFA_FULL:
        return StandIn.XFA
    if raw.FPDFDoc_GetAttachmentCount(document) > 0 and _is_collection(document):
        return StandIn.PORTFOLIO
    return None


def attached(document: pypdfium2.PdfDocument) -> tuple[str, ...]:
    """Return the names of the files inside, as they can be shown; the last may count the rest."""
    count = raw.FPDFDoc_GetAttachmentCount(document)
    names = [_name(document, index) for index in range(min(count, MOST_ATTACHED))]
    if count > MOST_ATTACHED:
        names.append(f"and {count - MOST_ATTACHED} more")
    return tuple(names)


def _name(document: pypdfium2.PdfDocument, index: int) -> str:
    attachment = raw.FPDFDoc_GetAttachment(document, index)
    size = raw.FPDFAttachment_GetName(attachment, None, 0) if attachment else 0
    if not 0 < size <= LONGEST_NAME_BYTES:
        return f"file {index + 1}"
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    raw.FPDFAttachment_GetName(attachment, buffer, size)
    text = bytes(buffer)[:size].decode("utf-16-le", "replace").rstrip("\0")
    return _shown(text) or f"file {index + 1}"


def _shown(name: str) -> str:
    """Return the last part of a name without what steers a terminal or breaks a line."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return " ".join(escape.printable(last).split())[:LONGEST_NAME]


def _is_collection(document: pypdfium2.PdfDocument) -> bool:
    """Tell whether the catalog has `/Collection` (ISO 32000-2, 12.3.5)."""
    return look(document, _COLLECTION) is not None
