"""The checkpoint's files: configuration, tokenizer, weights in half precision."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx.utils import tree_flatten
from mlx_vlm.utils import get_model_and_args, load_config

from tools.tiny_model import sight, vocabulary

MODEL_FILE = "tiny_deepseekocr.py"
WIDTH = 128  # numbers that a token is to the decoder
_IMAGE_SIZE = [[1024, 1024]]
_DECODER = {
    "model_type": "deepseek_v2",
    "vocab_size": vocabulary.SIZE,
    "hidden_size": WIDTH,
    "intermediate_size": 2 * WIDTH,
    "moe_intermediate_size": WIDTH // 2,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "n_shared_experts": 1,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "moe_layer_freq": 1,
    "first_k_dense_replace": 1,
    "kv_lora_rank": None,
    "q_lora_rank": None,
    "qk_nope_head_dim": 0,
    "qk_rope_head_dim": 0,
    "v_head_dim": WIDTH // 4,
    "topk_method": "greedy",
    "n_group": 1,
    "topk_group": 1,
    "max_position_embeddings": 8192,
    "rms_norm_eps": 1e-6,
    "rope_theta": 10000.0,
    "use_mla": False,
}


def write_configuration(folder: Path) -> None:
    """Write the JSON files; the Python beside them is not made but written by hand."""
    for name, content in configuration().items():
        text = json.dumps(content, indent=1, ensure_ascii=False)
        (folder / name).write_text(f"{text}\n", "utf-8")
    vocabulary.tokenizer().save(str(folder / "tokenizer.json"))


def write_weights(folder: Path, weights: Mapping[str, mx.array]) -> None:
    """Write the weights in half precision."""
    half = {name: numbers.astype(mx.float16) for name, numbers in weights.items()}
    mx.save_safetensors(str(folder / "model.safetensors"), half, metadata={"format": "mlx"})


def configuration() -> Mapping[str, Any]:
    """Return the JSON files but tokenizer.json, by name."""
    begin, end, pad = (
        {"bos_token": vocabulary.BEGIN},
        {"eos_token": vocabulary.END},
        {"pad_token": vocabulary.PAD},
    )
    return {
        "config.json": _config(),
        "processor_config.json": {
            "processor_class": "DeepseekOCRProcessor",
            "candidate_resolutions": _IMAGE_SIZE,
            "patch_size": 16,
            "downsample_ratio": 4,
            "image_mean": [0.5, 0.5, 0.5],
            "image_std": [0.5, 0.5, 0.5],
            "normalize": True,
            "image_token": vocabulary.IMAGE,
            **pad,
            "add_special_token": False,
            "sft_format": "deepseek",
            "mask_prompt": False,
            "ignore_id": -100,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            **(begin | end | pad),
            "additional_special_tokens": list(vocabulary.CONTROL[3:]),
            "add_bos_token": False,
            "add_eos_token": False,
            "clean_up_tokenization_spaces": False,
            "model_max_length": 8192,
        },
        "special_tokens_map.json": begin | end | pad,
    }


def untrained(folder: Path, seed: int = 0) -> dict[str, mx.array]:
    """Return weights of which only the vision is right; `folder` holds config and Python."""
    mx.random.seed(seed)
    given = sight.weights()
    made = {}
    for name, shape in _shapes(folder).items():
        if name in given:
            made[name] = given[name]
        elif name.startswith(("sam_model.", "vision_model.")):
            made[name] = mx.zeros(shape)
        elif "norm" in name:
            made[name] = mx.ones(shape)
        elif name == "projector.layers.bias":
            made[name] = mx.random.normal(shape) * 0.5
        elif name == "projector.layers.weight":
            made[name] = _projector(shape[0])
        else:
            small = "embed" in name or "gate.weight" in name
            made[name] = mx.random.normal(shape) * (0.02 if small else shape[-1] ** -0.5)
    return made


def _projector(numbers: int) -> mx.array:
    """Return a random projector of what is seen."""
    return sight.through_clip(mx.random.normal((numbers, sight.FEATURES)) * sight.FEATURES**-0.5)


def _shapes(folder: Path) -> dict[str, tuple[int, ...]]:
    config = load_config(folder)
    module, _ = get_model_and_args(config, folder)
    config.setdefault("text_config", {})
    model = module.Model(module.ModelConfig.from_dict(config))
    return {name: numbers.shape for name, numbers in tree_flatten(model.parameters())}


def _config() -> Mapping[str, Any]:
    return {
        "model_type": "deepseekocr",
        "model_file": MODEL_FILE,
        "architectures": ["DeepseekOCRForCausalLM"],
        "candidate_resolutions": _IMAGE_SIZE,
        "global_view_pos": "head",
        "tile_tag": "2D",
        "bos_token_id": vocabulary.CONTROL.index(vocabulary.BEGIN),
        "eos_token_id": vocabulary.CONTROL.index(vocabulary.END),
        "pad_id": vocabulary.CONTROL.index(vocabulary.PAD),
        "image_token_index": vocabulary.CONTROL.index(vocabulary.IMAGE),
        "vocab_size": vocabulary.SIZE,
        "language_config": _DECODER,
        "projector_config": {
            "model_type": "mlp_projector",
            "projector_type": "linear",
            "input_dim": 2 * sight.FEATURES,
            "n_embed": WIDTH,
        },
        "vision_config": {
            "model_type": "vision",
            "layers": 1,
            "hidden_size": sight.FEATURES,
            "intermediate_size": 64,
            "num_attention_heads": 4,
            "image_size": 224,
            "patch_size": 14,
            "num_channels": 3,
        },
    }
