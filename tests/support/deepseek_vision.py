"""What DeepSeek-OCR sees, computed a second time: plain numpy in double precision, no mlx.

Written from the formulas that DeepSeek published (deepencoder/sam_vary_sdpa.py, clip_sdpa.py and
deepseek_ocr.py of deepseek-ai/DeepSeek-OCR, e4ac34e; for DeepSeek-OCR-2 deepencoderv2/qwen2_d2e.py,
which builds on Qwen2), and from PyTorch's description of `interpolate`. Weights are a mapping from
the checkpoint's names, convolutions as mlx keeps them: (out, down, across, in). Pictures are (row,
column, colour).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, product
from math import erf, floor, sqrt

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Weights = Mapping[str, Array]
WINDOW = 14
ERF = np.vectorize(erf, otypes=[float])


def cubic_resized(table: Array, side: int) -> Array:
    """Return a square table (row, column, number) at another side, place by place."""

    def keys(x: float) -> float:
        x = abs(x)
        if x < 1:
            return 1.5 * x**3 - 2.5 * x**2 + 1
        return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x < 2 else 0.0

    def along(places: Array) -> Array:
        known = len(places)
        scale = known / side
        wide = max(scale, 1.0)
        resized = np.zeros((side, *places.shape[1:]))
        for wanted in range(side):
            centre = (wanted + 0.5) * scale
            shares = [keys((place + 0.5 - centre) / wide) for place in range(known)]
            for place, share in enumerate(shares):
                resized[wanted] += share / sum(shares) * places[place]
        return resized

    return along(along(table).swapaxes(0, 1)).swapaxes(0, 1)


def distances_resized(table: Array, wanted: int) -> Array:
    """Return a table (distance, number) with another number of distances."""
    known, resized = len(table), np.zeros((wanted, table.shape[1]))
    for place in range(wanted):
        at = max((place + 0.5) * known / wanted - 0.5, 0.0)
        left = floor(at)
        right = min(left + 1, known - 1)
        resized[place] = table[left] + (at - left) * (table[right] - table[left])
    return resized


def sam(weights: Weights, picture: Array, heads: int) -> Array:
    """Return what SAM sees: 64 pixels square become one place (row, column, number)."""
    kernel = weights["patch_embed.proj.weight"]
    x = _convolved(picture, kernel, 16, 0) + weights["patch_embed.proj.bias"]
    table = weights["pos_embed"][0]
    x = x + (table if len(table) == len(x) else cubic_resized(table, len(x)))
    for block in _numbered(weights, "blocks"):
        x = _sam_block(block, x, heads)
    x = _convolved(x, weights["neck.0.weight"], 1, 0)
    x = _normed(x, weights, "neck.1", 1e-6)
    x = _convolved(x, weights["neck.2.weight"], 1, 1)
    x = _normed(x, weights, "neck.3", 1e-6)
    x = _convolved(x, weights["net_2.weight"], 2, 1)
    return _convolved(x, weights["net_3.weight"], 2, 1)


def clip(weights: Weights, seen: Array, heads: int) -> Array:
    """Return what CLIP makes of what SAM saw: (1 + place, number), the first is of the whole."""
    side, table = len(seen), weights["embeddings.position_embedding.weight"]
    known = round(sqrt(len(table) - 1))
    square = table[1:].reshape(known, known, -1)
    square = square if known == side else cubic_resized(square, side)
    first = weights["embeddings.class_embedding"] + table[0]
    x = np.vstack([first, (seen + square).reshape(side * side, -1)])
    x = _normed(x, weights, "pre_layrnorm", 1e-5)
    for layer in _numbered(weights, "transformer.layers"):
        y = _normed(x, layer, "layer_norm1", 1e-5)
        x = x + _led(layer, "self_attn.out_proj", _attended(layer, "self_attn.qkv_proj", y, heads))
        y = _led(layer, "mlp.fc1", _normed(x, layer, "layer_norm2", 1e-5))
        x = x + _led(layer, "mlp.fc2", y / (1 + np.exp(-1.702 * y)))
    return x


def qwen(weights: Weights, seen: Array, heads: int, theta: float = 1e6) -> Array:
    """Return what DeepSeek-OCR-2 makes of what SAM saw: as many tokens as there are places.

    Places see all places; then come the queries, each of which sees the places and those before it.
    """
    places = seen.reshape(-1, seen.shape[-1])
    queries = weights["query_1024" if len(places) == 256 else "query_768"]
    x = np.vstack([places, queries])
    order = np.arange(len(x))
    hidden = (order > order[:, None]) & (order >= len(places))
    for layer in _numbered(weights, "layers"):
        own, y = _below(layer, "self_attn"), _rms_normed(x, layer["input_layernorm.weight"])
        asked, known, told = (
            np.stack(np.split(_led(own, name, y), _led(own, name, y).shape[1] // wide, axis=1))
            for name, wide in zip(
                ("q_proj", "k_proj", "v_proj"), [x.shape[1] // heads] * 3, strict=True
            )
        )  # (head, token, number)
        asked, known = _turned(asked, theta), _turned(known, theta)
        parts = []
        for head, query in enumerate(asked):
            group = head * len(known) // heads
            scores = query @ known[group].T / sqrt(query.shape[-1])
            scores = np.exp(np.where(hidden, -np.inf, scores - scores.max(axis=-1, keepdims=True)))
            parts.append(scores / scores.sum(axis=-1, keepdims=True) @ told[group])
        x = x + np.concatenate(parts, axis=-1) @ own["o_proj.weight"].T
        y = _rms_normed(x, layer["post_attention_layernorm.weight"])
        gate = y @ layer["mlp.gate_proj.weight"].T
        y = gate / (1 + np.exp(-gate)) * (y @ layer["mlp.up_proj.weight"].T)
        x = x + y @ layer["mlp.down_proj.weight"].T
    return _rms_normed(x, weights["norm.weight"])[len(places) :]


def image_tokens_2(
    weights: Weights, whole: Array, tiles: Sequence[Array], heads: tuple[int, int]
) -> Array:
    """Return DeepSeek-OCR-2's (token, number): tile after tile, the whole, the separator."""
    made = []
    for picture in (*tiles, whole):
        seen = sam(_below(weights, "sam_model"), picture, heads[0])
        thought = qwen(_below(weights, "vision_model.qwen2_encoder"), seen, heads[1])
        made.append(_led(weights, "projector.layers", thought))
    return np.vstack([*made, weights["view_separator"][None]])


