"""Figures on a page: their place in pixels, and the PNG file of what stands there; pure.

See https://www.w3.org/TR/png-3/ for the format.
"""

import struct
import zlib

from ocrqueue.model.page import ImageMode, PageImage

Box = tuple[int, int, int, int]  # left, top, right, bottom

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPE = {ImageMode.GREY: 0, ImageMode.RGB: 2}
_CHANNELS = {ImageMode.GREY: 1, ImageMode.RGB: 3}
_INCH_M = 0.0254


def in_pixels(box: Box, scale: int, image: PageImage) -> Box:
    """Return the pixels of a box that counts in parts of the page, `scale` being the far edge.

    At least one pixel, and inside the page.
    """
    left, right = _edges(box[0], box[2], scale, image.width)
    top, bottom = _edges(box[1], box[3], scale, image.height)
    return left, top, right, bottom


def png(image: PageImage, box: Box | None = None, *, packing: int = 6) -> bytes:
    """Return a part of a page, or all of it, as a PNG file, the same from run to run.

    `packing` is zlib's level: 1 is quick, 9 small. Written by hand, for only `render` knows Pillow.
    """
    channels = _CHANNELS[image.mode]
    left, top, right, bottom = box or (0, 0, image.width, image.height)
    row, begin, end = image.width * channels, left * channels, right * channels
    lines = (b"\0" + image.pixels[y * row + begin : y * row + end] for y in range(top, bottom))
    size = struct.pack(">II", right - left, bottom - top)
    density = round(image.dpi / _INCH_M)
    return b"".join(
        [
            _SIGNATURE,
            _chunk(b"IHDR", size + bytes([8, _COLOUR_TYPE[image.mode], 0, 0, 0])),
            _chunk(b"pHYs", struct.pack(">IIB", density, density, 1)),
            _chunk(b"IDAT", zlib.compress(b"".join(lines), packing)),
            _chunk(b"IEND", b""),
        ]
    )


def _edges(first: int, last: int, scale: int, size: int) -> tuple[int, int]:
    low = min(max(first * size // scale, 0), size - 1)
    high = min(max(-(-last * size // scale), low + 1), size)
    return low, high


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)
