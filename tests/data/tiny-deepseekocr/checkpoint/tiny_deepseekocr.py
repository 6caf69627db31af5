"""DeepSeek-OCR with a SAM of 0.4 million numbers; all else is mlx-vlm's own.

mlx-vlm gives a DeepSeek-OCR the SAM of the real one, 95 million numbers, whatever config.json says.
So config.json names this file as its `model_file`, and mlx-vlm takes the classes from here.
"""

import mlx.core as mx
from mlx import nn
from mlx_vlm.models import deepseekocr
from mlx_vlm.models.deepseekocr import (
    LanguageModel,
    MLPConfig,
    ModelConfig,
    ProjectorConfig,
    TextConfig,
    VisionConfig,
    VisionModel,
)
from mlx_vlm.models.deepseekocr.sam import SAMEncoder

__all__ = [
    "LanguageModel",
    "MLPConfig",
    "Model",
    "ModelConfig",
    "ProjectorConfig",
    "TextConfig",
    "VisionConfig",
    "VisionModel",
]

PATCH, NECK, HALVED, FEATURES = 36, 34, 64, 256  # numbers a place has, stage by stage


class Model(deepseekocr.Model):  # type: ignore[misc]  # mlx-vlm ships no types
    """The real model with a small SAM."""

    def __init__(self, config: ModelConfig) -> None:
        """Build it as mlx-vlm does, then exchange the SAM."""
        super().__init__(config)
        self.sam_model = SAMEncoder(
            img_size=1024,
            patch_size=16,
            embed_dim=PATCH,
            depth=1,
            num_heads=1,
            mlp_ratio=1.0,
            out_chans=NECK,
            window_size=14,
            global_attn_indexes=(),
        )
        self.sam_model.net_2 = _halving(NECK, HALVED)
        self.sam_model.net_3 = _halving(HALVED, FEATURES)

    @staticmethod
    def sanitize(weights: dict[str, mx.array]) -> dict[str, mx.array]:
        """Widen the numbers: the file holds half of each, and experts on a CPU want all of it."""
        named = deepseekocr.Model.sanitize(weights)
        return {name: numbers.astype(mx.float32) for name, numbers in named.items()}


def _halving(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel_size=3, stride=2, padding=1, bias=False)
