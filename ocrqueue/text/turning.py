"""A grey page image turned by quarters, until what stands on it is upright, or mirrored; pure."""

from dataclasses import replace

from ocrqueue.model.page import PageImage


def turned(image: PageImage, degrees: int) -> PageImage:
    """Return a grey image turned clockwise by 0, 90, 180 or 270 degrees."""
    match degrees:
        case 0:
            return image
        case 180:
            return replace(image, pixels=image.pixels[::-1])
        case 90:
            return _quarter(image)
        case _:
            return turned(_quarter(image), 180)


def mirrored(image: PageImage) -> PageImage:
    """Return a grey page as it is seen from behind."""
    width, pixels = image.width, image.pixels
    rows = (pixels[start : start + width][::-1] for start in range(0, len(pixels), width))
    return replace(image, pixels=b"".join(rows))


def _quarter(image: PageImage) -> PageImage:
    width, height, pixels = image.width, image.height, image.pixels
    bottom = (height - 1) * width
    # A column read upwards is a row of the turned image.
    rows = [pixels[bottom + column :: -width] for column in range(width)]
    return replace(image, width=height, height=width, pixels=b"".join(rows))
