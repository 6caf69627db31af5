"""What a PDF says that PDFium tells nobody: is it more than its pages, how large is their unit?

PDFium draws pages whose dictionary has `/UserUnit` (ISO 32000-2, table 31) as if it had none. So
the file is searched for the word, and where it is found, each page is asked by copying it: PDFium
reads many entries for nobody, but writes each object anew, those of object streams in plain. Runs
in the child only.
"""

import ctypes
import mmap
import re
import zlib
from pathlib import Path, PurePosixPath
from typing import Any

import pypdfium2
from pypdfium2 import raw

from ocrqueue.model.document import StandIn
from ocrqueue.text import escape

MOST_ATTACHED = 50  # files that are named; a portfolio may have thousands
LONGEST_NAME = 200  # characters that are told of a file's name
LONGEST_NAME_BYTES = 65536  # a longer one is not asked for
_COLLECTION = re.compile(rb"/Collection(?![0-9A-Za-z])")  # ISO 32000-2, 12.3.5
LARGEST_UNIT = 10_000.0  # a page of more is no page
_UNIT_NAME = b"/UserUnit"
_UNIT = re.compile(rb"/UserUnit\s{0,16}(\d{1,6}(?:\.\d{0,6})?|\.\d{1,6})")
_PACKED = b"/ObjStm"
_BEGINS = re.compile(rb">>\s{0,16}stream\r?\n")
_LONGEST_HEAD = 600  # bytes from the word to what an object stream holds
MOST_PACKED = 20_000  # object streams that are looked into
MOST_PACKED_BYTES = 1024 * 1024  # of each
MOST_UNPACKED = 64 * 1024 * 1024  # bytes of all of them together
MOST_WRITTEN = 512 * 1024 * 1024  # bytes that are looked through
_OVERLAP = 64  # bytes; a sign may lie across two blocks


def stand_in(document: pypdfium2.PdfDocument) -> StandIn | None:
    """Return what the pages of a document stand for, if they are not its content."""
    if raw.FPDF_GetFormType(document) == raw.FORMTYPE_XFA_FULL:
        return StandIn.XFA
    if raw.FPDFDoc_GetAttachmentCount(document) > 0 and _look(document, _COLLECTION):
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


def mentions_units(source: Path) -> bool:
    """Tell whether the file has a page with a unit of its own, as far as can be told cheaply."""
    with source.open("rb") as stream:
        try:
            data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # an empty file
            return False
        with data:
            return data.find(_UNIT_NAME) >= 0 or _is_packed(data)


def unit_of(document: pypdfium2.PdfDocument, page: int) -> float:
    """Return how many points of 1/72 inch a unit of page `page` (from 1) has."""
    copy = pypdfium2.PdfDocument.new()
    try:
        copy.import_pages(document, [page - 1])
        found = _look(copy, _UNIT)
    except pypdfium2.PdfiumError:
        return 1.0
    finally:
        copy.close()
    unit = float(found[1]) if found else 1.0
    return unit if 0 < unit <= LARGEST_UNIT else 1.0


def _is_packed(data: mmap.mmap) -> bool:
    """Tell whether an object stream holds the word; a bounded number of them is unpacked."""
    place, left = data.find(_PACKED), MOST_UNPACKED
    for _ in range(MOST_PACKED):
        if place < 0 or left <= 0:
            break
        if begins := _BEGINS.search(data, place, place + _LONGEST_HEAD):
            unpacked = _unpacked(data, begins.end(), left)
            if _UNIT_NAME in unpacked:
                return True
            left -= len(unpacked)
        place = data.find(_PACKED, place + 1)
    return False


def _unpacked(data: mmap.mmap, start: int, most: int) -> bytes:
    """Return what a Flate stream holds; b"" for any other."""
    try:
        return zlib.decompressobj().decompress(data[start : start + MOST_PACKED_BYTES], most)
    except zlib.error:
        return b""


def _look(document: pypdfium2.PdfDocument, sign: re.Pattern[bytes]) -> re.Match[bytes] | None:
    """Return the first place of a sign of at most 64 bytes in the document's objects."""
    reader = _Reader(sign)
    writer = raw.FPDF_FILEWRITE(version=1)
    writer.WriteBlock = type(writer.WriteBlock)(reader.take)
    raw.FPDF_SaveAsCopy(document, writer, raw.FPDF_NO_INCREMENTAL)
    return reader.found or reader.rest()


class _Reader:
    """Takes what is written, keeps none of it, and ends the writing when it can."""

    def __init__(self, sign: re.Pattern[bytes]) -> None:
        self.found: re.Match[bytes] | None = None
        self._sign = sign
        self._seen = 0
        self._tail = b""

    def take(self, _: Any, data: Any, size: int) -> int:
        block = self._tail + ctypes.string_at(data, size)
        match = self._sign.search(block)
        # A number that ends with the block may go on in the next.
        if match and match.end() < len(block):
            self.found = match
        self._tail = block[-_OVERLAP:]
        self._seen += size
        return int(self.found is None and self._seen <= MOST_WRITTEN)

    def rest(self) -> re.Match[bytes] | None:
        return self._sign.search(self._tail)
