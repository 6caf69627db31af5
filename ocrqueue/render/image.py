"""Opens and draws image files with Pillow; runs in the child only."""

import importlib
import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from PIL import Image, ImageOps, UnidentifiedImageError

from ocrqueue.model.document import Kind, PageSize
from ocrqueue.model.errors.document import DocumentDamaged
from ocrqueue.model.errors.page import PageDamaged, PageTooLarge
from ocrqueue.model.page import ImageMode
from ocrqueue.render import tiff
from ocrqueue.render.ink import page_ink
from ocrqueue.render.protocol import Drawing

FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "JPEG2000", "AVIF")
MAX_PIXELS = 200_000_000  # A0 at 300 dpi has 139 million; a small file can claim far more
SANE_DPI = (50.0, 1200.0)
LONGEST_INCHES = 24.0  # a longer page means that its resolution is a default, not true ...
LEAST_SCAN_DPI = 150.0  # ... if it is less: plans and posters are scanned with as many
ASSUMED_INCHES = 11.0  # long side of a page whose resolution nobody states
SMALL_SIDE_PX = 1000  # without a resolution, only smaller images are enlarged
MAX_ENLARGEMENT = 3.0
SCAN_DPI = 300  # a scan is never reduced below this: its small print was scanned for a reason
ORIENTATION = 0x0112  # EXIF: how the camera was held
CAMERA, EXPOSURE = 0x8769, 0x829A  # EXIF: what a camera says of a picture; for how long it looked
QUARTER_TURNS = (5, 6, 7, 8)  # orientations that swap width and height
# What Pillow's readers raise for broken data (found by running them over broken files).
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    IndexError,
    KeyError,
    RuntimeError,
    TypeError,
    AttributeError,
    EOFError,
    OverflowError,
    ZeroDivisionError,
    struct.error,
)

Image.MAX_IMAGE_PIXELS = None  # we have our own limit, with an error that says what to do


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """The size an image is read at."""

    width: int  # pixels
    height: int  # pixels
    dpi: int  # pixels an inch at that size, as far as known
    is_reduced: bool = False  # by the cap


def open_image(source: Path, kind: Kind) -> Image.Image:
    """Return the image with only its header read.

    Raises:
        DocumentDamaged: the header makes no sense.
    """
    if kind is Kind.HEIC:
        importlib.import_module("pillow_heif").register_heif_opener()
    if kind is Kind.TIFF:
        tiff.teach_masks()
    try:
        image = Image.open(source, formats=(*FORMATS, "HEIF") if kind is Kind.HEIC else FORMATS)
    except UnidentifiedImageError:
        message = "the image does not open: its header is damaged or incomplete"
        raise DocumentDamaged(message) from None
    except BROKEN as error:
        raise DocumentDamaged(f"the image does not open: {error}") from None
    # With a name, Pillow 13 maps an uncompressed TIFF into memory by the size that it will have
    # once turned: each row would begin in the middle of another.
    image.filename = ""
    return image


def count_frames(image: Image.Image) -> int:
    """Return the number of pages: frames of a TIFF, copies left out; an animation counts as one.

    Raises:
        DocumentDamaged: the list of frames is broken.
    """
    if image.format != "TIFF":
        return 1
    try:
        return len(tiff.pages(image))
    except BROKEN as error:
        raise DocumentDamaged(f"the pages of the TIFF cannot be counted: {error}") from None


def draw(image: Image.Image, page: int, size: PageSize, *, mode: ImageMode) -> Drawing:
    """Return page `page` (from 1) upright on white, scaled towards a size.

    Raises:
        PageDamaged: the data are broken or incomplete.
        PageTooLarge: it has more than `MAX_PIXELS` pixels.
    """
    with _damage_told(page):
        _go_to(image, page)
        if image.width * image.height > MAX_PIXELS:
            size_px = f"{image.width} x {image.height} pixels"
            raise PageTooLarge(f"page {page} has {size_px}; the limit is {MAX_PIXELS:,}")
        plan = _plan(image, size)
        image.draft(mode.value, (plan.width, plan.height))  # JPEG: decode no more than needed
        upright = ImageOps.exif_transpose(image)
        flat = flatten(upright, mode)
        if flat.size != (plan.width, plan.height):
            flat = flat.resize((plan.width, plan.height), Image.Resampling.LANCZOS)
    return Drawing(
        width=flat.width,
        height=flat.height,
        pixels=flat.tobytes(),
        dpi=plan.dpi,
        ink=page_ink(flat),
        is_reduced=plan.is_reduced,
    )


