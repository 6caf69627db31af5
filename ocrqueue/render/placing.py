"""Where a point of a PDF page lies in its picture: turned, cropped and scaled as it is shown."""

import ctypes
import math
from dataclasses import dataclass

import pypdfium2
from pypdfium2 import raw

FINE = 64  # parts of a pixel: PDFium answers in whole numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """A picture of a page, and the map from the page's points to its pixels."""

    width: int  # pixels
    height: int  # pixels
    x: tuple[float, float, float]  # of 1, of the point's x, of its y
    y: tuple[float, float, float]

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return a point in pixels from the top left corner."""
        return (
            self.x[0] + self.x[1] * x + self.x[2] * y,
            self.y[0] + self.y[1] * x + self.y[2] * y,
        )

    def direction(self, x: float, y: float) -> tuple[float, float]:
        """Return how far a step on the page leads to the right and down, in pixels."""
        return self.x[1] * x + self.x[2] * y, self.y[1] * x + self.y[2] * y

    def box(
        self, left: float, bottom: float, right: float, top: float
    ) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom in pixels."""
        x0, y0 = self.point(left, bottom)
        x1, y1 = self.point(right, top)
        # Asked for each letter: min() and max() would take half of all this.
        if x1 < x0:
            x0, x1 = x1, x0
        return (x0, y1, x1, y0) if y1 < y0 else (x0, y0, x1, y1)


def placing(page: pypdfium2.PdfPage, scale: float) -> Placing:
    """Return where the page's points lie in a picture of `scale` pixels a point."""
    width, height = page.get_size()
    pixels = (math.ceil(width * scale), math.ceil(height * scale))
    # Far points: what PDFium rounds is then below a thousandth of a pixel a point.
    here, right, above = (_device(page, pixels, *point) for point in ((0, 0), (1024, 0), (0, 1024)))
    x, y = (
        (here[at], (right[at] - here[at]) / 1024, (above[at] - here[at]) / 1024) for at in (0, 1)
    )
    return Placing(width=pixels[0], height=pixels[1], x=x, y=y)


def _device(
    page: pypdfium2.PdfPage, pixels: tuple[int, int], x: float, y: float
) -> tuple[float, float]:
    across, down = ctypes.c_int(), ctypes.c_int()
    width, height = (FINE * side for side in pixels)
    raw.FPDF_PageToDevice(
        page.raw, 0, 0, width, height, 0, x, y, ctypes.byref(across), ctypes.byref(down)
    )
    return across.value / FINE, down.value / FINE
