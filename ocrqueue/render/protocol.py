"""What the renderer is given and what it says of a document."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from struct import Struct
from typing import Any, BinaryIO

from ocrqueue.model.document import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderLimits:
    """What one request to the child may take."""

    timeout_s: float = 30.0  # seconds for one count or one page
    memory_mb: int = 2048  # MiB above what the idle child takes
    # Pixels of the long side: A3 at 200 dpi fits. More did not read better: word recall on ten
    # typed scans of one pixel a point was 0.76 at 2500, 0.75 at 3400, 0.74 at 4000 (near noise).
    max_side_px: int = 3400
    recycle_after: int = 500  # requests after which the child is replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a document is and how many pages it claims."""

    kind: Kind
    pages: int
    password: str | None = field(repr=False)  # the one that opened it; None: it needs none


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Raw pixels and what is known of them."""

    width: int  # pixels
    height: int  # pixels
    pixels: Any  # a buffer of width * height * (1 or 3) bytes
    dpi: int
    ink: float  # 0 to 1


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
