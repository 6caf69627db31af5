"""How large a unit of a PDF page is: 1/72 inch, or some multiple of it; runs in the child only.

PDFium draws pages whose dictionary has `/UserUnit` (ISO 32000-2, table 31) as if it had none, and
tells it to nobody. So the file is searched for the word, and where it is found, each page is asked
by copying it.
"""

import mmap
import re
import zlib
from pathlib import Path

import pypdfium2

from ocrqueue.render.written import look

LARGEST = 10_000.0  # a page of more is no page
_NAME = b"/UserUnit"
_VALUE = re.compile(rb"/UserUnit\s{0,16}(\d{1,6}(?:\.\d{0,6})?|\.\d{1,6})")
_PACKED = b"/ObjStm"
_BEGINS = re.compile(rb">>\s{0,16}stream\r?\n")
_LONGEST_HEAD = 600  # bytes from the word to what an object stream holds
MOST_PACKED = 20_000  # object streams that are looked into
MOST_PACKED_BYTES = 1024 * 1024  # of each
MOST_UNPACKED = 64 * 1024 * 1024  # bytes of all of them together


def is_mentioned(source: Path) -> bool:
    """Tell whether the file has a page with a unit of its own, as far as can be told cheaply."""
    with source.open("rb") as stream:
        try:
            data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # an empty file
            return False
        with data:
            return data.find(_NAME) >= 0 or _is_packed(data)


def of_page(document: pypdfium2.PdfDocument, page: int) -> float:
    """Return how many points of 1/72 inch a unit of page `page` (from 1) has."""
    copy = pypdfium2.PdfDocument.new()
    try:
        copy.import_pages(document, [page - 1])
        found = look(copy, _VALUE)
    except pypdfium2.PdfiumError:
        return 1.0
    finally:
        copy.close()
    unit = float(found[1]) if found else 1.0
    return unit if 0 < unit <= LARGEST else 1.0


def _is_packed(data: mmap.mmap) -> bool:
    """Tell whether an object stream holds the word; a bounded number of them is unpacked."""
    place, left = data.find(_PACKED), MOST_UNPACKED
    for _ in range(MOST_PACKED):
        if place < 0 or left <= 0:
            break
        if begins := _BEGINS.search(data, place, place + _LONGEST_HEAD):
            unpacked = _unpacked(data, begins.end(), left)
            if _NAME in unpacked:
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
