"""A page image as a JPEG file made from its pixels alone: nothing else of the page is in it.

The limits are those of the strictest known gateway: bodies of 6 291 456 bytes, and 5 MB an image.
"""

import base64
import math
from io import BytesIO

from PIL import Image

from ocrqueue.model import ImageMode, PageImage

MOST_BYTES = 4_500_000  # of the base64 text
QUALITIES = (88, 85)  # print stays crisp down to the second; below it, letters ring
SMALLER = 0.7  # a side of the second try, as a share of the first's


def data_url(image: PageImage, side_px: int) -> str:
    """Return the page as a `data:` address whose long side has at most `side_px` pixels."""
    while True:
        for quality in QUALITIES:
            text = base64.b64encode(_jpeg(image, side_px, quality)).decode("ascii")
            if len(text) <= MOST_BYTES:
                return f"data:image/jpeg;base64,{text}"
        side_px = math.floor(side_px * SMALLER)


def size(image: PageImage, side_px: int) -> tuple[int, int]:
    """Return the width and height, in pixels, that a page is sent with."""
    share = min(1.0, side_px / max(image.width, image.height))
    return max(1, round(image.width * share)), max(1, round(image.height * share))


def _jpeg(image: PageImage, side_px: int, quality: int) -> bytes:
    shown = Image.frombytes(image.mode.value, (image.width, image.height), image.pixels)
    wanted = size(image, side_px)
    if wanted != shown.size:
        shown = shown.resize(wanted, Image.Resampling.LANCZOS)
    file = BytesIO()
    subsampling = {} if image.mode is ImageMode.GREY else {"subsampling": 0}  # thin coloured print
    # Not optimised: for that the encoder wants a page in one buffer, and fails on a noisy one.
    shown.save(file, "JPEG", quality=quality, **subsampling)
    return file.getvalue()
