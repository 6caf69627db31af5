"""What PaddleOCR-VL sees, computed a second time: plain numpy in double precision, no mlx.

Written from the code of transformers 5.23 (models/paddleocr_vl/modeling_paddleocr_vl.py, and
`get_vision_interpolation_indices_and_weights`), which was read and not run. Weights are a mapping
from mlx-vlm's names; convolutions are (out, down, across, in).
"""

from math import erf, floor, pi, sqrt

import numpy as np

from tests.support.deepseek_vision import Array, Weights, _led, _normed, _numbered

PATCH, MERGED = 14, 2
ERF = np.vectorize(erf, otypes=[float])


def image_tokens(weights: Weights, patches: Array, high: int, wide: int, heads: int) -> Array:
    """Return (token, number) of patches (place, colour, row, column), row by row."""
    kernel = weights["embeddings.patch_embedding.weight"].transpose(0, 3, 1, 2)
    x = patches.reshape(high * wide, -1) @ kernel.reshape(len(kernel), -1).T
    x = x + weights["embeddings.patch_embedding.bias"]
    table = weights["embeddings.position_embedding.weight"]
    side = round(sqrt(len(table)))
    x = x + resized(table.reshape(side, side, -1), high, wide).reshape(high * wide, -1)
    for layer in _numbered(weights, "layers"):
        y = _led(layer, "self_attn.qkv", _normed(x, layer, "layer_norm1", 1e-6))
        x = x + _led(layer, "self_attn.out_proj", _attended(y, wide, heads))
        y = _led(layer, "mlp.fc1", _normed(x, layer, "layer_norm2", 1e-6))
        y = y / 2 * (1 + np.tanh(sqrt(2 / pi) * (y + 0.044715 * y**3)))
        x = x + _led(layer, "mlp.fc2", y)
    x = _normed(x, weights, "post_layernorm", 1e-6)
    x = _normed(x, weights, "projector.pre_norm", 1e-5)
    x = x.reshape(high // MERGED, MERGED, wide // MERGED, MERGED, -1).transpose(0, 2, 1, 3, 4)
    y = _led(weights, "projector.linear_1", x.reshape(high * wide // MERGED**2, -1))
    return _led(weights, "projector.linear_2", y / 2 * (1 + ERF(y / sqrt(2))))


def resized(table: Array, high: int, wide: int) -> Array:
    """Return a table (row, column, number) at other sides; outside it goes on as at its edge."""

    def along(places: Array, wanted: int) -> Array:
        made = []
        for place in range(wanted):
            at = max((place + 0.5) * len(places) / wanted - 0.5, 0.0)
            left = floor(at)
            right = places[min(left + 1, len(places) - 1)]
            made.append(places[left] + (at - left) * (right - places[left]))
        return np.stack(made)

    return along(along(table, high).swapaxes(0, 1), wide).swapaxes(0, 1)


def _attended(asked: Array, wide: int, heads: int) -> Array:
    places = np.arange(len(asked))
    parts = []
    queries, keys, values = (np.split(part, heads, axis=-1) for part in np.split(asked, 3, axis=-1))
    for query, key, value in zip(queries, keys, values, strict=True):
        half = query.shape[-1] // 2
        pace = 10000.0 ** (-np.arange(0, half, 2) / half)
        angles = np.outer(places // wide, pace), np.outer(places % wide, pace)
        turn = np.concatenate(angles, axis=-1)  # of each pair: half of them down, half across
        scores = _turned(query, turn) @ _turned(key, turn).T / sqrt(2 * half)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        parts.append(scores / scores.sum(axis=-1, keepdims=True) @ value)
    return np.concatenate(parts, axis=-1)


def _turned(x: Array, turn: Array) -> Array:
    first, second = np.split(x, 2, axis=-1)
    sine, cosine = np.sin(turn), np.cos(turn)
    return np.concatenate([first * cosine - second * sine, second * cosine + first * sine], axis=-1)
