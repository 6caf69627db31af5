"""Decides how many pixels of an image file are read."""

from dataclasses import dataclass

SANE_DPI = (50.0, 1200.0)
LONGEST_INCHES = 24.0  # a longer page means that its resolution is a camera's default, not true
ASSUMED_INCHES = 11.0  # long side of a page whose resolution nobody states
SMALL_SIDE_PX = 1000  # without a resolution, only smaller images are enlarged
MAX_ENLARGEMENT = 3.0
SCAN_DPI = 300  # a scan is never reduced below this: its small print was scanned for a reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """The size an image is read at."""

    width: int  # pixels
    height: int  # pixels
    dpi: int  # pixels an inch at that size, as far as known


def scaling(
    width: int, height: int, *, native: tuple[float, float], dpi: int, max_side_px: int
) -> Scaling:
    """Return the size to read an image of `width` x `height` pixels at.

    A stated resolution is brought to `dpi`, each axis for itself (faxes have 204 x 98); images
    without one are enlarged only when small. Never above three times, never beyond the cap.
    """
    across, down = _factors(width, height, native, dpi)
    cap = min(1.0, max_side_px / max(width * across, height * down))
    across, down = across * cap, down * cap
    return Scaling(
        width=max(1, round(width * across)),
        height=max(1, round(height * down)),
        dpi=max(1, round(_true_dpi(width, height, native) * across)),
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
    return max(width / native[0], height / native[1]) <= LONGEST_INCHES


def _true_dpi(width: int, height: int, native: tuple[float, float]) -> float:
    if _is_sane(width, height, native):
        return native[0]
    return max(width, height) / ASSUMED_INCHES