def image_tokens(
    weights: Weights, whole: Array, tiles: Sequence[Array], across: int, heads: tuple[int, int]
) -> Array:
    """Return (token, number): the tiles line by line, the whole line by line, the separator."""

    def projected(picture: Array) -> Array:
        seen = sam(_below(weights, "sam_model"), picture, heads[0])
        thought = clip(_below(weights, "vision_model"), seen, heads[1])[1:].reshape(seen.shape)
        return _led(weights, "projector.layers", np.concatenate([thought, seen], axis=-1))

    def lined(places: Array) -> Array:
        mark = np.broadcast_to(weights["image_newline"], (len(places), 1, places.shape[-1]))
        return np.concatenate([places, mark], axis=1).reshape(-1, places.shape[-1])

    made = [projected(tile) for tile in tiles]
    rows = [made[at : at + across] for at in range(0, len(made), across)]
    laid = [lined(np.vstack([np.hstack(row) for row in rows]))] if rows else []
    return np.vstack([*laid, lined(projected(whole)), weights["view_separator"][None]])


def _sam_block(block: Weights, x: Array, heads: int) -> Array:
    y = _normed(x, block, "norm1", 1e-6)
    table = block["attn.rel_pos_h"]
    if len(table) == 2 * WINDOW - 1:
        high, wide = x.shape[:2]
        y = np.pad(y, [(0, -high % WINDOW), (0, -wide % WINDOW), (0, 0)])
        seen = np.zeros_like(y)
        for top, left in product(range(0, len(y), WINDOW), range(0, y.shape[1], WINDOW)):
            window = np.s_[top : top + WINDOW, left : left + WINDOW]
            seen[window] = _looked_around(block, y[window], heads)
        x = x + seen[:high, :wide]
    else:
        x = x + _looked_around(block, y, heads)
    y = _led(block, "mlp.lin1", _normed(x, block, "norm2", 1e-6))
    return x + _led(block, "mlp.lin2", y * (1 + ERF(y / sqrt(2))) / 2)


