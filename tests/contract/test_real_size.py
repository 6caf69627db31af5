"""The maker of a model of the real size: what it would make, without making it."""

import importlib
import math
from typing import Any

import pytest

from tests.support.tiny_model import needs_mlx

pytestmark = needs_mlx
GB = 1e9


@pytest.mark.parametrize(("bits", "size_gb"), [(8, 3.85), (16, 6.67)])
def test_its_weights_are_as_large_as_the_published_ones(bits: int, size_gb: float) -> None:
    """To two in a hundred of what the hub's pages say; no number is computed for it."""
    mx: Any = importlib.import_module("mlx.core")
    real_size: Any = importlib.import_module("tools.real_size")

    shapes = real_size.shapes(real_size.configuration(bits), bits)
    held = {
        name: math.prod(shape) * (4 if kind == mx.uint32 else 2)  # all else is written in half
        for name, (shape, kind) in shapes.items()
    }

    assert sum(held.values()) / GB == pytest.approx(size_gb, rel=0.02)
    assert len(held) == {8: 871, 16: 631}[bits]
