"""Looks for a sign in a PDF as PDFium would write it; runs in the child only.

PDFium reads many entries for nobody, but writes each object anew, those of object streams in plain.
"""

import ctypes
import re
from typing import Any

import pypdfium2
from pypdfium2 import raw

MOST_WRITTEN = 512 * 1024 * 1024  # bytes that are looked through
_OVERLAP = 64  # bytes; a sign may lie across two blocks


def look(document: pypdfium2.PdfDocument, sign: re.Pattern[bytes]) -> re.Match[bytes] | None:
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
