"""Lists of paths: what separates them, and what Windows puts before them."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ocrqueue.inputs.path_list import read_list


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"a.pdf\nb c.pdf\r\n\n\xff.pdf", [b"a.pdf", b"b c.pdf", b"\xff.pdf"]),
        (b"a\nb.pdf\0c.pdf\r\0", [b"a\nb.pdf", b"c.pdf\r"]),
        (b"only.pdf", [b"only.pdf"]),
        (b"\n\n", []),
        (b"", []),
        (b"\xef\xbb\xbfa.pdf\r\nb.pdf\r\n", [b"a.pdf", b"b.pdf"]),
        (b"\xef\xbb\xbf", []),
        (b"\xef\xbb\xbfa.pdf\0b.pdf\0", [b"\xef\xbb\xbfa.pdf", b"b.pdf"]),
        (b"\xef", [b"\xef"]),
        (b"\xff.pdf\n", [b"\xff.pdf"]),
        (
            "\ufeffGr\u00fc\u00dfe.pdf\r\nb.pdf".encode("utf-16-le"),
            ["Gr\u00fc\u00dfe.pdf".encode(), b"b.pdf"],
        ),
        ("\ufeff\u4fe1.pdf\n".encode("utf-16-be"), ["\u4fe1.pdf".encode()]),
    ],
)
def test_lists_name_any_file(data: bytes, names: list[bytes]) -> None:
    """Lines or NULs separate names; bytes that are no UTF-8 survive, marks of Windows do not."""
    assert [os.fsencode(path) for path in read_list(io.BytesIO(data))] == names
    trickled = io.BufferedReader(Trickle(data), buffer_size=1)
    if b"\0" not in data or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        assert [os.fsencode(path) for path in read_list(trickled)] == names


class Trickle(io.RawIOBase):
    """A stream that gives one byte at a time, as a pipe may."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._bytes = iter(data)

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Give the next byte."""
        byte = next(self._bytes, None)
        if byte is None:
            return 0
        buffer[0] = byte
        return 1


def test_list_is_read_as_it_arrives() -> None:
    """The first name comes out before the list has ended."""

    def endless() -> Iterator[int]:
        yield from b"a.pdf\n"
        message = "the list was read further than needed"
        raise AssertionError(message)

    stream = Trickle(b"")
    stream._bytes = endless()
    assert next(read_list(io.BufferedReader(stream))) == Path("a.pdf")


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=6).filter(lambda b: b"\0" not in b), min_size=1))
def test_nul_lists_round_trip(names: list[bytes]) -> None:
    """Any names joined by NUL come out again, however the bytes trickle in."""
    data = b"\0".join(names) + b"\0"
    assume(not names[0].startswith((b"\xff\xfe", b"\xfe\xff")))  # the marks of UTF-16
    assume(b"\n" not in names[0])  # a NUL must come before a line break to be noticed in time
    stream = io.BufferedReader(Trickle(data))
    assert [os.fsencode(path) for path in read_list(stream)] == [
        os.fsencode(Path(os.fsdecode(name))) for name in names
    ]
