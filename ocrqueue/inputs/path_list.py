"""Lists of paths, as files or pipes bring them: names in any bytes, read as they arrive."""

import codecs
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from ocrqueue.model.place import Place, place_of

_CHUNK_BYTES = 65536
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_MARK_BYTES = 2


def read_list(stream: BinaryIO) -> Iterator[Place]:
    """Yield the paths of a list, one a line, or separated by NUL where there is one.

    Names need not be UTF-8. Empty lines are ignored, and so is the byte order mark that Windows
    puts before lines; after the one of UTF-16, the list is UTF-16.
    """
    separator = b""
    rest = b""
    for chunk in _chunks(stream):
        rest += chunk
        if not separator and (separator := _separator_of(rest)):
            rest = _unmarked(rest, separator)
        if separator:
            *whole, rest = rest.split(separator)
            yield from _paths(whole, separator)
    rest = rest if separator else _unmarked(rest, b"")
    yield from _paths(rest.split(separator or b"\n"), separator)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Yield what arrives; UTF-16 as names are spelled here."""
    head = _read_some(stream)
    while len(head) < _MARK_BYTES and (more := _read_some(stream)):
        head += more
    encoding = _UTF16.get(head[:_MARK_BYTES])
    if encoding is None:
        yield head
        yield from iter(lambda: _read_some(stream), b"")
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    yield os.fsencode(decoder.decode(head[_MARK_BYTES:]))
    for chunk in iter(lambda: _read_some(stream), b""):
        yield os.fsencode(decoder.decode(chunk))


def _read_some(stream: BinaryIO) -> bytes:
    read_available: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
    return read_available(_CHUNK_BYTES)


def _separator_of(head: bytes) -> bytes:
    if b"\0" in head:
        return b"\0"
    return b"\n" if b"\n" in head else b""


def _unmarked(names: bytes, separator: bytes) -> bytes:
    """Return lines without the mark before the first; between NULs it may be part of a name."""
    return names if separator == b"\0" else names.removeprefix(codecs.BOM_UTF8)


def _paths(names: Sequence[bytes], separator: bytes) -> Iterator[Place]:
    for name in names:
        clean = name if separator == b"\0" else name.rstrip(b"\r")
        if clean:
            yield _place(os.fsdecode(clean))


def _place(text: str) -> Place:
    try:
        return place_of(text)
    except ValueError:  # an address of another kind is a path that is not there
        return Path(text)