def _looked_around(block: Weights, x: Array, heads: int) -> Array:
    """Return what SAM's attention makes of a square: each place knows how far the others are."""
    side = len(x)
    flat = x.reshape(side * side, -1)
    steps = np.arange(side)[:, None] - np.arange(side) + side - 1
    down, across = (
        (table if len(table) == 2 * side - 1 else distances_resized(table, 2 * side - 1))[steps]
        for table in (block["attn.rel_pos_h"], block["attn.rel_pos_w"])
    )  # (of, to, number)

    def nearness(queries: Array) -> Array:
        asked = queries.reshape(side, side, -1)
        high = np.einsum("hwc,hkc->hwk", asked, down)[..., None]
        wide = np.einsum("hwc,wkc->hwk", asked, across)[..., None, :]
        return np.asarray((high + wide).reshape(side * side, side * side))

    seen = _attended(block, "attn.qkv", flat, heads, nearness)
    return _led(block, "attn.proj", seen).reshape(x.shape)


def _attended(
    weights: Weights,
    name: str,
    x: Array,
    heads: int,
    nearness: Callable[[Array], Array] | None = None,
) -> Array:
    parts = []
    for queries, keys, values in zip(
        *(np.split(part, heads, axis=-1) for part in np.split(_led(weights, name, x), 3, axis=-1)),
        strict=True,
    ):
        scores = queries @ keys.T / sqrt(queries.shape[-1])
        if nearness is not None:
            scores += nearness(queries)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        parts.append(scores / scores.sum(axis=-1, keepdims=True) @ values)
    return np.concatenate(parts, axis=-1)


def _convolved(x: Array, kernel: Array, stride: int, padding: int) -> Array:
    _, high, wide, _ = kernel.shape
    x = np.pad(x, [(padding, padding), (padding, padding), (0, 0)])
    views = np.lib.stride_tricks.sliding_window_view(x, (high, wide), axis=(0, 1))
    return np.asarray(
        np.einsum("yxcij,oijc->yxo", views[::stride, ::stride], kernel, optimize=True)
    )


def _normed(x: Array, weights: Weights, name: str, epsilon: float) -> Array:
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + epsilon)
    return np.asarray(centred / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"])


def _rms_normed(x: Array, weight: Array) -> Array:
    return np.asarray(x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-6) * weight)


def _turned(x: Array, theta: float) -> Array:
    """Turn each pair of numbers (head, token, number) by an angle that grows with the token."""
    half = x.shape[-1] // 2
    angles = np.arange(x.shape[1])[:, None] * theta ** (-np.arange(half) / half)
    first, second = x[..., :half], x[..., half:]
    return np.concatenate(
        [
            first * np.cos(angles) - second * np.sin(angles),
            second * np.cos(angles) + first * np.sin(angles),
        ],
        axis=-1,
    )


def _led(weights: Weights, name: str, x: Array) -> Array:
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _below(weights: Weights, name: str) -> Weights:
    return {k.removeprefix(f"{name}."): v for k, v in weights.items() if k.startswith(f"{name}.")}


def _numbered(weights: Weights, name: str) -> Iterator[Weights]:
    for number in count():
        if not (part := _below(weights, f"{name}.{number}")):
            return
        yield part
