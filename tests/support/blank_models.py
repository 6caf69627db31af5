"""Tiny models of other kinds than DeepSeek-OCR: never trained, whatever they say is noise."""

import importlib
import json
from pathlib import Path
from typing import Any

from tests.support.tiny_model import CHECKPOINT

END = 1  # the token's number in the tiny model's tokenizer
IMAGE = 3
WIDTH, HEADS = 64, 4
PIXELS = {"patch_size": 14, "merge_size": 2, "min_pixels": 56 * 56, "max_pixels": 448 * 448}
CHAT = (
    "{% for message in messages %}<|User|>"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endfor %}<|Assistant|>"
)

_TEXT = {
    "vocab_size": 480,
    "hidden_size": WIDTH,
    "intermediate_size": 2 * WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": HEADS,
    "num_key_value_heads": 2,
    "head_dim": WIDTH // HEADS,
    "eos_token_id": END,
    "pad_token_id": 2,
    "bos_token_id": 0,
}
_MROPE = {"type": "default", "rope_type": "default", "mrope_section": [2, 3, 3]}
_VISION = {
    "hidden_size": WIDTH,
    "intermediate_size": 2 * WIDTH,
    "num_hidden_layers": 1,
    "num_attention_heads": HEADS,
    "patch_size": 14,
    "image_size": 224,
    "spatial_merge_size": 2,
}
_IMAGE_TOKEN = {"image_token_id": IMAGE, "video_token_id": 479}
CONFIGS: dict[str, dict[str, Any]] = {
    "paddleocr_vl": {
        **_TEXT,
        **_IMAGE_TOKEN,
        "hidden_size": 1024,  # written into mlx-vlm's own vision for this kind
        "use_bias": False,
        "rope_scaling": _MROPE,
        "vision_start_token_id": 4,
        "vision_end_token_id": 5,
        "vision_config": _VISION,
    },
    "glm_ocr": {
        **_IMAGE_TOKEN,
        "vocab_size": 480,
        "hidden_size": WIDTH,
        "eos_token_id": [END],
        "image_start_token_id": 4,
        "image_end_token_id": 5,
        "text_config": {
            **{name: value for name, value in _TEXT.items() if name != "bos_token_id"},
            "eos_token_id": [END],
            "rope_parameters": {**_MROPE, "partial_rotary_factor": 1.0, "rope_theta": 10000},
        },
        "vision_config": {
            "depth": 1,
            "hidden_size": WIDTH,
            "intermediate_size": 2 * WIDTH,
            "num_heads": HEADS,
            "out_hidden_size": WIDTH,
        },
    },
}


def write(folder: Path, kind: str, seed: int = 1) -> None:
    """Write a checkpoint of a kind, with random numbers."""
    import mlx.core as mx  # noqa: PLC0415 - not everywhere
    from mlx.utils import tree_flatten  # noqa: PLC0415

    config = {"model_type": kind, **CONFIGS[kind]}
    module = importlib.import_module(f"mlx_vlm.models.{kind}")
    for name, content in _files(kind, config).items():
        (folder / name).write_text(content, "utf-8")
    mx.random.seed(seed)
    model = module.Model(_parsed(module, json.loads(json.dumps(config))))
    weights = {
        name: mx.random.normal(numbers.shape) * max(numbers.shape[-1], 1) ** -0.5
        for name, numbers in tree_flatten(model.parameters())
    }
    mx.save_safetensors(str(folder / "model.safetensors"), weights, metadata={"format": "mlx"})


def _parsed(module: Any, config: dict[str, Any]) -> Any:
    """Return a configuration as mlx-vlm's loader reads it."""
    config.setdefault("text_config", {})
    parsed = module.ModelConfig.from_dict(config)
    parsed.text_config = module.TextConfig.from_dict(config["text_config"])
    parsed.vision_config = module.VisionConfig.from_dict(config["vision_config"])
    return parsed


def _files(kind: str, config: dict[str, Any]) -> dict[str, str]:
    pictures: dict[str, Any] = {**PIXELS, "temporal_patch_size": 1}
    if kind == "glm_ocr":
        edges = {"shortest_edge": PIXELS["min_pixels"], "longest_edge": PIXELS["max_pixels"]}
        pictures = {"patch_size": 14, "merge_size": 2, "temporal_patch_size": 2, "size": edges}
    tokenizer = json.loads((CHECKPOINT / "tokenizer_config.json").read_text("utf-8"))
    tokenizer |= {"image_token": "<image>", "extra_special_tokens": {"image_token": "<image>"}}
    return {
        "config.json": json.dumps(config),
        "preprocessor_config.json": json.dumps(pictures),
        "tokenizer_config.json": json.dumps(tokenizer),
        "tokenizer.json": (CHECKPOINT / "tokenizer.json").read_text("utf-8"),
        "chat_template.jinja": CHAT,
    }