def flatten(image: Image.Image, mode: ImageMode) -> Image.Image:
    """Return any image as grey or RGB with 8 bits a channel, transparent parts white."""
    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image)
    if image.mode == "LAB":
        image = image.getchannel("L")
    if not image.has_transparency_data:
        return image.convert(mode.value)
    with_alpha = image.convert("RGBA")
    paper = Image.new(mode.value, image.size, "white")
    paper.paste(with_alpha.convert(mode.value), mask=with_alpha.getchannel("A"))
    return paper


@contextmanager
def _damage_told(page: int) -> Iterator[None]:
    """Turn what Pillow raises for broken data into `PageDamaged`."""
    try:
        yield
    except BROKEN as error:
        message = f"page {page} cannot be decoded: {str(error) or type(error).__name__}"
        raise PageDamaged(message) from None


def _go_to(image: Image.Image, page: int) -> None:
    if image.format == "TIFF":
        tiff.go_to(image, page)
    elif page > 1:  # an animation's frames are no pages
        raise PageDamaged(f"there is no page {page}: the image is one page")


def _plan(image: Image.Image, size: PageSize) -> Scaling:
    width, height = image.size
    native = _resolution(image)
    if image.getexif().get(ORIENTATION) in QUARTER_TURNS:
        native = native[::-1]
        if image.format != "TIFF":  # Pillow tells the size of a TIFF as it will be once turned
            width, height = height, width
    return scaling(width, height, size, native=native)


def _resolution(image: Image.Image) -> tuple[float, float]:
    """Return the dots an inch the file states, across and down; 0 where it states none.

    A camera states some, but it does not know how far the page is away.
    """
    if EXPOSURE in image.getexif().get_ifd(CAMERA):
        return (0.0, 0.0)
    try:
        across, down = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return (0.0, 0.0)
    return (across, down) if math.isfinite(across + down) else (0.0, 0.0)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return 16- or 32-bit grey or decimal values as 8-bit grey, by the range they use."""
    values = image.convert("F")
    low, high = cast("tuple[float, float]", values.getextrema())  # one band: one pair
    top = next((limit for limit in (1.0, 255.0, 4095.0, 65535.0) if high <= limit), high)
    if image.mode != "F" and top == 1.0:
        top = 255.0  # whole numbers: a nearly black picture, no share of white
    bottom = min(0.0, low)
    return values.point(lambda value: (value - bottom) * (255.0 / (top - bottom))).convert("L")


def scaling(width: int, height: int, size: PageSize, *, native: tuple[float, float]) -> Scaling:
    """Return the size to read an image of `width` x `height` pixels at.

    A stated resolution is brought to `size.dpi`, each axis for itself (faxes have 204 x 98); images
    without one are enlarged only when small. Never above three times, never beyond the cap.
    """
    across, down = _factors(width, height, native, size.dpi)
    is_sane = _is_sane(width, height, native)
    true_dpi = native[0] if is_sane else max(width, height) / ASSUMED_INCHES
    cap = min(1.0, size.max_side_px / max(width * across, height * down))
    across, down = across * cap, down * cap
    return Scaling(
        width=max(1, round(width * across)),
        height=max(1, round(height * down)),
        dpi=max(1, round(true_dpi * across)),
        is_reduced=cap < 1.0,
    )


def _factors(width: int, height: int, native: tuple[float, float], dpi: int) -> tuple[float, float]:
    if _is_sane(width, height, native):
        target = max(dpi, min(SCAN_DPI, *native))
        return min(MAX_ENLARGEMENT, target / native[0]), min(MAX_ENLARGEMENT, target / native[1])
    long_side = max(width, height)
    if long_side >= SMALL_SIDE_PX:
        return 1.0, 1.0
    factor = min(MAX_ENLARGEMENT, max(1.0, dpi * ASSUMED_INCHES / long_side))
    return factor, factor


def _is_sane(width: int, height: int, native: tuple[float, float]) -> bool:
    low, high = SANE_DPI
    if not all(low <= value <= high for value in native):
        return False
    is_scan = min(native) >= LEAST_SCAN_DPI
    return is_scan or max(width / native[0], height / native[1]) <= LONGEST_INCHES
