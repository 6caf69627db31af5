"""What PaddleOCR-VL's eyes compute in mlx-vlm, against a reference of our own.

mlx-vlm has 1e-6 in the norm before the projector, transformers 1e-5: that is below what is told.
"""

import importlib
from typing import Any

import pytest

from tests.support.tiny_model import needs_mlx

np: Any = pytest.importorskip("numpy", reason="mlx-vlm, which brings numpy, has no wheel here")
reference: Any = pytest.importorskip("tests.support.paddle_vision")

pytestmark = needs_mlx
HIGH, WIDE, HEADS = 20, 12, 2  # patches; heads
KNOWN = 8  # places of its table, down and across


@pytest.fixture
def eyes() -> Any:
    """Return eyes of a few thousand random numbers, as mlx-vlm computes with them."""
    mx, utils = importlib.import_module("mlx.core"), importlib.import_module("mlx.utils")
    package = importlib.import_module("mlx_vlm.models.paddleocr_vl")
    own = importlib.import_module("mlx_vlm.models.paddleocr_vl.vision")
    told = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2}
    told |= {"num_attention_heads": HEADS, "image_size": KNOWN * 14}
    made = own.VisionModel(package.VisionConfig.from_dict(told))
    dice = np.random.default_rng(5)
    rough = [
        (name, mx.array(dice.normal(1.0 if "norm" in name else 0, 0.3, numbers.shape)))
        for name, numbers in utils.tree_flatten(made.parameters())
    ]
    made.update(utils.tree_unflatten(rough))
    return made


def test_a_picture_is_seen_as_the_reference_sees_it(eyes: Any) -> None:
    """Places, turns, layers, projector and the order of the tokens."""
    mx, utils = importlib.import_module("mlx.core"), importlib.import_module("mlx.utils")
    patches = np.random.default_rng(6).uniform(-1, 1, (HIGH * WIDE, 3, 14, 14))
    named = utils.tree_flatten(eyes.parameters())
    weights = {name: np.array(numbers, dtype=np.float64) for name, numbers in named}

    seen = eyes(mx.array(patches)[None].astype(mx.float32), mx.array([[1, HIGH, WIDE]]))
    right = reference.image_tokens(weights, patches, HIGH, WIDE, HEADS)

    assert seen.shape == right.shape
    assert np.abs(np.array(seen, dtype=np.float64) - right).max() < 1e-4 * np.abs(right).max()
