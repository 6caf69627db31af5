"""How the renderer and its child talk, and what a drawn page is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from struct import Struct
from typing import Any, BinaryIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Raw pixels and what is known of them."""

    width: int  # pixels
    height: int  # pixels
    pixels: Any  # a buffer of width * height * (1 or 3) bytes
    dpi: int
    ink: float  # 0 to 1
    is_reduced: bool = False  # by the cap


LENGTH = Struct("!I")
MAX_HEADER = 64 * 1024 * 1024  # bytes; a longer header means the two sides lost step


def pack(header: Mapping[str, Any]) -> bytes:
    """Return a header as it travels; lone surrogates (odd file names) survive as escapes."""
    body = json.dumps(header).encode("ascii")
    return LENGTH.pack(len(body)) + body


def receive(stream: BinaryIO) -> dict[str, Any] | None:
    """Return the next header of a blocking stream, or None at its end."""
    length = stream.read(LENGTH.size)
    if len(length) < LENGTH.size:
        return None
    body = stream.read(LENGTH.unpack(length)[0])
    return dict(json.loads(body))
