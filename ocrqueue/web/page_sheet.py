"""The picture of a page with a frame round what is doubted; pure."""

from dataclasses import replace

from ocrqueue.model.page import ImageMode, PageImage

FRAME = (217, 72, 15)  # red, green, blue
THICK, AROUND = 4, 6  # pixels: the frame, and the room it leaves

Sides = tuple[int, int, int, int]  # pixels: left, top, then the first column and row outside


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
