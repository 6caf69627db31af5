"""A drawn page on its way from the child to the parent."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Raw pixels and what is known of them."""

    width: int  # pixels
    height: int  # pixels
    pixels: Any  # a buffer of width * height * (1 or 3) bytes
    dpi: int
    ink: float  # 0 to 1
