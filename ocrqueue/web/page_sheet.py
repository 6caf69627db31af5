"""The picture of a page as a PNG file, with a frame round what is doubted; pure.

Written by hand, for only `render` knows Pillow: a PNG file without filters is three chunks.
"""

import struct
import zlib
from dataclasses import replace

from ocrqueue.model.page import ImageMode, PageImage

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPE = {ImageMode.GREY: 0, ImageMode.RGB: 2}
FRAME = (217, 72, 15)  # red, green, blue
THICK, AROUND = 4, 6  # pixels: the frame, and the room it leaves

Sides = tuple[int, int, int, int]  # pixels: left, top, then the first column and row outside


def png(image: PageImage) -> bytes:
    """Return a drawn page as a PNG file."""
    bands = len(image.pixels) // (image.width * image.height)
    row = image.width * bands
    rows = bytearray()
    for at in range(image.height):
        rows += b"\0" + image.pixels[at * row : (at + 1) * row]  # 0: no filter
    head = struct.pack(">IIBBBBB", image.width, image.height, 8, COLOUR_TYPE[image.mode], 0, 0, 0)
    body = zlib.compress(bytes(rows), 1)
    return SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def framed(image: PageImage, sides: Sides) -> PageImage:
    """Return a page in colours with a frame round a place; what is outside of it is left out."""
    if image.mode is not ImageMode.RGB:
        return image
    left, top = (max(0, side - AROUND) for side in sides[:2])
    right, bottom = min(image.width, sides[2] + AROUND), min(image.height, sides[3] + AROUND)
    if left >= right or top >= bottom:
        return image
    pixels, colour = bytearray(image.pixels), bytes(FRAME)
    thick = min(THICK, right - left)
    for y in range(top, bottom):
        at = 3 * (y * image.width + left)
        if y - top < THICK or bottom - y <= THICK:
            pixels[at : at + 3 * (right - left)] = colour * (right - left)
        else:
            end = at + 3 * (right - left)
            pixels[at : at + 3 * thick] = pixels[end - 3 * thick : end] = colour * thick
    return replace(image, pixels=bytes(pixels))


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
